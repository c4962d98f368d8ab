"""The exercise loadbalancer: the Service ferry in the namespace coast, with an address outside and its three entries.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_answer_at, expect_every_node, expect_external_address
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.services import port_entry
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://ferry:443/hostname", "http://ferry.coast:443/hostname"
URL_WHILE_PENDING = "http://waiting:443/hostname"
NOBODYS = {"type": "LoadBalancer", "loadBalancerClass": "example.com/nobody"}


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service of the learner's, both clients reach the Pods by their own addresses."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


while_pending = predict("while-pending", CLIENT, URL_WHILE_PENDING, points=0.5)
by_name_from_outside = predict("by-name-from-outside", "outside", URL_FROM_AFAR, points=0.5)


@check("There is a Service ferry in the namespace coast", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("ferry"))


@check("Both ferry Pods stand ready behind it, and no others", points=1, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("ferry"), of=app_label(lab))


@check("Clients inside get an answer at http://ferry:443 and http://ferry.coast:443", points=1, after=selects_the_pods)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("A load balancer has given it an address", points=1, after=answers_inside)
def has_an_address(lab: Lab) -> None:
    expect_external_address(lab, lab.rendered("ferry"))


@check("A client outside gets an answer at this address and port 443", points=1, after=has_an_address)
def answers_outside(lab: Lab) -> None:
    expect_answer_at(lab, lab.rendered("ferry"), lab.value("port"), by=app_label(lab))


@check("Every node answers too, at the Service's node port", points=1, after=answers_outside)
def every_node(lab: Lab) -> None:
    service, asked = lab.expect_service(lab.rendered("ferry")), int(lab.value("port"))
    port = port_entry(service, asked).nodePort
    if not port:
        expected = "outside asks the Service's node port of a node and gets an answer."
        raise Failure("node-port-not-allocated", expected, name=lab.rendered("ferry"), asked=asked)
    expect_every_node(lab, app_label(lab), port)


@check("Each of the two Pods answers some of the requests from outside", points=1, after=every_node)
def every_backend(lab: Lab) -> None:
    address = expect_external_address(lab, lab.rendered("ferry"))
    lab.expect_every_backend("outside", f"http://{address}:{lab.value('port')}/hostname", by=app_label(lab))


which_way = explain(
    "which-way",
    "You know which way callers inside take while the address is pending",
    f"`{CLIENT}` asks `{URL_WHILE_PENDING}` and is answered, although nobody has given `waiting` an address outside. "
    "Which object and field brought its packet to a Pod?",
    CLIENT,
    URL_WHILE_PENDING,
    choices=(
        Choice(
            "entry",
            "Service `waiting`, `spec.ports[0]`: the rule for its virtual IP, as with every type",
            "Service coast/waiting spec.ports",
        ),
        Choice(
            "node-port",
            "Service `waiting`, `spec.ports[0].nodePort`: it stands in until there is an address",
            cause="explain-by-a-node-port",
        ),
        Choice(
            "balancer",
            "Service `waiting`, `status.loadBalancer`: inside the balancer answers before it has an address",
            cause="explain-by-the-balancer",
        ),
        Choice(
            "instead",
            "Service `waiting`, `spec.type`: without a balancer the cluster makes a ClusterIP Service in its place",
            cause="explain-two-services",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a LoadBalancer Service you have not seen before",
    f"Beside your Service a colleague makes this one, and it stays pending. `{CLIENT}` asks "
    "`http://pier:443/hostname`. How does it end?",
    CLIENT,
    "http://pier:443/hostname",
    given=(
        colleagues_service("pier", "coast", app="crew", port=443, target=8080, **NOBODYS),
        colleagues_service("pier", "coast", app="ferry", port=443, target=8080, **NOBODYS),
        colleagues_service("pier", "visitors", app="ferry", port=443, target=8080, **NOBODYS),
        colleagues_service("pier", "coast", app="ferry", port=8080, target=443, **NOBODYS),
    ),
    points=1,
    after=answers_inside,
)
