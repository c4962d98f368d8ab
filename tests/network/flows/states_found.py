"""Small states for what random ones found where the model was wrong (`tests/network/differential`)."""

from tests.network.flows.states import State, clients, each, pod, service
from tests.network.flows.states_load_balancer import UNCLAIMED
from tests.network.flows.states_policy import policy

FAR, NOBODY = {"app": "far"}, {"app": "nobody"}

STATES = [
    State(
        "found-pods-range",
        "externalTrafficPolicy Local, asked by the nodes' addresses on the Pods' network: the sender counts as a Pod",
        [
            pod("a", 1),
            pod("b", 2),
            pod("d", 2, labels=FAR),
            pod("hc", 1, "netexec --http-port=9125 --udp-port=9126", {"app": "client"}, hostNetwork=True),
            *clients(),
            service("web", "80:8080", type="NodePort", externalTrafficPolicy="Local"),
            service("far", "80:8080", type="NodePort", externalTrafficPolicy="Local", selector=FAR),
            service("all", "80:8080", type="NodePort"),
        ],
        [
            *each("node/1 pod/hc", "http://{gateway:1}:{port:web/0} http://{gateway:1}:{port:far/0}"),
            *each(
                "node/1", "http://{gateway:1}:{port:all/0} http://{node:1}:{port:far/0} http://127.0.0.1:{port:far/0}"
            ),
            *each("pod/c1 pod/c2", "http://{gateway:1}:{port:web/0} http://{gateway:1}:{port:far/0}"),
            *each("pod/a pod/b", "http://{gateway:1}:{port:web/0} http://{gateway:2}:{port:web/0}"),
            *each("node/2", "http://{gateway:1}:{port:web/0} http://{gateway:1}:{port:far/0}"),
        ],
        mixed=True,
    ),
    State(
        "found-datagrams",
        "datagrams of nodes that their own rules drop are refused at once; those of Pods are lost",
        [
            pod("a", 1),
            *clients(),
            service(
                "ranged",
                "http=80:8080",
                "udp=81:8081/UDP",
                type="LoadBalancer",
                loadBalancerSourceRanges=["{range:1}"],
            ),
            service("near", "http=80:8080", "udp=81:8081/UDP", internalTrafficPolicy="Local"),
            service("none", "http=80:8080", "udp=81:8081/UDP", selector={"app": "nobody"}),
        ],
        [
            *each("node/1 node/2 pod/c1 pod/c2", "udp://{lb:ranged}:81 udp://{svc:near}:81 udp://{svc:none}:81"),
            *each("node/2", "http://{lb:ranged} http://{svc:near} http://{svc:none} udp://{svc:ranged}:81"),
        ],
    ),
    State(
        "found-ping-without-dns",
        "a name whose question to the DNS is dropped: to ping its address is bad, to others it is silent",
        [
            pod("a", 1),
            *clients(),
            service("web", "80:8080"),
            service("team", "80:8080", clusterIP="None"),
            policy("closed", {"matchLabels": {"app": "client"}}, egress=[]),
        ],
        [
            *each("pod/c1 pod/c2", "ping://web ping://team ping://{a} http://web http://team:8080"),
            "pod/a -> ping://team",
        ],
    ),
    State(
        "found-claimed-twice",
        "several Services claim one external address and port: kube-proxy has rules for the one that has endpoints",
        [
            pod("a", 1),
            pod("b", 2),
            *clients(),
            service("early", "80:8080", externalIPs=[UNCLAIMED], selector=NOBODY),
            service("one", "80:8080", externalIPs=[UNCLAIMED]),
            service(
                "three",
                "80:8080",
                type="LoadBalancer",
                externalIPs=[UNCLAIMED],
                externalTrafficPolicy="Local",
                selector=NOBODY,
            ),
        ],
        [*each("pod/c1 node/1 node/2 outside", f"http://{UNCLAIMED}"), "outside -> http://{lb:three}"],
    ),
]
