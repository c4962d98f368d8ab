"""States about addresses from outside: load balancers, `externalIPs`, health-check node ports."""

from tests.network.flows.states import EVERYWHERE, THREE, Json, State, clients, each, pod, service

UNCLAIMED = "172.18.255.254"
"""An address on the nodes' network that nobody has and MetalLB does not give away."""
HEALTH = "http://{node:1}:{health:web}/healthz http://{node:2}:{health:web}/healthz http://{node:0}:{health:web}/"


def by_hand(one: Json, address: str, mode: str) -> Json:
    """A load balancer's status written by hand: MetalLB leaves a Service with another class alone."""
    one["spec"] |= {"type": "LoadBalancer", "loadBalancerClass": "example.com/by-hand"}
    one["status"] = {"loadBalancer": {"ingress": [{"ip": address, "ipMode": mode}]}}
    return one


def balanced(name: str, *ports: str, **spec: object) -> Json:
    return service(name, *ports, type="LoadBalancer", **spec)


ALL_PORTS = "http://{lb:web} http://{node:1}:{port:web/0} http://{node:2}:{port:web/0} http://{svc:web}"

STATES = [
    State(
        "load-balancer",
        "a LoadBalancer Service by its address from every vantage point",
        [*THREE, *clients(), balanced("web", "http=80:8080", "udp=81:8081/UDP", "wrong=82:9999")],
        [
            *each(EVERYWHERE, ALL_PORTS),
            *each("pod/a pod/other/far node/0", "http://{lb:web}"),
            *each("pod/c1 outside", "udp://{lb:web}:81 http://{lb:web}:82 http://{lb:web}:81 http://{lb:web}:8080"),
            *each("node/1 outside", "http://{lb:web}:{port:web/0}"),
            *each("pod/c1 outside", "ping://{lb:web}"),
        ],
    ),
    State(
        "load-balancer-one",
        "LoadBalancer Services with one Pod each",
        [
            pod("a", 1),
            pod("b", 2, labels={"app": "other"}),
            *clients(),
            balanced("web", "80:8080"),
            balanced("other", "80:8080", selector={"app": "other"}),
        ],
        [
            *each(EVERYWHERE, "http://{lb:web} http://{lb:other}"),
            *each("pod/a", "http://{lb:web} http://{node:2}:{port:web/0}"),
            *each("pod/b", "http://{lb:other}"),
        ],
    ),
    State(
        "load-balancer-local",
        "externalTrafficPolicy Local with a Pod on one worker only; and its health-check node port",
        [pod("a", 1), *clients(), balanced("web", "http=80:8080", "udp=81:8081/UDP", externalTrafficPolicy="Local")],
        [
            *each(EVERYWHERE + " node/0 pod/a", "http://{lb:web}"),
            *each("pod/c2 outside", "udp://{lb:web}:81"),
            *each(EVERYWHERE, HEALTH),
            *each("outside node/2", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
            *each("node/1", "http://127.0.0.1:{health:web}/healthz"),
        ],
    ),
    State(
        "health-addresses",
        "at which of a node's addresses the health-check node port answers; the load balancer's status is by hand",
        [
            pod("a", 1),
            *clients(),
            by_hand(service("web", "80:8080", externalTrafficPolicy="Local"), "172.18.255.251", "VIP"),
        ],
        [
            *each("pod/c1 pod/c2 node/1 node/2", f"{HEALTH} http://{{gateway:1}}:{{health:web}}/healthz"),
            *each("node/1 node/2", "http://127.0.0.1:{health:web}/healthz"),
            *each("outside", HEALTH),
        ],
    ),
    State(
        "load-balancer-local-many",
        "externalTrafficPolicy Local with Pods on both workers, two of them on one",
        [*THREE, *clients(), balanced("web", "80:8080", externalTrafficPolicy="Local")],
        [*each(EVERYWHERE, "http://{lb:web}"), *each("outside", HEALTH), *each("pod/a", "http://{lb:web}")],
    ),
    State(
        "load-balancer-local-far",
        "externalTrafficPolicy Local with its only Pod on the second worker",
        [pod("b", 2), *clients(), balanced("web", "80:8080", externalTrafficPolicy="Local")],
        [*each(EVERYWHERE, "http://{lb:web}"), *each("node/1", HEALTH)],
    ),
    State(
        "load-balancer-local-unready",
        "externalTrafficPolicy Local where the Pod of one worker is not ready",
        [
            pod("a", 1),
            pod("u", 2, ready=False),
            *clients(),
            balanced("web", "80:8080", externalTrafficPolicy="Local"),
        ],
        [*each(EVERYWHERE, "http://{lb:web}"), *each("outside pod/c1", HEALTH)],
        never_ready=("u",),
    ),
    State(
        "load-balancer-empty",
        "LoadBalancer Services without a ready endpoint",
        [
            pod("u", 1, ready=False),
            *clients(),
            balanced("web", "80:8080", externalTrafficPolicy="Local"),
            balanced("none", "80:8080", selector={"app": "nobody"}),
        ],
        [
            *each(EVERYWHERE, "http://{lb:web} http://{lb:none}"),
            *each("outside", HEALTH),
            *each("pod/c1 node/1", "udp://{lb:none}:80")[:1],
        ],
        never_ready=("u",),
    ),
    State(
        "load-balancer-ranges",
        "loadBalancerSourceRanges for the client outside, for nobody, and for the Pods",
        [
            *THREE,
            *clients(),
            balanced("web", "80:8080", loadBalancerSourceRanges=["{outside}/32"]),
            balanced("nobody", "80:8080", loadBalancerSourceRanges=["192.0.2.0/24"]),
            balanced("pods", "80:8080", loadBalancerSourceRanges=["10.244.0.0/16"]),
            balanced("nodes", "80:8080", loadBalancerSourceRanges=["{node:1}/32"]),
        ],
        [
            *each(EVERYWHERE, "http://{lb:web} http://{lb:nobody} http://{lb:pods} http://{lb:nodes}"),
            *each("outside pod/c1", "http://{node:1}:{port:nobody/0} http://{node:2}:{port:pods/0}"),
            *each("pod/c1", "http://{svc:nobody}"),
        ],
    ),
    State(
        "load-balancer-ranges-local",
        "loadBalancerSourceRanges together with externalTrafficPolicy Local",
        [
            pod("a", 1),
            *clients(),
            balanced("web", "80:8080", loadBalancerSourceRanges=["{outside}/32"], externalTrafficPolicy="Local"),
            balanced("pods", "80:8080", loadBalancerSourceRanges=["10.244.0.0/16"], externalTrafficPolicy="Local"),
        ],
        [*each(EVERYWHERE, "http://{lb:web} http://{lb:pods}"), *each("outside", HEALTH)],
    ),
    State(
        "load-balancer-no-node-ports",
        "allocateLoadBalancerNodePorts false: the address works, there is no node port",
        [*THREE, *clients(), balanced("web", "80:8080", allocateLoadBalancerNodePorts=False)],
        [*each(EVERYWHERE, "http://{lb:web} http://{svc:web}"), *each("outside", "http://{node:1}:80")],
    ),
    State(
        "load-balancer-affinity",
        "a LoadBalancer Service with sessionAffinity ClientIP",
        [*THREE, *clients(), balanced("web", "80:8080", sessionAffinity="ClientIP")],
        [*each("pod/c1 pod/c2 node/1 outside", "http://{lb:web}")],
        sticky=("pod/c1", "pod/c2", "node/1", "outside"),
    ),
    State(
        "load-balancer-internal-local",
        "internalTrafficPolicy Local has no say over a load-balancer address",
        [pod("a", 1), *clients(), balanced("web", "80:8080", internalTrafficPolicy="Local")],
        [*each(EVERYWHERE, "http://{lb:web} http://{svc:web}")],
    ),
    State(
        "load-balancer-modes",
        "a status by hand: ipMode VIP is taken by kube-proxy inside, ipMode Proxy is left to the load balancer",
        [
            *THREE,
            *clients(),
            by_hand(service("vip", "80:8080"), "172.18.255.253", "VIP"),
            by_hand(service("proxied", "80:8080"), "172.18.255.252", "Proxy"),
        ],
        [
            *each(EVERYWHERE, "http://{lb:vip} http://{lb:proxied}"),
            *each("outside", "http://{node:1}:{port:vip/0} http://{node:2}:{port:proxied/0}"),
        ],
    ),
    State(
        "external-ips",
        "externalIPs: a node's own address, and an address nobody has",
        [
            *THREE,
            *clients(),
            service("web", "http=8088:8080", "udp=8089:8081/UDP", externalIPs=["{node:1}"]),
            service("lost", "80:8080", externalIPs=[UNCLAIMED]),
            service("none", "8087:8080", externalIPs=["{node:1}"], selector={"app": "nobody"}),
        ],
        [
            *each(
                EVERYWHERE, f"http://{{node:1}}:8088 http://{{node:2}}:8088 http://{UNCLAIMED} http://{{node:1}}:8087"
            ),
            *each("pod/c1 pod/c2 outside", "udp://{node:1}:8089"),
            *each("pod/a", "http://{node:1}:8088"),
            *each("pod/c1", f"http://{UNCLAIMED}:81"),
        ],
    ),
    State(
        "external-ips-local",
        "externalIPs together with externalTrafficPolicy Local",
        [
            pod("a", 1),
            *clients(),
            service(
                "web", "8088:8080", type="NodePort", externalIPs=["{node:1}", "{node:2}"], externalTrafficPolicy="Local"
            ),
            service("lost", "80:8080", type="NodePort", externalIPs=[UNCLAIMED], externalTrafficPolicy="Local"),
        ],
        [*each(EVERYWHERE, f"http://{{node:1}}:8088 http://{{node:2}}:8088 http://{UNCLAIMED}")],
    ),
    State(
        "load-balancer-terminating",
        "a LoadBalancer Service whose only Pod terminates and still serves",
        [
            pod("t", 1, "netexec --delay-shutdown=120", grace=130),
            *clients(),
            balanced("web", "80:8080"),
            balanced("local", "80:8080", externalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c2 node/2 outside", "http://{lb:web} http://{lb:local}"),
            *each("outside", "http://{node:1}:{health:local}/healthz"),
        ],
        delete_before=("t",),
    ),
]
