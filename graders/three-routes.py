"""The exercise three-routes: one Service, poster, entered by its name, by two ports of every node, and by an address.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_answer_at, expect_every_node, expect_node_port
from servicelab.checks.evidence import numbered
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.objects import name_of
from servicelab.checks.services import port_entry
from servicelab.checks.words import listed
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://poster:80/hostname", "http://poster.theatre:80/hostname"
SECURE_URL = "http://poster:443/hostname"
URL_WITH_NODE_PORT = "http://poster:30036/hostname"


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


secure = predict("other-row", CLIENT, SECURE_URL, points=0.5)
both = predict("name-and-node-port", CLIENT, URL_WITH_NODE_PORT, points=0.5)


@check("Pink: clients inside get an answer at http://poster:80, from both Pods", points=1)
def pink(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("poster"), of=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("Green: a client outside gets an answer at port 30036 of every node", points=1.5, after=pink)
def green(lab: Lab) -> None:
    expect_node_port(lab, lab.rendered("poster"), "every node")
    expect_every_node(lab, app_label(lab))


@check("Brown: a client outside gets an answer at port 443 of an address that belongs to no node", points=2, after=pink)
def brown(lab: Lab) -> None:
    expect_answer_at(lab, lab.rendered("poster"), lab.value("securePort"), by=app_label(lab))


@check("The entry with port 443 has its own port of every node, 30047", points=1.5, after=brown)
def own_node_port(lab: Lab) -> None:
    name, port, asked = lab.rendered("poster"), lab.value("securePort"), lab.value("secureNodePort")
    service = lab.expect_service(name)
    found = port_entry(service, int(port)).nodePort  # there is one: it was just asked
    if found != asked:
        expected = f"The entry of {name} with port {port} has node port {asked}."
        seen = numbered(service, int(asked), int(port))
        raise Failure("entry-with-other-node-port", expected, seen, name=name, port=port, found=found or "none")
    expect_every_node(lab, app_label(lab), lab.value("secureNodePort"))


@check("All of this is one Service", points=1, after=(green, own_node_port))
def one_service(lab: Lab) -> None:
    name = lab.rendered("poster")
    others = sorted(name_of(found) for space in lab.names.real for found in lab.services(space))
    if others != [name]:
        others.remove(name)
        raise Failure("service-beside", f"{name} is the only Service.", name=name, others=listed(others))


arrow = explain(
    "which-arrow",
    "You can tell which of a picture's arrows are packets and which are fields",
    f"`{CLIENT}` asks `{SECURE_URL}` and is answered by a program that listens on 8080. Which field brought its packet "
    "there?",
    CLIENT,
    SECURE_URL,
    choices=(
        Choice(
            "one-row",
            "Service `poster`, the entry with `port: 443`: one rewrite, to the `targetPort` of the same entry",
            "Service theatre/poster spec.ports",
        ),
        Choice(
            "by-the-node-port",
            "Service `poster`, the entry with `port: 443`: first to its `nodePort`, from there to the program",
            cause="explain-by-a-node-port",
        ),
        Choice(
            "by-port-80",
            "Service `poster`, the entry with `port: 80`: every way in ends at the Service's first port",
            cause="explain-port-as-a-station",
        ),
        Choice(
            "by-the-balancer",
            "Service `poster`, `status.loadBalancer.ingress`: 443 is the balancer's port, and the name leads to it",
            cause="explain-by-the-balancer",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=brown,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service of another type that you have not seen before",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://leaflet:80/hostname`. How does it end?",
    CLIENT,
    "http://leaflet:80/hostname",
    given=(
        colleagues_service("leaflet", "theatre", type="LoadBalancer", app="poster", port=443, target=8080),
        colleagues_service("leaflet", "theatre", type="LoadBalancer", app="poster", port=80, target=8080),
        colleagues_service("leaflet", "theatre", type="LoadBalancer", app="poster", port=80, target=443),
        colleagues_service("leaflet", "visitors", type="LoadBalancer", app="poster", port=80, target=8080),
    ),
    points=1,
    after=pink,
)
