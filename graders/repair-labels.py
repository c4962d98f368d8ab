"""The exercise repair-labels: the Service menu gets no answers, since its Pods' label and readiness probe are wrong.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer
from servicelab.checks.repairs import expect_probed, expect_ready, expect_selected

KITCHEN = "kitchen"
URL, URL_FROM_AFAR = "http://menu:80/hostname", "http://menu.canteen:80/hostname"
URL_OF_NOBODY = "http://leftovers:80/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))


now = predict("now", CLIENT, URL, points=0.5)
from_afar = predict("from-afar", VISITOR, URL, points=0.5)


@check("The Service menu selects the Pods of kitchen, and no others", points=1.5)
def selects_the_pods(lab: Lab) -> None:
    expect_selected(lab, str(lab.value("service")), KITCHEN)


@check("The Pods of kitchen are ready", points=1.5, after=selects_the_pods)
def are_ready(lab: Lab) -> None:
    expect_ready(lab, str(lab.value("service")), KITCHEN)


@check("A client inside gets an answer at http://menu:80", points=1, after=are_ready)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client in another namespace gets an answer at http://menu.canteen:80", points=1, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("The Pods of kitchen are still asked whether they are ready", points=1, after=are_ready)
def still_probed(lab: Lab) -> None:
    expect_probed(lab, KITCHEN)


why_refused = explain(
    "why-refused",
    "You know what decides that nobody answers at another Service",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}` and is refused, also after your repair. Which object and field decide that?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "its-selector",
            "Service `leftovers`, `spec.selector`: no Pod has all of these labels",
            "Service canteen/leftovers spec.selector",
        ),
        Choice(
            "its-type",
            "Service `leftovers`, `spec.type`: ClusterIP refuses callers from Pods of other programs",
            cause="explain-type-refuses",
        ),
        Choice(
            "not-ready",
            "Deployment `kitchen`, `readinessProbe`: its Pods are not ready for this Service",
            cause="explain-ready-for-one",
        ),
        Choice(
            "shared-labels",
            "Service `menu`, `spec.selector`: its Pods belong to it and cannot be another Service's",
            cause="explain-pods-belong",
        ),
    ),
    points=1.5,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://dessert:80/hostname`. How does it end?",
    CLIENT,
    "http://dessert:80/hostname",
    given=(
        colleagues_service("dessert", "canteen", app="kitchen", port=80, target=8080),
        colleagues_service("dessert", "canteen", app="menu", port=80, target=8080),
        colleagues_service("dessert", "visitors", app="menu", port=80, target=8080),
        colleagues_service("dessert", "canteen", app="menu", port=8080, target=80),
    ),
    points=1.5,
    after=answers_inside,
)
