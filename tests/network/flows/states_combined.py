"""States that combine traffic policies, readiness and NetworkPolicies, each asked from every vantage point."""

from itertools import product

from tests.network.flows.states import EVERYWHERE, Json, State, clients, each, pod, service
from tests.network.flows.states_policy import CLIENT, FAR, block, policy

TARGETS = "http://{svc:web} http://{lb:web} http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"
ASKED = [*each(f"{EVERYWHERE} pod/other/far", TARGETS), *each("pod/a", "http://{svc:web} http://{lb:web}")]
PODS: dict[str, tuple[str, list[Json]]] = {
    "both": ("a ready Pod on each worker", [pod("a", 1), pod("b", 2)]),
    "first": (
        "a ready Pod on the first worker and one on the second that is not",
        [pod("a", 1), pod("b", 2, ready=False)],
    ),
    "second": (
        "a ready Pod on the second worker and one on the first that is not",
        [pod("a", 1, ready=False), pod("b", 2)],
    ),
}
POLICIES: dict[str, tuple[str, list[Json]]] = {
    "clients": ("ingress from the clients only", [policy("clients", ingress=[{"from": [{"podSelector": CLIENT}]}])]),
    "outside": (
        "ingress from the client outside and from the other namespace",
        [policy("outside", ingress=[{"from": [block("{outside}/32")]}, {"from": [{"namespaceSelector": FAR}]}])],
    ),
    "out": (
        "egress of the clients to the Pods' network of the first worker only",
        [policy("out", CLIENT, egress=[{"to": [block("10.244.0.0/16", "10.244.1.0/24")]}])],
    ),
}


def combined(pods: str, external: str, internal: str, policies: str = "") -> State:
    about, servers = PODS[pods]
    restricts, made = POLICIES[policies] if policies else ("no policy", [])
    web = service("web", "80:8080", type="LoadBalancer", externalTrafficPolicy=external, internalTrafficPolicy=internal)
    words = [pods, external.lower(), internal.lower(), policies]
    return State(
        "combined-" + "-".join(word for word in words if word),
        f"{about}; traffic policies: external {external}, internal {internal}; {restricts}",
        [*servers, *clients(), web, *made],
        ASKED,
        never_ready={"first": ("b",), "second": ("a",)}.get(pods, ()),
        mixed=bool(policies) and pods == "both",
    )


SORTS = ("Cluster", "Local")
STATES = [combined(*words) for words in product(PODS, SORTS, SORTS)] + [
    combined(pods, external, "Cluster", policies) for pods, external, policies in product(PODS, SORTS, POLICIES)
]
