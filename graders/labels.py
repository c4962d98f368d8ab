"""The exercise labels: a Service otters in the namespace zoo for the live Pods of two Deployments, not for others.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, expect_pods_answer

URL, URL_FROM_AFAR = "http://otters:80/hostname", "http://otters.zoo:80/hostname"
URL_OF_NOBODY = "http://old-trial:80/hostname"


def live(lab: Lab) -> dict[str, str]:
    """The labels that all Pods have that are meant, and no others."""
    return {"app": str(lab.value("service")), "stage": str(lab.value("stage"))}


@control
def the_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach each Pod by its own address."""
    expect_pods_answer(lab, live(lab))


after_a_loss = predict(
    "after-a-loss",
    CLIENT,
    URL,
    question=f"One of the Pods is deleted, and another stands in its place. `{CLIENT}` asks `{URL}`. How does it end?",
    points=0.5,
)
old_trial = predict("old-trial", CLIENT, URL_OF_NOBODY, points=0.5)


@check("There is a Service otters in the namespace zoo", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("otters"))


@check("Its list holds the live Pods of both Deployments, and no others", points=2, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("otters"), of=live(lab))


@check("A client in the same namespace gets an answer at http://otters:80", points=1, after=selects_the_pods)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=live(lab))


@check("A client in another namespace gets an answer at http://otters.zoo:80", points=1, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=live(lab))


@check("Each of the three Pods, of both versions, answers some of the requests", points=2, after=answers_inside)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=live(lab))


why_refused = explain(
    "why-refused",
    "You know what decides that a Service finds no Pod",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}` and is refused. Which object and field decide that?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "its-selector",
            "Service `old-trial`, `spec.selector`: no Pod has all of these labels together",
            "Service zoo/old-trial spec.selector",
        ),
        Choice(
            "not-ready",
            "the Pods with `version: one`: they are on its list, and not ready for this Service",
            cause="explain-ready-for-one",
        ),
        Choice(
            "no-deployment",
            "Deployment `old-trial`: there is none, so nobody has made Pods for this Service",
            cause="explain-service-makes-pods",
        ),
        Choice(
            "shared-labels",
            "Service `otters`, `spec.selector`: its Pods belong to it and cannot be another Service's",
            cause="explain-pods-belong",
        ),
    ),
    points=1,
    after=answers_inside,
)


def copy(namespace: str, **selector: str) -> str:
    """A colleague's Service with these labels to find."""
    return colleagues_service("copy", namespace, selector=selector, port=80, target=8080)


changed = transfer(
    "changed",
    "You can tell whom a Service finds that you have not seen before",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://copy.zoo:80/hostname`. How does it end?",
    CLIENT,
    "http://copy.zoo:80/hostname",
    given=(
        copy("zoo", app="monday", stage="live"),
        copy("zoo", app="otters", version="two"),
        copy("visitors", app="otters", stage="live"),
        copy("zoo", app="otters", stage="live", version="three"),
        copy("zoo", stage="trial"),
    ),
    points=1,
    after=answers_inside,
)
