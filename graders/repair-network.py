"""The exercise repair-network: headlines is right in every field, and policies keep its callers in and out.

What counts is what the network does: any policies that work pass. All values here are the reference's.
"""

from lightkube.resources.core_v1 import Pod

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.given import CLIENT, VISITOR, app_label

FREELANCER, GUEST = "pod/freelancer", "pod/guest"
URL, URL_FROM_AFAR = "http://headlines:80/hostname", "http://headlines.newsroom:80/hostname"
ARCHIVE, RECEPTION = "http://archive:80/hostname", "http://reception.visitors:80/hostname"
CONSOLE = 9376


def by_its_node(pod: Pod, port: object) -> tuple[str, str]:
    """A Pod's own node, which no policy keeps out, and the Pod's address: as long as this is answered, it runs."""
    return f"node/{pod.spec and pod.spec.nodeName}", f"http://{pod.status and pod.status.podIP}:{port}/hostname"


@control
def the_programs_answer(lab: Lab) -> None:
    """All programs answer their own nodes, so silence elsewhere is a policy's; and visitors are open to all."""
    pods, port = lab.pods(app_label(lab)), lab.value("targetPort")
    asked = [by_its_node(pod, port) for pod in (*pods, *lab.pods({"app": "archive"}))]
    asked += [by_its_node(pod, CONSOLE) for pod in pods]
    asked.append((GUEST, lab.rendered(RECEPTION)))
    lab.each(lambda request: lab.expect_answer(*request), asked)


now = predict("now", FREELANCER, URL, points=0.5)
from_guest = predict("from-guest", GUEST, RECEPTION, points=0.5)


@check("A Pod with the role reporter, whose calls nobody limits, gets an answer at http://headlines:80", points=2)
def reporters_are_let_in(lab: Lab) -> None:
    url = lab.rendered(URL)
    lab.expect_taken(f"{FREELANCER} asks {url} and gets an answer.")
    lab.expect_answer(FREELANCER, url, by=app_label(lab), cause="policy-keeps-out")


@check("The Pod client gets one, too: by the virtual IP, and by the name", points=2, after=reporters_are_let_in)
def client_is_answered(lab: Lab) -> None:
    service = lab.expect_service(str(lab.value("service")))
    by_address = f"http://{service.spec and service.spec.clusterIP}:{lab.value('port')}/hostname"
    lab.expect_answer(CLIENT, by_address, by=app_label(lab), cause="policy-keeps-in")
    lab.expect_answer(CLIENT, lab.rendered(URL), by=app_label(lab), cause="policy-hides-names")


@check(
    "Pods without the role, and of other namespaces, get no answer; archive answers nobody",
    points=1,
    after=reporters_are_let_in,
)
def others_are_kept_out(lab: Lab) -> None:
    control = (FREELANCER, lab.rendered(URL))
    for source, url, cause in (
        (GUEST, URL, "policy-lets-in"),
        (VISITOR, URL_FROM_AFAR, "policy-lets-in"),
        (FREELANCER, ARCHIVE, "policy-not-for-all"),
    ):
        lab.expect_no_answer(source, lab.rendered(url), control=control, cause=cause, in_the_end=True)


@check("Nobody gets an answer at port 9376 of the Pods of desk", points=1, after=reporters_are_let_in)
def other_ports_are_closed(lab: Lab) -> None:
    control = (FREELANCER, lab.rendered(URL))
    for pod in lab.pods(app_label(lab)):
        url = f"http://{pod.status and pod.status.podIP}:{CONSOLE}/hostname"
        lab.expect_no_answer(FREELANCER, url, control=control, cause="policy-other-port", in_the_end=True)


@check("The Pod client gets no answer from the Pod reception", points=1, after=client_is_answered)
def calls_nobody_else(lab: Lab) -> None:
    for pod in lab.pods({"app": "reception"}, "visitors"):
        control = by_its_node(pod, lab.value("targetPort"))
        lab.expect_no_answer(CLIENT, lab.rendered(RECEPTION), control=control, cause="policy-lets-out", in_the_end=True)


why_silent = explain(
    "why-silent",
    "You know whose policy keeps a caller from another program",
    f"After your repair, `{CLIENT}` asks `{RECEPTION}` and gets no answer, while `{GUEST}` is answered there. Which "
    "object and field decide that?",
    CLIENT,
    RECEPTION,
    choices=(
        Choice(
            "own-calls",
            "the NetworkPolicies that select the Pod `client`: no rule in their `spec.egress` lists that Pod",
            "NetworkPolicy newsroom/",
        ),
        Choice(
            "their-callers",
            "the NetworkPolicies of `visitors`: no rule in their `spec.ingress` lists this caller",
            cause="explain-policy-of-the-callee",
        ),
        Choice(
            "the-name",
            "the DNS: it tells this caller no names of other namespaces",
            cause="explain-names-withheld",
        ),
        Choice(
            "no-endpoint",
            "the EndpointSlice of `reception`: for callers under a policy its address is gone",
            cause="explain-policy-empties-slice",
        ),
    ),
    points=1,
    after=calls_nobody_else,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://gossip:80/hostname`. How does it end?",
    CLIENT,
    "http://gossip:80/hostname",
    given=(
        colleagues_service("gossip", "newsroom", app="headlines", port=80, target=8080),
        colleagues_service("gossip", "newsroom", app="headlines", port=80, target=CONSOLE),
        colleagues_service("gossip", "newsroom", app="archive", port=80, target=8080),
        colleagues_service("gossip", "visitors", app="headlines", port=80, target=8080),
    ),
    points=1,
    after=client_is_answered,
)
