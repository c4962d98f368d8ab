"""States with a fault: a node's firewall, nodes cut off from each other, a stopped node."""

from servicelab.network.faults import NODE_PORTS
from tests.network.flows.states import EVERYWHERE, THREE, State, clients, each, pod, service

WORKERS = ["{node-name:1}", "{node-name:2}"]
CLOSED = {"firewalls": {"{node-name:1}": [list(NODE_PORTS)]}}
PARTED = {"partitions": [WORKERS]}
STOPPED = {"stopped": ["{node-name:2}"]}
BOTH_PORTS = "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"

STATES = [
    State(
        "fault-firewall",
        "the firewall of one worker drops the NodePort range",
        [
            pod("a", 1),
            *clients(),
            service("web", "http=80:8080", "udp=81:8081/UDP", type="LoadBalancer"),
        ],
        [
            *each(EVERYWHERE + " pod/a", BOTH_PORTS),
            *each(EVERYWHERE, "http://{svc:web} http://{lb:web} http://{a}:8080"),
            *each("pod/c1 pod/c2 outside", "udp://{node:1}:{port:web/1} udp://{node:2}:{port:web/1}"),
            *each("node/1", "http://127.0.0.1:{port:web/0}"),
            *each("outside", "tcp://{node:1}:10250 ping://{node:1}"),
        ],
        faults=CLOSED,
    ),
    State(
        "fault-firewall-local",
        "the firewall of the only worker that answers with externalTrafficPolicy Local",
        [
            pod("a", 1),
            *clients(),
            service("web", "80:8080", type="LoadBalancer", externalTrafficPolicy="Local"),
        ],
        [
            *each(EVERYWHERE, BOTH_PORTS),
            *each("outside pod/c2", "http://{lb:web} tcp://{node:1}:{port:web/0}"),
        ],
        faults=CLOSED,
    ),
    State(
        "fault-partition",
        "nothing passes between the workers; Pods are on both",
        [*THREE, *clients(), service("web", "80:8080", type="NodePort")],
        [
            *each(EVERYWHERE, BOTH_PORTS + " http://{svc:web}"),
            *each("pod/c1 pod/c2 node/1", "http://{a}:8080 http://{b}:8080"),
            *each("pod/c1", "http://web ping://{a} ping://{b} ping://{node:2}"),
        ],
        mixed=True,
        faults=PARTED,
    ),
    State(
        "fault-partition-local",
        "nothing passes between the workers; externalTrafficPolicy Local needs no way between them",
        [pod("b", 2), *clients(), service("web", "80:8080", type="LoadBalancer", externalTrafficPolicy="Local")],
        [*each(EVERYWHERE, BOTH_PORTS + " http://{svc:web} http://{lb:web}")],
        faults=PARTED,
    ),
    State(
        "fault-partition-names",
        "nothing passes between the workers, which have a CoreDNS each: half of the questions are lost",
        [
            pod("a", 1),
            pod("b", 2, labels={"app": "far"}),
            *clients(),
            service("here", "80:8080"),
            service("there", "80:8080", selector={"app": "far"}),
        ],
        [*each("pod/c1 pod/c2", "http://here http://there.{ns}.svc.cluster.local. http://{svc:here}")],
        mixed=True,
        faults=PARTED,
    ),
    State(
        "fault-stopped",
        "a worker is stopped and Kubernetes has not noticed yet; the Pod is on the other one",
        [pod("a", 1), *clients(), service("web", "80:8080", type="NodePort")],
        [*each("pod/c1 node/1 outside", BOTH_PORTS + " http://{svc:web}")],
        faults=STOPPED,
    ),
    State(
        "fault-stopped-far",
        "a worker is stopped and Kubernetes has not noticed yet; the only Pod is on it",
        [pod("b", 2), *clients(), service("web", "80:8080", type="NodePort")],
        [
            *each("pod/c1 node/1 outside", "http://{node:1}:{port:web/0}"),
            *each("pod/c1 node/1", "http://{svc:web} http://{b}:8080"),
        ],
        faults=STOPPED,
    ),
]
