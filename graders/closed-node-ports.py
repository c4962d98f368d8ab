"""The exercise closed-node-ports: the Service parcels keeps its address outside and loses the ports of the nodes.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import (
    expect_answer_at,
    expect_closing,
    expect_external_address,
    node_doors,
    node_ports,
)
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, open_door, the_outside_client_works
from servicelab.checks.repairs import expect_selected

URL, URL_FROM_AFAR = "http://parcels:443/hostname", "http://parcels.harbour:443/hostname"
URL_WITH_NODE_PORT = "http://parcels:30080/hostname"
URL_OF_NOBODY = "http://lost:443/hostname"
CLOSED = {
    "type": "LoadBalancer",
    "loadBalancerClass": "example.com/nobody",
    "allocateLoadBalancerNodePorts": False,
}


@control
def the_pods_answer(lab: Lab) -> None:
    """Both clients reach the Pods by their own addresses."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


@control
def the_door_is_open(lab: Lab) -> None:
    """Every node answers at the port that is to be closed."""
    lab.each(lambda url: lab.expect_answer("outside", url), node_doors(lab))


name_and_node_port = predict("name-and-node-port", CLIENT, URL_WITH_NODE_PORT, points=0.5)
from_afar = predict("from-afar", VISITOR, URL_FROM_AFAR, points=0.5)


@check("Inside it answers at http://parcels:443 as before, and no node does at port 30080", points=2)
def one_door_less(lab: Lab) -> None:
    name = lab.rendered("parcels")
    expect_selected(lab, name, "desk")
    # the doors first: until the nodes have heard of a change, the Service answers as it did before
    expect_closing(lab, node_doors(lab), cause="node-port-open")
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A load balancer's address is still there", points=1, after=one_door_less)
def has_an_address(lab: Lab) -> None:
    expect_external_address(lab, lab.rendered("parcels"))


@check("A client outside gets an answer at this address and port 443", points=1.5, after=has_an_address)
def answers_outside(lab: Lab) -> None:
    expect_answer_at(lab, lab.rendered("parcels"), lab.value("port"), by=app_label(lab))


@check("Each of the two Pods still answers some of the requests", points=1, after=one_door_less)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("No other port of the nodes leads to them", points=1.5, after=answers_outside)
def no_other_door(lab: Lab) -> None:
    services = [lab.expect_service(lab.rendered("parcels")), *lab.services()]
    for port in sorted({port for service in services for port in node_ports(service)}):
        # a new port takes a moment to open, so silence is believed only in the end
        url = lab.first_answered("outside", node_doors(lab, port))
        lab.expect_no_answer("outside", url, control=open_door(lab), cause="another-door")


why_refused = explain(
    "why-refused",
    "You know what decides that nobody answers at another Service without node ports",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}` and is refused. `lost` has no node port either, and no address outside. "
    "Which object and field decide that it is refused?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "its-selector",
            "Service `lost`, `spec.selector`: no Pod has all of these labels",
            "Service harbour/lost spec.selector",
        ),
        Choice(
            "pending",
            "Service `lost`, `status.loadBalancer`: as long as it is pending, it is closed",
            cause="explain-pending-is-closed",
        ),
        Choice(
            "no-node-port",
            "Service `lost`, `spec.allocateLoadBalancerNodePorts`: packets get to Pods by node ports, and it has none",
            cause="explain-by-a-node-port",
        ),
        Choice(
            "type",
            "Service `lost`, `spec.type`: LoadBalancer is for callers outside and refuses those inside",
            cause="explain-type-refuses",
        ),
    ),
    points=1,
    after=one_door_less,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service without node ports that you have not seen before",
    f"Beside your Service a colleague makes this one, and it stays pending. `{CLIENT}` asks "
    "`http://found:443/hostname`. How does it end?",
    CLIENT,
    "http://found:443/hostname",
    given=(
        colleagues_service("found", "harbour", app="desk", port=443, target=8080, **CLOSED),
        colleagues_service("found", "harbour", app="parcels", port=443, target=8080, **CLOSED),
        colleagues_service("found", "visitors", app="parcels", port=443, target=8080, **CLOSED),
        colleagues_service("found", "harbour", app="parcels", port=8080, target=443, **CLOSED),
    ),
    points=1,
    after=one_door_less,
)
