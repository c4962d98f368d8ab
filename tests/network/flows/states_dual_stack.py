"""A state for a kind cluster with `ipFamily: dual`, where only what is on a node's network has both families."""

from tests.network.flows.states import State, client, each, pod, service

BOTH = {"ipFamilyPolicy": "RequireDualStack"}
SIX = {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]}
FOUR = {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]}
HOST = {"hostNetwork": True, "tolerations": [{"operator": "Exists"}]}
SERVER = "netexec --http-port=9131 --udp-port=9132"
FIRST = {"selector": {"one": "yes"}}
WHO = "pod/c1 pod/hc node/1 node/2"

STATES = [
    State(
        "dual-stack",
        "Services of one and of both families; servers on the nodes' network, which have both",
        [
            pod("h1", 1, SERVER, {"app": "web", "one": "yes"}, **HOST),
            pod("h2", 2, SERVER, {"app": "web"}, **HOST),
            pod(
                "hc",
                0,
                "netexec --http-port=9125 --udp-port=9126",
                {"app": "client"},
                dnsPolicy="ClusterFirstWithHostNet",
                **HOST,
            ),
            pod("a", 1, labels={"app": "four"}),
            client("c1", 1),
            service("web", "http=80:9131", "udp=81:9132/UDP", type="NodePort", **BOTH),
            service("both-six-first", "80:9131", **BOTH, ipFamilies=["IPv6", "IPv4"]),
            service("six", "80:9131", **SIX),
            service("four", "80:9131", type="NodePort", **FOUR),
            service("pods", "80:8080", selector={"app": "four"}, type="NodePort", **BOTH),
            service("local", "80:9131", type="NodePort", externalTrafficPolicy="Local", **BOTH, **FIRST),
            service("inside", "80:9131", internalTrafficPolicy="Local", **BOTH, **FIRST),
            service("heads", "9131", clusterIP="None", **BOTH),
        ],
        [
            *each(WHO, "http://[{svc6:web}] http://[{svc6:pods}]"),
            *each(
                "pod/c1 node/1 outside",
                "http://[{node6:1}]:{port:web/0} http://[{node6:1}]:{port:four/0} http://[{node6:1}]:{port:pods/0}",
            ),
            *each("node/2 outside", "http://[{node6:1}]:{port:local/0} http://[{node6:2}]:{port:local/0}"),
            *each("node/1", "http://[::1]:{port:web/0} http://[::1]:9131 http://[{svc6:both-six-first}]"),
            *each("pod/hc", "http://web http://six http://pods http://heads:9131 udp://[{svc6:web}]:81"),
            *each("pod/hc", "http://[{svc6:inside}] http://[{svc6:web}]:82"),
            *each("pod/c1", "http://web http://six"),
            *each("outside", "http://[{svc6:web}] http://[{node6:1}]:9131"),
            *each("pod/hc outside", "ping://[{node6:1}] ping://[{svc6:web}]"),
        ],
        needs="networking.ipFamily dual in kind's configuration",
    ),
]
