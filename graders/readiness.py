"""The exercise readiness: Pods behind bread that get requests only while each has the file /tmp/glowing.

What counts is what the cluster does with the file there and not there: any probe that works passes. All values here
are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.evidence import asking, labelled
from servicelab.checks.given import CLIENT, VISITOR, app_label
from servicelab.checks.objects import name_of
from servicelab.checks.pods import STARTED_WITHIN, expect_no_end
from servicelab.checks.repairs import current_pods, template_labels
from servicelab.checks.services import lists_all, ready_pods, why_endpoints, why_selected
from servicelab.checks.words import listed
from servicelab.cluster.base import MachineError

URL, URL_OF_THE_PROGRAM = "http://bread:80/hostname", "http://bread:8080/hostname"
FILE = "/tmp/glowing"
FEWEST = 2
SOON = 15.0
"""Seconds, of the cluster, in which a Pod has to follow its file; the task says so."""
CONNECTIONS = 12


def pods(lab: Lab) -> list[str]:
    """The names of the Pods behind the Service."""
    return [name_of(pod) for pod in lab.pods(app_label(lab))]


def light(lab: Lab, pod: str, *, is_lit: bool) -> None:
    """Make the file in a Pod, or remove it."""
    command = f"echo yes > {lab.rendered(FILE)}" if is_lit else f"rm -f {lab.rendered(FILE)}"
    try:
        lab.cluster.execute(lab.real(None), pod, ["sh", "-c", command])
    except MachineError:
        expect_no_end(lab, pod, "The programs of all Pods run.")
        raise


def expect_ready(lab: Lab, wanted: set[str], expected: str) -> None:
    """In the end, just these Pods stand ready behind the Service."""
    name = lab.rendered("bread")
    if not lab.comes_true("the Pods to follow their files", lambda: ready_pods(lab, name) == wanted, SOON):
        ready = ready_pods(lab, name)
        if ready - wanted:
            still = [pod for pod in lab.pods(app_label(lab)) if name_of(pod) in ready - wanted]
            raise Failure("still-asked", expected, asking(still), pods=listed(map(name_of, still)), name=name)
        raise why_endpoints(lab, name, app_label(lab), lab.names.first)


@control
def the_pods_are_not_there_yet(lab: Lab) -> None:
    """Before the learner's manifest, the Service is there and has nobody behind it."""
    lab.expect_service(lab.rendered("bread"))


without_the_file = predict("without-the-file", CLIENT, URL, points=0.5)
the_programs_port = predict("the-programs-port", VISITOR, "http://bread.bakehouse:8080/hostname", points=0.5)


@check("Two Pods run behind the Service bread", points=1)
def two_run(lab: Lab) -> None:
    expected = "The Service bread selects two Pods or more, and their programs run."
    lab.expect_taken(lab.rendered(expected))

    def are_running() -> bool:
        found = lab.pods(app_label(lab))
        running = [pod for pod in found if pod.status and pod.status.phase == "Running"]
        return len(found) == len(running) >= FEWEST and lists_all(lab, lab.rendered("bread"), app_label(lab))

    if not lab.comes_true("the Pods to run", are_running, STARTED_WITHIN):
        service = lab.expect_service(lab.rendered("bread"))
        wrong = why_selected(lab, name_of(service), service, lab.pods(app_label(lab)), lab.rendered(expected))
        if wrong:
            own = [one for kind, space, one in lab.made if (kind, space) == ("Deployment", lab.names.first)]
            seen = [labelled(service, f"Deployment {one}", template_labels(current_pods(lab, one))) for one in own]
            raise wrong.with_evidence(" ".join(seen).strip())
        raise Failure("too-few-pods", lab.rendered(expected), name=name_of(service), pods=listed(pods(lab)))


@check("With the file in both, both get requests", points=2, after=two_run)
def both_are_asked(lab: Lab) -> None:
    for pod in pods(lab):
        light(lab, pod, is_lit=True)
    expect_ready(lab, set(pods(lab)), "With the file in every Pod, every Pod is ready.")
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("When one loses it, the other gets them all, and none is lost", points=2, after=both_are_asked)
def one_is_left_out(lab: Lab) -> None:
    out, *others = pods(lab)
    light(lab, out, is_lit=False)
    expect_ready(lab, set(others), f"{out} has no file any more, and gets no requests.")
    # the nodes' rules follow the list a moment later
    if not lab.comes_true(f"{out} to be left out", lambda: answerers(lab) <= set(others)):
        expected = f"{CLIENT} asks {lab.rendered(URL)} {CONNECTIONS} times, and {out} answers none of them."
        raise Failure("still-asked", expected, pods=out, name=lab.rendered("bread"))


@check("With no file anywhere there is no answer, though the programs run", points=2, after=one_is_left_out)
def nobody_is_asked(lab: Lab) -> None:
    found = lab.pods(app_label(lab))
    for pod in found:
        light(lab, name_of(pod), is_lit=False)
    expect_ready(lab, set(), "Without the file no Pod is ready.")
    own = (CLIENT, f"http://{found[0].status.podIP}:{lab.value('targetPort')}/hostname")
    lab.comes_true("the requests to end", lambda: not lab.probe(CLIENT, lab.rendered(URL)).answered)
    lab.expect_no_answer(CLIENT, lab.rendered(URL), control=own)


def answerers(lab: Lab) -> set[str | None]:
    """The Pods that answer some new connections; None for a connection that nobody answered."""
    verdicts = lab.cluster.probe_many(lab.place(CLIENT), lab.target(lab.rendered(URL)), CONNECTIONS)
    return {verdict.by and verdict.by.partition("/")[2] for verdict in verdicts}


why_refused = explain(
    "why-refused",
    "You know what decides that nobody is asked",
    f"No Pod has the file. `{CLIENT}` asks `{URL}` and is refused, although both programs run. Which object and field "
    "decide that?",
    CLIENT,
    URL,
    choices=(
        Choice(
            "conditions",
            "EndpointSlice of `bread`, `endpoints[].conditions.ready`: none of the addresses is ready",
            "EndpointSlice bakehouse/",
        ),
        Choice(
            "no-addresses",
            "EndpointSlice of `bread`, `endpoints`: the list is empty, since Pods that are not ready leave it",
            cause="explain-not-ready-leaves",
        ),
        Choice(
            "stopped",
            "The Pods, `status.phase`: a container whose readiness probe fails is stopped",
            cause="explain-probe-stops",
        ),
        Choice(
            "closed-port",
            "The Pods, `readinessProbe`: until it says yes, the node lets no packet through to the program",
            cause="explain-probe-is-a-wall",
        ),
    ),
    points=1,
    after=nobody_is_asked,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at another Service with the same Pods",
    "Still no Pod has the file. A colleague makes this Service. "
    f"`{CLIENT}` asks `http://rolls:80/hostname`. How does it end?",
    CLIENT,
    "http://rolls:80/hostname",
    given=(
        colleagues_service("rolls", "bakehouse", publishNotReadyAddresses=True, app="bread", port=80, target=8080),
        colleagues_service("rolls", "bakehouse", app="bread", port=80, target=8080),
        colleagues_service("rolls", "visitors", app="bread", port=80, target=8080),
        colleagues_service("rolls", "bakehouse", publishNotReadyAddresses=True, app="bread", port=8080, target=80),
    ),
    points=1,
    after=nobody_is_asked,
)
