"""The exercise clusterip: a Service named web for the three web Pods in the namespace shop.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import expect_closed
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works

URL, URL_FROM_AFAR = "http://web:80/hostname", "http://web.shop:80/hostname"
URL_OF_THE_PROGRAM = "http://web:8080/hostname"


@control
def the_web_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a web Pod by its own address."""
    expect_pods_answer(lab, app_label(lab))


outside_works = control(the_outside_client_works)


far = predict("far", VISITOR, URL, points=0.5)
past = predict("past-the-port", CLIENT, URL_OF_THE_PROGRAM, points=0.5)


@check("There is a Service web in the namespace shop", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("web"))


@check("All three web Pods stand ready behind it, and no others", points=1, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("web"), of=app_label(lab))


@check("A client in the same namespace gets an answer at http://web:80", points=1, after=selects_the_pods)
def same_namespace(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client in another namespace gets an answer at http://web.shop:80", points=1, after=same_namespace)
def other_namespace(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("Each of the three Pods answers some of the requests", points=1, after=same_namespace)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("Clients use the Service's port only, not the target port", points=1, after=same_namespace)
def only_its_port(lab: Lab) -> None:
    answered = (CLIENT, lab.rendered(URL))
    lab.expect_no_answer(CLIENT, lab.rendered(URL_OF_THE_PROGRAM), control=answered, cause="target-port-open")


@check("A client outside the cluster gets no answer", points=1, after=same_namespace)
def closed_to_the_outside(lab: Lab) -> None:
    expect_closed(lab, lab.rendered("web"))


why_silent = explain(
    "why-silent",
    "You know what decides that nobody answers at the program's own port",
    f"`{CLIENT}` asks `{URL_OF_THE_PROGRAM}` and gets no answer, although a program listens on that port in every "
    "Pod. Which object and field decide that?",
    CLIENT,
    URL_OF_THE_PROGRAM,
    choices=(
        Choice("service-ports", "Service `web`, `spec.ports`: no entry has this port", "Service shop/web spec.ports"),
        Choice("service-type", "Service `web`, `spec.type`: ClusterIP hides the Pods' ports", cause="explain-type"),
        Choice(
            "container-ports",
            "Deployment `frontend`, `containers[0].ports`: what is not declared there is closed",
            cause="explain-declared-ports",
        ),
        Choice(
            "service-listens",
            "Service `web`, `spec.clusterIP`: a program listens there on one port only and passes requests on",
            cause="explain-listening-service",
        ),
    ),
    points=1,
    after=only_its_port,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://copy:80/hostname`. How does it end?",
    CLIENT,
    "http://copy:80/hostname",
    given=(
        colleagues_service("copy", "shop", app="frontend", port=80, target=8080),
        colleagues_service("copy", "visitors", app="web", port=80, target=8080),
        colleagues_service("copy", "shop", app="web", port=8080, target=80),
        colleagues_service("copy", "shop", app="web", port=80, target="http"),
    ),
    points=1,
    after=same_namespace,
)
