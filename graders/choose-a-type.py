"""The exercise choose-a-type: Services for tickets (callers outside) and ledger (callers inside), none for console.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_closed, expect_external_address
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.objects import name_of
from servicelab.checks.services import ready_pods
from servicelab.checks.words import listed
from servicelab.network.path import HopKind

CONSOLE = {"app": "console"}
URL, URL_OF_THE_LEDGER = "http://tickets:80/hostname", "http://ledger:80/hostname"
BY_NAME_FROM_OUTSIDE = "http://tickets.agency:80/hostname"


def ledger(lab: Lab) -> dict[str, str]:
    """The labels of the Pods that callers inside want."""
    return {"app": str(lab.value("second"))}


@control
def the_programs_answer(lab: Lab) -> None:
    """Before there is any Service, clients reach the programs by the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))
    expect_pods_answer(lab, ledger(lab), "secondTarget")


outside_works = control(the_outside_client_works)


from_outside = predict("by-name-from-outside", "outside", BY_NAME_FROM_OUTSIDE, points=1)


@check("A client inside gets an answer at http://tickets:80", points=1)
def tickets_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("tickets"), of=app_label(lab))
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check(
    "A client outside gets an answer of tickets at an address that belongs to no node", points=2, after=tickets_inside
)
def tickets_outside(lab: Lab) -> None:
    address = expect_external_address(lab, lab.rendered("tickets"))
    lab.expect_answer("outside", f"http://{address}:{lab.value('port')}/hostname", by=app_label(lab))


@check("Clients inside, of both namespaces, get an answer of ledger", points=1)
def ledger_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("ledger"), of=ledger(lab))
    lab.expect_answer(CLIENT, lab.rendered(URL_OF_THE_LEDGER), by=ledger(lab))
    lab.expect_answer(VISITOR, lab.rendered("http://ledger.agency:80/hostname"), by=ledger(lab))


@check("A client outside gets no answer of ledger", points=1.5, after=ledger_inside)
def ledger_closed(lab: Lab) -> None:
    expect_closed(lab, lab.rendered("ledger"))


@check("No Service leads to console", points=1.5, after=(tickets_inside, ledger_inside))
def no_door_to_console(lab: Lab) -> None:
    expected = "The Pods of console stand behind no Service."
    pods = {name_of(pod) for pod in lab.pods(CONSOLE)}
    for service in lab.services():
        if found := pods & ready_pods(lab, name_of(service)):
            raise Failure("service-not-needed", expected, name=name_of(service), pods=listed(sorted(found)))


which_way = explain(
    "which-way",
    "You know which way callers inside take to a Service for callers outside",
    f"`{CLIENT}` asks `{URL}` and is answered by a Pod. Which object and field brought its packet to that Pod?",
    CLIENT,
    URL,
    choices=(
        Choice(
            "entry",
            "Service `tickets`, `spec.ports[0]`: the rule for its virtual IP, as with every type",
            "Service agency/tickets spec.ports",
        ),
        Choice(
            "balancer",
            "Service `tickets`, `status.loadBalancer.ingress`: the name leads to the external IP",
            cause="explain-by-the-balancer",
        ),
        Choice(
            "node-port",
            "Service `tickets`, `spec.ports[0].nodePort`: the balancer's packets go by a node's port",
            cause="explain-by-a-node-port",
        ),
        Choice(
            "two-services",
            "Service `tickets`, `spec.type`: there is a second Service of type ClusterIP for callers inside",
            cause="explain-two-services",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=tickets_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your Services a colleague makes this one. `{CLIENT}` asks `http://hotline:80/hostname`. How does it end?",
    CLIENT,
    "http://hotline:80/hostname",
    given=(
        colleagues_service("hotline", "agency", type="NodePort", app="sales", port=80, target=8080),
        colleagues_service("hotline", "agency", type="NodePort", app="tickets", port=80, target=8080),
        colleagues_service("hotline", "visitors", type="NodePort", app="tickets", port=80, target=8080),
        colleagues_service("hotline", "agency", type="NodePort", app="tickets", port=8080, target=80),
    ),
    points=1,
    after=ledger_inside,
)
