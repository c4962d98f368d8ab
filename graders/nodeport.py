"""The exercise nodeport: the Service kiosk in the namespace town, open to callers outside at port 30080 of every node.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_every_node, expect_node_port, node_doors, node_ports
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, open_door, the_outside_client_works

URL, URL_FROM_AFAR = "http://kiosk:80/hostname", "http://kiosk.town:80/hostname"
URL_WITH_NODE_PORT = "http://kiosk:30080/hostname"


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


inside = predict("inside", VISITOR, URL_FROM_AFAR, points=0.5)
both = predict("name-and-node-port", CLIENT, URL_WITH_NODE_PORT, points=0.5)


@check("There is a Service kiosk in the namespace town", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("kiosk"))


@check("Both kiosk Pods stand ready behind it, and no others", points=1, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("kiosk"), of=app_label(lab))


@check("A client inside gets an answer at http://kiosk:80", points=1, after=selects_the_pods)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client outside gets an answer at port 30080 of a node", points=1, after=answers_inside)
def answers_outside(lab: Lab) -> None:
    expect_node_port(lab, lab.rendered("kiosk"), "a node")
    # whether all nodes answer is the next check
    lab.expect_answer("outside", lab.first_answered("outside", node_doors(lab)), by=app_label(lab))


@check("Every node answers there, also one without such a Pod", points=1, after=answers_outside)
def every_node(lab: Lab) -> None:
    expect_every_node(lab, app_label(lab))


@check("Each of the two Pods answers some of the requests", points=1, after=answers_inside)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("No other port of the nodes leads to them", points=1, after=answers_outside)
def no_other_door(lab: Lab) -> None:
    ports = node_ports(lab.expect_service(lab.rendered("kiosk")))
    for port in sorted(ports - {lab.value("nodePort")}):
        for address in lab.node_addresses():
            lab.expect_no_answer(
                "outside", f"http://{address}:{port}/hostname", control=open_door(lab), cause="another-door"
            )


why_silent = explain(
    "why-silent",
    "You know what decides that the name and the node port do not go together",
    f"`{CLIENT}` asks `{URL_WITH_NODE_PORT}`, the Service's name with its node port, and gets no answer. Which object "
    "and field decide that?",
    CLIENT,
    URL_WITH_NODE_PORT,
    choices=(
        Choice(
            "entry-port",
            "Service `kiosk`, `spec.ports[0].port`: the virtual IP is known together with this port only",
            "Service town/kiosk spec.ports",
        ),
        Choice(
            "entry-node-port",
            "Service `kiosk`, `spec.ports[0].nodePort`: this port is closed to callers inside the cluster",
            cause="explain-closed-inside",
        ),
        Choice(
            "two-services",
            "Service `kiosk`, `spec.type`: there are two Services, and the name means the ClusterIP one",
            cause="explain-two-services",
        ),
        Choice(
            "container-ports",
            "Deployment `counter`, `containers[0].ports`: what is not declared there is closed",
            cause="explain-declared-ports",
        ),
    ),
    points=1,
    after=every_node,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a NodePort Service you have not seen before",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://annex:80/hostname`. How does it end?",
    CLIENT,
    "http://annex:80/hostname",
    given=(
        colleagues_service("annex", "town", type="NodePort", app="kiosk", port=80, target=80),
        colleagues_service("annex", "town", type="NodePort", app="kiosk", port=30080, target=8080),
        colleagues_service("annex", "visitors", type="NodePort", app="kiosk", port=80, target=8080),
        colleagues_service("annex", "town", type="NodePort", app="kiosk", port=80, target=8080),
    ),
    points=1,
    after=answers_inside,
)
