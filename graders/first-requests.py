"""The exercise first-requests: a Pod booth in the namespace fair, listening at port 8080, found by the name lemonade.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_pod
from servicelab.checks.given import CLIENT, VISITOR, app_label
from servicelab.checks.objects import name_of
from servicelab.checks.pods import expect_pod, expect_running
from servicelab.checks.words import labels_words

BOOTH = "booth"
URL, URL_FROM_AFAR = "http://lemonade:8080/hostname", "http://lemonade.fair:8080/hostname"
URL_OF_ANOTHER_PORT = "http://lemonade:9090/hostname"
URL_OF_THE_POD = "http://booth:8080/hostname"
URL_OF_THE_LOBBY = "http://lobby.visitors:9376/hostname"


@control
def clients_can_ask(lab: Lab) -> None:
    """Both clients reach a program by a name of the same sort, and the DNS knows it."""
    for source in (CLIENT, VISITOR):
        lab.expect_answer(source, URL_OF_THE_LOBBY)


another_port = predict("another-port", CLIENT, URL_OF_ANOTHER_PORT, points=0.5)
pods_name = predict("the-pods-name", CLIENT, URL_OF_THE_POD, points=0.5)


@check("There is a Pod booth in the namespace fair", points=1)
def pod_exists(lab: Lab) -> None:
    expect_pod(lab, BOOTH)


@check("Its program runs, and the Pod is ready", points=1.5, after=pod_exists)
def is_ready(lab: Lab) -> None:
    expect_running(lab, BOOTH)


@check("The program answers at the Pod's own address and port 8080", points=1.5, after=is_ready)
def answers_at_its_address(lab: Lab) -> None:
    pod = expect_pod(lab, BOOTH)
    address = pod.status and pod.status.podIP
    lab.expect_answer(CLIENT, f"http://{address}:{lab.value('port')}/hostname", cause="program-elsewhere")


@check(
    "A client in the same namespace gets its answer at http://lemonade:8080", points=1.5, after=answers_at_its_address
)
def answers_by_name(lab: Lab) -> None:
    _expect_by_name(lab, CLIENT, lab.rendered(URL))


@check("A client in another namespace gets it at http://lemonade.fair:8080", points=1.5, after=answers_by_name)
def answers_from_afar(lab: Lab) -> None:
    _expect_by_name(lab, VISITOR, lab.rendered(URL_FROM_AFAR))


def _expect_by_name(lab: Lab, source: str, url: str) -> None:
    """The name leads to Pods by their label; a failure says which labels the Pod has."""
    try:
        lab.expect_answer(source, url, by=app_label(lab), cause="no-answer")
    except Failure as failure:
        if failure.cause != "no-answer":
            raise
        pod = expect_pod(lab, BOOTH)
        labels = labels_words((pod.metadata and pod.metadata.labels) or {}) or "no labels"
        raise Failure("name-finds-no-pod", failure.expected, source=source, pod=name_of(pod), labels=labels) from None


who_refuses = explain(
    "who-refuses",
    "You know who refuses a port at which no program listens",
    f"`{CLIENT}` asks `{URL_OF_ANOTHER_PORT}` and is refused. Which object and field decide that?",
    CLIENT,
    URL_OF_ANOTHER_PORT,
    choices=(
        Choice(
            "the-program",
            "Pod `booth`, `spec.containers`: the program there listens at another port only",
            "Pod fair/booth spec.containers",
        ),
        Choice(
            "the-name",
            "the name `lemonade`: the DNS knows it together with one port only",
            cause="explain-dns-knows-ports",
        ),
        Choice(
            "a-firewall",
            "a firewall between the two Pods: it throws away what nobody has allowed",
            cause="explain-firewall-refuses",
        ),
        Choice(
            "the-probe",
            "Pod `booth`, `readinessProbe`: it opens one port, and the others stay closed",
            cause="explain-probe-opens-ports",
        ),
    ),
    points=1,
    after=answers_by_name,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Pod you have not seen before",
    "The name `annex` is given too. It leads to the Pods in `fair` with the label `app: annex`, and there is none yet. "
    f"Now a colleague makes this Pod. `{CLIENT}` asks `http://annex:8080/hostname`. How does it end?",
    CLIENT,
    "http://annex:8080/hostname",
    given=(
        colleagues_pod("second", "fair", app="annex", port=9090),
        colleagues_pod("second", "fair", app="annex", port=8080),
        colleagues_pod("second", "visitors", app="annex", port=8080),
        colleagues_pod("annex", "fair", app="second", port=8080),
    ),
    points=1,
    after=answers_by_name,
)
