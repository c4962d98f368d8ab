"""The exercise repair-nearby: cookhouse answers callers beside its Pods only, and each of them by one Pod.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from lightkube.resources.core_v1 import Node, Pod

from servicelab.checks import Choice, Lab, check, control, explain, predict, transfer
from servicelab.checks.colleague import colleagues_service
from servicelab.checks.doors import doors_with_a_pod, expect_node_port, expect_own_address
from servicelab.checks.given import CLIENT, VISITOR, app_label, expect_pods_answer, the_outside_client_works
from servicelab.checks.objects import name_of
from servicelab.checks.pods import STARTED_WITHIN, is_ready
from servicelab.checks.repairs import expect_selected

LODGER = "pod/visitors/lodger"
"""Beside the Pods, on the control plane."""
TENT = {"app": "tent"}
URL, URL_FROM_AFAR = "http://cookhouse:80/hostname", "http://cookhouse.campsite:80/hostname"
URL_OF_ICEHOUSE = "http://icehouse:80/hostname"


def tents(lab: Lab) -> list[Pod]:
    """A caller on every node."""
    return lab.pods(TENT)


@control
def the_programs_answer(lab: Lab) -> None:
    """What is to be repaired has programs that answer, at the Pods' own addresses."""
    expect_pods_answer(lab, app_label(lab))


@control
def every_node_has_a_caller(lab: Lab) -> None:
    """A Pod of tent is ready on every node."""

    def ready() -> bool:
        nodes = {name_of(node) for node in lab.api.list(Node)}
        return nodes == {pod.spec and pod.spec.nodeName for pod in tents(lab) if is_ready(pod)}

    lab.cluster.wait_until("a Pod of tent on every node", ready, timeout=STARTED_WITHIN)


outside_works = control(the_outside_client_works)


now = predict("now", CLIENT, URL, points=0.5)
beside = predict("beside", LODGER, URL_FROM_AFAR, points=0.5)


@check("Clients on every node get an answer at http://cookhouse:80", points=3)
def from_every_node(lab: Lab) -> None:
    expect_selected(lab, str(lab.value("service")), "stove")
    lab.expect_answer(LODGER, lab.rendered(URL_FROM_AFAR), by=app_label(lab))
    sources = [f"pod/{name_of(pod)}" for pod in tents(lab)]
    url, by = lab.rendered(URL), app_label(lab)
    lab.each(lambda source: lab.expect_answer(source, url, by=by, cause="far-callers-silent"), sources)


@check("Clients in another namespace get an answer at http://cookhouse.campsite:80", points=1, after=from_every_node)
def from_afar(lab: Lab) -> None:
    for source in (VISITOR, LODGER):
        lab.expect_answer(source, lab.rendered(URL_FROM_AFAR), by=app_label(lab))


@check("Each of the two Pods answers some of the requests of one client", points=2, after=from_every_node)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, lab.rendered(URL), by=app_label(lab))


@check(
    "A client outside is answered at port 30080 of the node with the Pods, and the program sees its address, as before",
    points=1,
    after=from_every_node,
)
def outside_as_before(lab: Lab) -> None:
    expect_node_port(lab, str(lab.value("service")), "the node with the Pods")
    for url in doors_with_a_pod(lab, "/hostname"):
        lab.expect_answer("outside", url, by=app_label(lab))
    for url in doors_with_a_pod(lab, "/clientip"):
        expect_own_address(lab, url)


why_silent = explain(
    "why-silent",
    "You know what decides whether a caller on another node is answered",
    f"`{CLIENT}` asks `{URL_OF_ICEHOUSE}`, another Service with the same Pods, and gets no answer, also after your "
    "repair. Which object and field decide that?",
    CLIENT,
    URL_OF_ICEHOUSE,
    choices=(
        Choice(
            "internal-policy",
            "Service `icehouse`, `spec.internalTrafficPolicy`: the caller's node may use Pods of its own only",
            "Service campsite/icehouse spec.internalTrafficPolicy",
        ),
        Choice(
            "affinity",
            "Service `icehouse`, `spec.sessionAffinity`: this caller is kept for a Pod that does not answer",
            cause="explain-affinity-loses-callers",
        ),
        Choice(
            "the-dns",
            "the DNS: it gives the address of the nearest Pod, and near this caller there is none",
            cause="explain-dns-knows-places",
        ),
        Choice(
            "network-policy",
            "a NetworkPolicy of the namespace, `spec.ingress`: it lists callers of one node only",
            cause="explain-policy-nobody-wrote",
        ),
    ),
    points=1,
    after=from_every_node,
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service you have not seen before",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `http://tearoom:80/hostname`. How does it end?",
    CLIENT,
    "http://tearoom:80/hostname",
    given=(
        colleagues_service("tearoom", "campsite", internalTrafficPolicy="Local", app="tent", port=80, target=9376),
        colleagues_service("tearoom", "campsite", internalTrafficPolicy="Local", app="cookhouse", port=80, target=8080),
        colleagues_service("tearoom", "campsite", internalTrafficPolicy="Local", app="stove", port=80, target=8080),
        colleagues_service("tearoom", "visitors", internalTrafficPolicy="Local", app="lodger", port=80, target=8080),
    ),
    points=1,
    after=from_every_node,
)
