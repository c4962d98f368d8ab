"""The exercise named-ports: lexicon leads to two programs by two ports, though one listens elsewhere in newer Pods.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, app_label

URL, SECOND_URL = "http://lexicon:80/hostname", "http://lexicon:90/hostname"
FROM_AFAR = ("http://lexicon.college:80/hostname", "http://lexicon.college:90/hostname")
URL_OF_THE_PROGRAM = "http://lexicon:8080/hostname"
OTHER_PORTS = (URL_OF_THE_PROGRAM, "http://lexicon:8181/hostname", "http://lexicon:9090/hostname")
URL_OF_NOBODY = "http://returns:80/hostname"


def expect_program(lab: Lab, url: str, *, is_pages: bool) -> None:
    """Of the two programs in a Pod, the one that is meant: `desk` says its Pod's name whatever it is asked for, and
    `pages`, at /clientip, an address and a port.
    """
    verdict = lab.probe(CLIENT, url.replace("/hostname", "/clientip"))
    if verdict.answered and (":" in verdict.body) is not is_pages:
        meant, other = ("pages", "desk") if is_pages else ("desk", "pages")
        expected = f"{CLIENT} asks {url} and is answered by the program {meant}."
        raise Failure("other-program", expected, source=CLIENT, target=url, by=other)


@control
def the_programs_answer(lab: Lab) -> None:
    """Before there is any Service, a client reaches both programs of every Pod by the Pod's own address."""
    for pod in lab.pods(app_label(lab)):
        for container in pod.spec.containers:
            port = container.ports[0].containerPort
            lab.expect_answer(CLIENT, f"http://{pod.status.podIP}:{port}/hostname", by=app_label(lab))


the_programs_port = predict("the-programs-port", CLIENT, URL_OF_THE_PROGRAM, points=0.5)
from_afar = predict("from-afar", VISITOR, URL, points=0.5)


@check("All three Pods, of both editions, stand ready behind the Service lexicon", points=1)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints(lab.rendered("lexicon"), of=app_label(lab))


@check("A client inside gets an answer of pages at http://lexicon:80", points=1, after=selects_the_pods)
def pages_answers(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab))
    expect_program(lab, lab.rendered(URL), is_pages=True)


@check("There, each of the three Pods answers some of the requests, and none fails", points=2, after=pages_answers)
def every_edition(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check("A client inside gets an answer of desk at http://lexicon:90", points=1, after=selects_the_pods)
def desk_answers(lab: Lab) -> None:
    lab.expect_answer(CLIENT, lab.rendered(SECOND_URL), by=app_label(lab))
    expect_program(lab, lab.rendered(SECOND_URL), is_pages=False)


@check("A client in another namespace gets answers of both", points=1, after=(pages_answers, desk_answers))
def answers_from_afar(lab: Lab) -> None:
    by = app_label(lab)
    lab.each(lambda url: lab.expect_answer(VISITOR, lab.rendered(url), by=by), FROM_AFAR)


@check("No other port of lexicon is answered", points=1, after=(pages_answers, desk_answers))
def only_these_ports(lab: Lab) -> None:
    control = (CLIENT, lab.rendered(URL))

    def expect_silence(url: str) -> None:
        lab.expect_no_answer(CLIENT, lab.rendered(url), control=control, cause="target-port-open")

    lab.each(expect_silence, OTHER_PORTS)


why_refused = explain(
    "why-refused",
    "You know which two names have to be equal",
    f"`{CLIENT}` asks `{URL_OF_NOBODY}`, another Service with the same Pods, and is refused. Which object and field "
    "decide that?",
    CLIENT,
    URL_OF_NOBODY,
    choices=(
        Choice(
            "target-port",
            "Service `returns`, `spec.ports[0].targetPort`: no container's port in the Pods has this name",
            "Service college/returns spec.ports",
        ),
        Choice(
            "entry-name",
            "Service `returns`, `spec.ports[0].name`: it has to be the name of the container's port",
            cause="explain-two-names",
        ),
        Choice(
            "a-number",
            "Service `returns`, `spec.ports[0].targetPort`: there has to be a number, not a name",
            cause="explain-named-ports",
        ),
        Choice(
            "port-taken",
            "Service `returns`, `spec.ports[0].port`: another Service has this port already",
            cause="explain-port-taken",
        ),
    ),
    points=1,
    after=pages_answers,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your Service a colleague makes this one. `{CLIENT}` asks `http://index:80/hostname`. How does it end?",
    CLIENT,
    "http://index:80/hostname",
    given=(
        colleagues_service("index", "college", app="lexicon", port=80, target="http"),
        colleagues_service("index", "college", app="lexicon", port=80, target="pages"),
        colleagues_service("index", "college", app="lexicon", port=90, target="pages"),
        colleagues_service("index", "visitors", app="lexicon", port=80, target="pages"),
    ),
    points=1,
    after=pages_answers,
)
