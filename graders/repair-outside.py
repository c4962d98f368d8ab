"""The exercise repair-outside: parcels is asked at port 30080 of any node, and has another number and a policy.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_closing, expect_every_node, expect_node_port, node_doors
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.repairs import expect_selected

SORTING = "sorting"
URL, URL_FROM_AFAR = "http://parcels:80/hostname", "http://parcels.depot:80/hostname"
URL_WITH_NODE_PORT = "http://parcels:30081/hostname"
URL_OF_NOBODY = "http://locker:80/hostname"


@control
def the_program_answers(lab: Lab) -> None:
    """What is to be repaired has a program that answers, at the Pod's own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


now = predict("now", VISITOR, URL_FROM_AFAR, points=0.5)
both = predict("name-and-node-port", CLIENT, URL_WITH_NODE_PORT, points=0.5)


@check("A client outside gets an answer at port 30080 of a node", points=2)
def at_the_number(lab: Lab) -> None:
    name = str(lab.value("service"))
    expect_selected(lab, name, SORTING)
    expect_node_port(lab, name, "a node")
    # whether all nodes answer is another check
    lab.expect_answer("outside", lab.first_answered("outside", node_doors(lab)), by=app_label(lab))


@check("Every node answers there, also one without such a Pod", points=2, after=at_the_number)
def every_node(lab: Lab) -> None:
    expect_every_node(lab, app_label(lab))


@check("Clients inside get answers by the name, as before", points=1.5, after=at_the_number)
def still_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("The number that nobody asks for, 30081, is given back", points=1.5, after=at_the_number)
def given_back(lab: Lab) -> None:
    expect_closing(lab, node_doors(lab, lab.value("oldPort")), cause="another-door")


why_silent = explain(
    "why-silent",
    "You know which number a caller inside needs",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}`, another Service with the same Pod, and gets no answer, also after your "
    "repair. Which object and field decide that?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "entry-port",
            "Service `locker`, `spec.ports[0].port`: the virtual IP is known with another number only",
            "Service depot/locker spec.ports",
        ),
        Choice(
            "entry-node-port",
            "Service `locker`, `spec.ports[0].nodePort`: this Service is closed to callers inside the cluster",
            cause="explain-closed-inside",
        ),
        Choice(
            "policy",
            "Service `locker`, `spec.externalTrafficPolicy`: there is no such Pod on the caller's node",
            cause="explain-policy-of-other-doors",
        ),
        Choice(
            "selector",
            "Service `locker`, `spec.selector`: no Pod matches it",
            cause="explain-empty-list",
        ),
    ),
    points=1,
    after=still_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://express:80/hostname`. How does it end?",
    CLIENT,
    "http://express:80/hostname",
    given=(
        colleagues_service(
            "express", "depot", type="NodePort", externalTrafficPolicy="Local", app="parcels", port=80, target=8080
        ),
        colleagues_service(
            "express", "depot", type="NodePort", externalTrafficPolicy="Local", app="sorting", port=80, target=8080
        ),
        colleagues_service("express", "depot", type="NodePort", app="parcels", port=30085, target=8080),
        colleagues_service("express", "visitors", type="NodePort", app="parcels", port=80, target=8080),
    ),
    points=1,
    after=still_inside,
)
