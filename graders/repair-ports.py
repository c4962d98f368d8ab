"""The exercise repair-ports: the Services repairs and bills get no answers, since ports of three kinds do not fit.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, expect_pods_answer
from servicelab.checks.repairs import expect_served

MECHANIC, CASHIER = {"app": "mechanic"}, {"app": "cashier"}
URL, SECOND_URL = "http://repairs:80/hostname", "http://bills:80/hostname"
FROM_AFAR = ("http://repairs.garage:80/hostname", "http://bills.garage:80/hostname")
OTHER_PORTS = ("http://repairs:8080/hostname", "http://bills:9376/hostname")
URL_OF_NOBODY = "http://tips:80/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, MECHANIC)
    expect_pods_answer(lab, CASHIER, "secondTarget")


first_now = predict("first-now", CLIENT, URL, points=0.5)
second_now = predict("second-now", CLIENT, SECOND_URL, points=0.5)


@check("A client inside gets an answer at http://repairs:80, from a mechanic", points=2)
def first_answers(lab: Lab) -> None:
    expect_served(lab, str(lab.value("service")), "mechanic", CLIENT, lab.rendered(URL))


@check("Both Pods of mechanic answer some of the requests", points=1, after=first_answers)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=MECHANIC)


@check("A client inside gets an answer at http://bills:80, from a cashier", points=2)
def second_answers(lab: Lab) -> None:
    expect_served(lab, str(lab.value("second")), "cashier", CLIENT, lab.rendered(SECOND_URL))


@check("A client in another namespace gets answers of both", points=1, after=(first_answers, second_answers))
def answers_from_afar(lab: Lab) -> None:
    for url, labels in zip(FROM_AFAR, (MECHANIC, CASHIER), strict=True):
        lab.expect_answer(VISITOR, lab.rendered(url), by=labels)


@check("No other port of the two Services is answered", points=1, after=(first_answers, second_answers))
def only_their_port(lab: Lab) -> None:
    for url, works in zip(OTHER_PORTS, (URL, SECOND_URL), strict=True):
        control = (CLIENT, lab.rendered(works))
        lab.expect_no_answer(CLIENT, lab.rendered(url), control=control, cause="target-port-open")


why_refused = explain(
    "why-refused",
    "You know what decides that nobody answers at a third Service",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}` and is refused, also after your repair. Its list of endpoints has two ready "
    "addresses. Which object and field decide that?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "program",
            "Pods of `mechanic`, `containers[0].args`: no program listens on the port that `old` stands for",
            "Pod garage/mechanic-",
        ),
        Choice(
            "named-port",
            "Service `tips`, `spec.ports[0].targetPort`: there has to be a number, not a name",
            cause="explain-named-ports",
        ),
        Choice(
            "port-taken",
            "Service `tips`, `spec.ports[0].port`: another Service has this port already",
            cause="explain-port-taken",
        ),
        Choice(
            "not-ready",
            "Deployment `mechanic`, `readinessProbe`: its Pods are not ready for this Service",
            cause="explain-ready-for-one",
        ),
    ),
    points=1,
    after=(first_answers, second_answers),
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://advice:80/hostname`. How does it end?",
    CLIENT,
    "http://advice:80/hostname",
    given=(
        colleagues_service("advice", "garage", app="mechanic", port=80, target=8181),
        colleagues_service("advice", "garage", app="mechanic", port=80, target="jobs"),
        colleagues_service("advice", "visitors", app="mechanic", port=80, target="jobs"),
        colleagues_service("advice", "garage", app="mechanic", port=8080, target=80),
    ),
    points=1,
    after=(first_answers, second_answers),
)
