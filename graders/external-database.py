"""The exercise external-database: in the namespace office, the name records leads to the database of another team.

What counts is what the DNS says and who answers: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.dns import addresses, why_elsewhere
from servicelab.checks.given import CLIENT, VISITOR
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://records:5432/hostname", "http://records.office:5432/hostname"
URL_OF_NUMBERS, URL_WITH_80 = "http://records:9187/hostname", "http://records:80/hostname"
THEIR_NAME = "postgres.datacenter.svc.cluster.local"


def expect_the_database(lab: Lab, source: str, url: str) -> None:
    """The database answers, and not some copy of it."""
    theirs = str(lab.value("theirs"))
    lab.expect_answer(source, url, by={"app": "postgres"}, namespace=theirs, cause="alias-not-answered")


@control
def the_database_answers(lab: Lab) -> None:
    """Under its own name the database answers both clients, on both of its ports."""
    for port in (lab.value("port"), 9187):
        for source in (CLIENT, VISITOR):
            lab.expect_answer(source, lab.rendered(f"http://postgres.datacenter:{port}/hostname"))


with_80 = predict("with-80", CLIENT, URL_WITH_80, points=0.5)
short = predict("short", VISITOR, URL, points=0.5)


@check("There is a Service records in the namespace office", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("records"))


@check("The name records leads where the database's own name leads", points=3, after=service_exists)
def name_leads_there(lab: Lab) -> None:
    name, theirs, space = str(lab.value("service")), lab.names.host(lab.rendered(THEIR_NAME)), lab.real(None)
    found: list[str] = []
    wanted: list[str] = []

    def alike() -> bool:
        found[:], wanted[:] = addresses(lab, f"{name}.{space}.svc.cluster.local"), addresses(lab, theirs)
        return bool(wanted) and found == wanted

    if lab.comes_true(f"the DNS's answer for {name}", alike):
        return
    expected = f"The DNS gives the same answer for {name} as for {theirs}."
    raise why_elsewhere(lab.expect_service(name), found, expected)


@check("A client in office is answered by the database at http://records:5432", points=1, after=name_leads_there)
def answers_inside(lab: Lab) -> None:
    expect_the_database(lab, CLIENT, lab.rendered(URL))


@check("It is answered on the database's other port, too", points=1, after=answers_inside)
def other_port_answers(lab: Lab) -> None:
    expect_the_database(lab, CLIENT, lab.rendered(URL_OF_NUMBERS))


@check("A client in another namespace is answered at http://records.office:5432", points=1, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    expect_the_database(lab, VISITOR, lab.rendered(URL_FROM_AFAR))


who_decides = explain(
    "who-decides",
    "You know which object sends a request to an alias on to a Pod",
    f"`{CLIENT}` asks `{URL}`, and the packet's destination is rewritten to a Pod's address and port `8080`. Which "
    "object decides that?",
    CLIENT,
    URL,
    choices=(
        Choice(
            "their-service",
            "the Service `postgres` in `datacenter`: the client got its virtual IP, and its `spec.ports` has the entry",
            "Service datacenter/postgres",
        ),
        Choice(
            "own-service",
            "the Service `records` in `office`: it passes the packet on to the Service that its `externalName` names",
            cause="explain-alias-forwards",
        ),
        Choice(
            "the-dns",
            "the DNS: with the alias it also gave the port of the Pod",
            cause="explain-dns-knows-ports",
        ),
        Choice(
            "own-slice",
            "an EndpointSlice of `records`: the cluster copied the database's endpoints into it",
            cause="explain-alias-has-endpoints",
        ),
    ),
    points=1,
    hop=HopKind.VIRTUAL_IP,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request to an alias ends that you have not seen before",
    "A colleague makes this one beside yours. (In `office`, the Service `postgres` has port 80, and `planned` has "
    f"port `5432` and no Pods.) `{CLIENT}` asks `http://copy:5432/hostname`. How does it end?",
    CLIENT,
    "http://copy:5432/hostname",
    given=tuple(
        colleagues_service("copy", "office", type="ExternalName", externalName=name)
        for name in (
            THEIR_NAME,
            "postgres.datacenter",
            "postgres.office.svc.cluster.local",
            "planned.office.svc.cluster.local",
        )
    ),
    points=1,
    after=answers_inside,
)
