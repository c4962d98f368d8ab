"""States for nodes with zones."""

from tests.network.flows.states import THREE, State, clients, each, no_selector, pod, service
from tests.network.flows.states_hosts import hinted, node, zone

ZONES = "the labels topology.kubernetes.io/zone a and b on the workers, c on the control plane"

STATES = [
    State(
        "zones",
        "trafficDistribution where the workers are in two zones, and in one of them a Pod is not ready",
        [
            *THREE,
            pod("u", 1, labels={"app": "part"}, ready=False),
            pod("d", 2, labels={"app": "part"}),
            *clients(),
            service("close", "80:8080", type="NodePort", trafficDistribution="PreferClose"),
            service("zone", "80:8080", trafficDistribution="PreferSameZone"),
            service("part", "80:8080", trafficDistribution="PreferSameZone", selector={"app": "part"}, type="NodePort"),
            service("both", "80:8080", trafficDistribution="PreferSameZone", internalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c1 pod/c2", "http://close http://zone http://part http://both"),
            *each("node/0 node/1 node/2", "http://{svc:close} http://{svc:zone} http://{svc:part} http://{svc:both}"),
            *each(
                "outside", "http://{node:0}:{port:close/0} http://{node:1}:{port:close/0} http://{node:1}:{port:part/0}"
            ),
        ],
        never_ready=("u",),
        needs=ZONES,
    ),
    State(
        "zones-hints",
        "hints written by hand, on nodes with zones",
        [
            *THREE,
            *clients(),
            *(no_selector(name, "80") for name in ("nodes", "zones", "some", "elsewhere", "both")),
            hinted("nodes", [node(1), node(2), node(2)]),
            hinted("zones", [zone("a"), zone("b"), zone("b")]),
            hinted("some", [zone("a"), {}, zone("b")]),
            hinted("elsewhere", [zone("b"), zone("b"), zone("b")]),
            hinted("both", [node(2) | zone("a"), node(2) | zone("b"), node(2) | zone("b")]),
        ],
        [
            *each("pod/c1 pod/c2", "http://nodes http://zones http://some http://elsewhere http://both"),
            *each("node/0 node/1", "http://{svc:nodes} http://{svc:zones} http://{svc:elsewhere} http://{svc:both}"),
        ],
        needs=ZONES,
    ),
]
