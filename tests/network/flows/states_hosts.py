"""States about ports of nodes, hints, pings and port-forward."""

from tests.network.flows.states import (
    EVERYWHERE,
    THREE,
    Json,
    State,
    clients,
    each,
    hand_written,
    no_selector,
    pod,
    service,
)
from tests.network.flows.states_policy import CLIENT, block, policy

HOST_PORT, HOST_UDP = 8871, 8872


def host_port(name: str, on: int, number: int = HOST_PORT, ip: str = "", **more: object) -> Json:
    """A Pod with a hostPort for its HTTP port, and the next one for its UDP port."""
    address: Json = {"hostIP": ip} if ip else {}
    ports = [
        {"containerPort": 8080, "hostPort": number, **address},
        {"containerPort": 8081, "hostPort": number + 1, "protocol": "UDP", **address},
    ]
    return pod(name, on, ports=ports, **more)  # type: ignore[arg-type]


def hinted(name: str, hints: list[Json]) -> Json:
    """A hand-written slice for Pods a, b and c, each with its hints (none where empty)."""
    slice_ = hand_written(name, 8080, ["a", "b", "c"])
    for endpoint, hint in zip(slice_["endpoints"], hints, strict=True):
        if hint:
            endpoint["hints"] = hint
    return slice_


def zone(name: str) -> Json:
    return {"forZones": [{"name": name}]}


def node(index: int) -> Json:
    return {"forNodes": [{"name": f"{{node-name:{index}}}"}]}


HOST_PORTS = f"http://{{node:1}}:{HOST_PORT} http://{{node:2}}:{HOST_PORT}"

STATES = [
    State(
        "host-port",
        "a hostPort answers on its Pod's node only",
        [host_port("a", 1), *clients(), service("web", "80:8080")],
        [
            *each(EVERYWHERE + " pod/a", HOST_PORTS),
            *each("node/1 node/2 pod/c1", f"http://127.0.0.1:{HOST_PORT}"),
            *each("pod/c1 pod/c2 node/1 node/2", f"http://{{gateway:1}}:{HOST_PORT}"),
            *each("pod/c1 pod/c2 outside", f"udp://{{node:1}}:{HOST_UDP}"),
            *each("pod/c1 outside", f"udp://{{node:2}}:{HOST_UDP}"),
            *each("pod/c1 outside", f"http://{{node:1}}:{HOST_UDP} http://{{a}}:{HOST_PORT}"),
            *each("pod/c1", f"http://web http://{{svc:web}}:{HOST_PORT} http://{{a}}:8080 http://{{node:1}}:8080"),
        ],
    ),
    State(
        "host-port-address",
        "hostPorts on one address of the node only",
        [
            host_port("a", 1, 8873, "127.0.0.1"),
            host_port("b", 1, 8875, "{node:1}"),
            *clients(),
        ],
        [
            *each(EVERYWHERE + " pod/a", "http://{node:1}:8873 http://{node:1}:8875"),
            *each("node/1 node/2", "http://127.0.0.1:8873 http://127.0.0.1:8875"),
            *each("pod/c1 node/1", "http://{gateway:1}:8875"),
        ],
    ),
    State(
        "host-port-unready",
        "a hostPort of a Pod that is not ready answers all the same",
        [host_port("u", 2, 8877, ready=False), *clients(), service("web", "80:8080", type="NodePort")],
        [*each("pod/c1 pod/c2 node/1 outside", "http://{node:2}:8877 http://{svc:web} http://{node:2}:{port:web/0}")],
        never_ready=("u",),
    ),
    State(
        "host-port-policy",
        "a hostPort of a Pod with policies: judged by the Pod's port and the client's address",
        [
            host_port("a", 1, 8879),
            *clients(),
            policy("in", ingress=[{"from": [block("{outside}/32")], "ports": [{"port": 8080, "protocol": "TCP"}]}]),
        ],
        [*each(EVERYWHERE, "http://{node:1}:8879"), *each("outside pod/c2", "udp://{node:1}:8880")],
    ),
    State(
        "ping",
        "a ping reaches Pods and nodes, and no Service",
        [
            *THREE,
            *clients(),
            service("web", "80:8080", type="NodePort"),
            service("pods", "80:8080", clusterIP="None"),
            service("none", "80:8080", selector={"app": "nobody"}),
            no_selector("alias", type="ExternalName", externalName="pods.{ns}.svc.cluster.local"),
        ],
        [
            *each("pod/c1", "ping://web ping://{svc:web} ping://pods ping://alias ping://{svc:none} ping://nope"),
            *each("pod/c1 pod/c2 pod/a", "ping://{a} ping://{b} ping://{node:1} ping://{node:2} ping://{gateway:1}"),
            *each("pod/c1 outside", "ping://{nobody:1} ping://10.96.0.1"),
            *each("outside", "ping://{node:1} ping://{svc:web} ping://{a}"),
            *each("pod/other/far", "ping://web.{ns} ping://pods.{ns}"),
            *each("pod/c1", "ping://127.0.0.1 ping://{c1}"),
        ],
    ),
    State(
        "ping-policy",
        "policies judge pings: a rule with ports allows none",
        [
            *THREE,
            *clients(),
            pod("p", 1, labels={"app": "ports"}),
            pod("e", 2, labels={"app": "everything"}),
            policy("in", ingress=[{"from": [{"podSelector": CLIENT}]}]),
            policy("ports", {"matchLabels": {"app": "ports"}}, ingress=[{"ports": [{"port": 1, "endPort": 65535}]}]),
            policy("all", {"matchLabels": {"app": "everything"}}, ingress=[{}], egress=[]),
        ],
        [
            *each("pod/c1 pod/other/far", "ping://{a} ping://{b} ping://{p} ping://{e}"),
            *each("pod/e", "ping://{a} ping://{node:2} ping://{node:1} ping://{e}"),
        ],
    ),
    State(
        "forward",
        "kubectl port-forward goes to one Pod and skips the Service",
        [
            pod("a", 1, ports=[{"name": "http", "containerPort": 8080}]),
            pod("u", 2, labels={"app": "slow"}, ready=False),
            pod("h", 1, "netexec --http-port=9143 --udp-port=9144", {"app": "host"}, hostNetwork=True),
            *clients(),
            service("web", "http=80:http", "wrong=81:9999", "same=8080"),
            service("slow", "80:8080", selector={"app": "slow"}),
            service("pods", "80:8080", clusterIP="None"),
            service("host", "80:9143", selector={"app": "host"}),
            service("typo", "80:8080", selector={"app": "wbe"}),
            service("named", "80:nowhere"),
            no_selector("byhand", "80"),
            hand_written("byhand", 8080, ["a"]),
        ],
        [
            *each("forward/pod/a", "http://localhost:8080 http://localhost:9999 http://localhost:80"),
            *each(
                "forward/svc/web", "http://localhost:80 http://localhost:81 http://localhost:8080 http://localhost:82"
            ),
            *each("forward/svc/slow forward/svc/pods forward/svc/host forward/svc/typo", "http://localhost:80"),
            *each("forward/svc/named forward/svc/byhand", "http://localhost:80"),
            *each("forward/pod/u", "http://localhost:8080"),
            *each("forward/pod/h", "http://localhost:9143"),
        ],
        never_ready=("u",),
    ),
    State(
        "forward-policy",
        "port-forward is not subject to policies; nor is the kubelet",
        [pod("a", 1), *clients(), service("web", "80:8080"), policy("deny", {}, ingress=[], egress=[])],
        [
            *each("forward/pod/a", "http://localhost:8080"),
            *each("forward/svc/web", "http://localhost:80"),
            *each("pod/c1", "http://{a}:8080"),
        ],
    ),
    State(
        "hints",
        "hints written by hand: to nodes they are followed, to zones not where nodes have none",
        [
            *THREE,
            *clients(),
            *(no_selector(name, "80") for name in ("nodes", "zones", "some", "elsewhere", "both")),
            hinted("nodes", [node(1), node(2), node(2)]),
            hinted("zones", [zone("a"), zone("b"), zone("b")]),
            hinted("some", [node(1), {}, node(2)]),
            hinted("elsewhere", [node(2), node(2), node(2)]),
            hinted("both", [node(1) | zone("a"), node(2) | zone("b"), node(2) | zone("b")]),
        ],
        [
            *each("pod/c1 pod/c2", "http://nodes http://zones http://some http://elsewhere http://both"),
            *each("node/0 node/1", "http://{svc:nodes} http://{svc:zones} http://{svc:both}"),
        ],
    ),
    State(
        "distribution",
        "trafficDistribution on nodes without zones, and with one Pod of a node not ready",
        [
            *THREE,
            pod("u", 1, labels={"app": "part"}, ready=False),
            pod("d", 2, labels={"app": "part"}),
            *clients(),
            service("close", "80:8080", type="NodePort", trafficDistribution="PreferClose"),
            service("zone", "80:8080", trafficDistribution="PreferSameZone"),
            service("part", "80:8080", trafficDistribution="PreferSameNode", selector={"app": "part"}, type="NodePort"),
            service("both", "80:8080", trafficDistribution="PreferSameNode", internalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c1 pod/c2", "http://close http://zone http://part http://both"),
            *each("node/0 node/1", "http://{svc:close} http://{svc:part} http://{svc:both}"),
            *each("outside", "http://{node:1}:{port:close/0} http://{node:1}:{port:part/0}"),
        ],
        never_ready=("u",),
    ),
]
