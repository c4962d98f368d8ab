"""The exercise repair-name: the Service mail stands in another namespace than its Pods, and names a port they lack.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer

URL, URL_FROM_AFAR = "http://mail:80/hostname", "http://mail.village:80/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))


now = predict("now", CLIENT, URL, points=0.25)
from_afar = predict("from-afar", VISITOR, URL, points=0.25)


@check("There is a Service mail in the namespace village", points=0.5)
def service_exists(lab: Lab) -> None:
    lab.expect_service(lab.rendered("mail"))


@check("Both mail Pods stand ready behind it, and no others", points=0.5, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("mail"), of=app_label(lab))


@check("A client in the same namespace gets an answer at http://mail:80", points=1, after=selects_the_pods)
def answers_inside(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client in another namespace gets an answer at http://mail.village:80", points=0.5, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


still_refused = explain(
    "still-refused",
    "You know what decides that the Service in the other namespace stays refused",
    f"The Service that the colleague left in `visitors` is still there. `{VISITOR}` asks `{URL}` and is refused, also "
    "after your repair. Which object and field decide that?",
    VISITOR,
    URL,
    choices=(
        Choice(
            "its-namespace",
            "Service `mail` in `visitors`, `spec.selector`: no Pod of its own namespace has this label",
            "Service visitors/mail spec.selector",
        ),
        Choice(
            "port-name",
            "Service `mail` in `visitors`, `targetPort`: no container has a port of this name",
            cause="explain-port-name-first",
        ),
        Choice(
            "a-wall",
            "Pod `visitor`, `metadata.namespace`: callers are not let into another namespace",
            cause="explain-namespace-is-a-wall",
        ),
        Choice(
            "short-name",
            "the name `mail`: a short name leads nowhere outside the Service's namespace",
            cause="explain-short-name-lost",
        ),
    ),
    points=1,
    after=answers_inside,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{VISITOR}` asks `http://post.village:80/hostname`. "
    "How does it end?",
    VISITOR,
    "http://post.village:80/hostname",
    given=(
        colleagues_service("post", "village", app="mail", port=80, target="http"),
        colleagues_service("post", "village", app="mail", port=80, target="letters"),
        colleagues_service("post", "visitors", app="mail", port=80, target="letters"),
        colleagues_service("post", "village", app="mail", port=8080, target="letters"),
    ),
    points=1,
    after=answers_inside,
)
