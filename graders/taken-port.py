"""The exercise taken-port: snacks in the namespace stadium, at 30082 of every node, since 30080 and 30081 are taken.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_every_node, expect_node_port, node_doors, node_ports
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, open_door, the_outside_client_works
from servicelab.checks.words import verdict_words
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://snacks:80/hostname", "http://snacks.stadium:80/hostname"
HALL_WITH_NODE_PORT = "http://hall.visitors:30080/hostname"
LOUNGE = "http://lounge.visitors:80/hostname"
COLLEAGUES = (("hall", "hallPort"), ("lounge", "loungePort"))


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


from_afar = predict("from-afar", VISITOR, URL_FROM_AFAR, points=0.5)
both = predict("name-and-node-port", CLIENT, HALL_WITH_NODE_PORT, points=0.5)


@check("There is a Service snacks in the namespace stadium", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("snacks"))


@check(
    "A client inside gets an answer at http://snacks:80, from the Pods that are meant", points=1, after=service_exists
)
def answers_inside(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("snacks"), of=app_label(lab))
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client outside gets an answer at port 30082 of every node", points=2, after=answers_inside)
def answers_outside(lab: Lab) -> None:
    expect_node_port(lab, lab.rendered("snacks"), "every node")
    expect_every_node(lab, app_label(lab))


@check("The colleagues' callers still get theirs, at 30080 and 30081", points=2, after=answers_outside)
def colleagues_answer(lab: Lab) -> None:
    meant = f"{lab.real('visitors')}/reception"
    for name, value in COLLEAGUES:
        url = node_doors(lab, lab.value(value))[0]
        if not lab.comes_true(f"an answer of {name}", lambda url=url: lab.probe("outside", url).by == meant):
            expected = f"outside asks {url} and gets an answer of the colleagues' Service {name}."
            told = verdict_words(lab.probe("outside", url))
            raise Failure("colleague-lost", expected, name=name, target=url, verdict=told)


@check("No other port of the nodes leads to these Pods", points=1, after=answers_outside)
def no_other_door(lab: Lab) -> None:
    ports = node_ports(lab.expect_service(lab.rendered("snacks")))
    for port in sorted(ports - {lab.value("nodePort")}):
        url = f"http://{lab.node_addresses()[0]}:{port}/hostname"
        lab.expect_no_answer("outside", url, control=open_door(lab), cause="another-door")


apart = explain(
    "apart",
    "You know why the same `port` may stand in many Services",
    f"`hall` and `lounge` have the same `port: 80`, and both were taken. `{CLIENT}` asks `{LOUNGE}` and is "
    "answered. Which object and field tell that `lounge` is meant?",
    CLIENT,
    LOUNGE,
    choices=(
        Choice(
            "own-address",
            "Service `lounge`, `spec.ports[0].port`: it goes with the virtual IP, and each Service has one of its own",
            "Service visitors/lounge spec.ports",
        ),
        Choice(
            "own-node-port",
            "Service `lounge`, `spec.ports[0].nodePort`: the packet goes by this number, which nobody else has",
            cause="explain-by-a-node-port",
        ),
        Choice(
            "made-first",
            "Service `hall`, `spec.ports[0].port`: it was made first and has port 80; `lounge` gets what is left",
            cause="explain-port-taken",
        ),
        Choice(
            "target-port",
            "Service `lounge`, `spec.ports[0].targetPort`: the programs listen on different ports",
            cause="explain-targets-differ",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell which numbers of a Service can be taken and which cannot",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://terrace:30080/hostname`. "
    "How does it end?",
    CLIENT,
    "http://terrace:30080/hostname",
    given=(
        colleagues_service("terrace", "stadium", app="snacks", port=30080, target=8080),
        colleagues_service("terrace", "stadium", type="NodePort", app="snacks", port=80, target=8080),
        colleagues_service("terrace", "stadium", app="snacks", port=30080, target=80),
        colleagues_service("terrace", "visitors", app="snacks", port=30080, target=8080),
    ),
    points=1,
    after=answers_inside,
)
