"""The exercise repair-alias: the alias tickets leads nowhere, and where it ought to lead callers' port is not open.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.dns import addresses, why_elsewhere
from servicelab.checks.evidence import selecting
from servicelab.checks.given import CLIENT, VISITOR
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://tickets:80/hostname", "http://tickets.museum:80/hostname"
URL_BEHIND, OLD_URL = "http://booking.counter:80/hostname", "http://booking.counter:9090/hostname"
URL_OF_KIOSK = "http://kiosk.counter:80/hostname"
URL_OF_SEASON = "http://season:9090/hostname"
THEIR_NAME = "booking.counter.svc.cluster.local"


def expect_answer_there(lab: Lab, source: str, url: str, app: str, cause: str | None = None) -> None:
    """A Pod of the other namespace with this label answers."""
    theirs = str(lab.value("theirs"))
    lab.expect_answer(source, lab.rendered(url), by={"app": lab.rendered(app)}, namespace=theirs, cause=cause)


def expect_as_before(lab: Lab) -> None:
    """Both Services of the other namespace answer where they always did, by their own Pods."""
    expect_answer_there(lab, VISITOR, OLD_URL, "booking")
    expect_answer_there(lab, VISITOR, URL_OF_KIOSK, "kiosk")


@control
def the_others_answer(lab: Lab) -> None:
    """What the alias is to lead to is well."""
    expect_as_before(lab)


now = predict("now", CLIENT, URL, points=0.5)
behind = predict("behind", CLIENT, URL_BEHIND, points=0.5)


@check("The name tickets leads into the namespace counter", points=2.5)
def name_leads_there(lab: Lab) -> None:
    name, theirs = str(lab.value("service")), str(lab.value("theirs"))
    expected = f"The DNS answers for {name} with an address of {theirs}."
    lab.expect_taken(expected)
    found: list[str] = []

    def is_there() -> bool:
        state, there = lab.network(), lab.real(theirs)
        own = {address for (space, _), one in state.services.items() if space == there for address in one.cluster_ips}
        own |= {str(pod.status and pod.status.podIP) for pod in lab.pods(namespace=theirs)}
        found[:] = addresses(lab, f"{name}.{lab.real(None)}.svc.cluster.local")
        return bool(found) and own.issuperset(found)

    if not lab.comes_true(f"the DNS's answer for {name}", is_there):
        raise why_elsewhere(lab.expect_service(name), found, expected, lab.rendered(THEIR_NAME))


def expect_booking(lab: Lab, source: str, url: str) -> None:
    """The Pods of booking answer at the alias; else the Service to which it leads says why."""
    try:
        expect_answer_there(lab, source, url, "booking", cause="no-answer")
    except Failure as failure:
        service = lab.expect_service(str(lab.value("service")))
        host = lab.names.shown((service.spec and service.spec.externalName) or "")
        name, space = host.split(".")[:2]
        if failure.cause == "wrong-backend" and name == "kiosk":
            meant = lab.rendered(THEIR_NAME)
            raise why_elsewhere(service, ["the Service kiosk"], failure.expected, meant) from None
        seen = written_there(lab, name, space)
        if failure.cause == "no-answer":
            try:
                lab.expect_answer(source, f"http://{host}:{lab.value('port')}/hostname")
            except Failure as reason:
                raise (reason.with_evidence(seen) if seen else reason) from None
        raise failure.with_evidence(seen) from None


def written_there(lab: Lab, name: str, namespace: str) -> str:
    """What the learner wrote under the name to which the alias leads: elsewhere, or for other Pods."""
    spaces = [space for kind, space, called in lab.made if (kind, called) == ("Service", name)]
    if spaces and namespace not in spaces:
        return f"Service {name} is not the one that is asked: metadata.namespace is {spaces[0]}, not {namespace}."
    asked = lab.service(name, namespace)
    return selecting(lab, asked, {"app": str(lab.value("second"))}) if asked and spaces else ""


@check("A client in museum is answered by the Pods of booking at http://tickets:80", points=2, after=name_leads_there)
def answers_inside(lab: Lab) -> None:
    expect_booking(lab, CLIENT, URL)


@check("So is a client in another namespace, at http://tickets.museum:80", points=1, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    expect_booking(lab, VISITOR, URL_FROM_AFAR)


@check("Callers of booking.counter:9090 and of kiosk.counter:80 are answered as before", points=1.5,
       after=name_leads_there)  # fmt: skip
def others_stay(lab: Lab) -> None:
    expect_as_before(lab)


who_decides = explain(
    "who-decides",
    "You know which object and field take a packet to an alias on to a Pod",
    f"After your repair, `{CLIENT}` asks `{URL}`, and its packet comes to port `8080` of a Pod. Which object and field "
    "decide that?",
    CLIENT,
    URL,
    choices=(
        Choice(
            "their-ports",
            "the Service in `counter` to which the name leads, `spec.ports`: the packet goes to its virtual IP, and "
            "the entry for port `80` says where to",
            "Service counter/",
        ),
        Choice(
            "own-ports",
            "Service `tickets`, `spec.ports`: an entry for port `80` there sends the packet to the port beside it",
            cause="explain-alias-translates",
        ),
        Choice(
            "own-address",
            "Service `tickets`, `spec.clusterIP`: the node passes on what comes to its virtual IP",
            cause="explain-alias-forwards",
        ),
        Choice(
            "sent-on",
            "Service `tickets`, `spec.externalName`: it tells the client to ask again under another URL, port included",
            cause="explain-alias-redirects",
        ),
    ),
    points=1,
    hop=HopKind.VIRTUAL_IP,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `{URL_OF_SEASON}`. How does it end?",
    CLIENT,
    URL_OF_SEASON,
    given=(
        colleagues_service("season", "museum", type="ExternalName", externalName=THEIR_NAME, port=80, target=80),
        colleagues_service("season", "museum", type="ExternalName", externalName="booking.counter", port=9090),
        colleagues_service(
            "season", "museum", type="ExternalName", externalName="kiosk.counter.svc.cluster.local", port=9090
        ),
        colleagues_service("season", "museum", app="booking", port=9090, target=8080),
    ),
    points=1,
    after=(answers_inside, others_stay),
)
