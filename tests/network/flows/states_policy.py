"""States about NetworkPolicies: every kind of rule, from every vantage point, together with Services."""

from tests.network.flows.states import EVERYWHERE, OTHER, THREE, Json, State, clients, each, pod, service

WEB = {"matchLabels": {"app": "web"}}
CLIENT = {"matchLabels": {"app": "client"}}
FAR = {"matchLabels": {"team": "far"}}
HOME = {"matchLabels": {"kubernetes.io/metadata.name": "{ns}"}}
DNS = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"protocol": "UDP", "port": 53}],
}
NAMED = [{"name": "http", "containerPort": 8080}, {"name": "other", "containerPort": 8081, "protocol": "UDP"}]
HTTP, UDP = "http://{a}:8080", "udp://{a}:8081"


def policy(
    name: str,
    selects: Json | None = None,
    ingress: list[Json] | None = None,
    egress: list[Json] | None = None,
    space: str = "",
    types: list[str] | None = None,
) -> Json:
    spec: Json = {"podSelector": WEB if selects is None else selects}
    if ingress is not None:
        spec["ingress"] = ingress
    if egress is not None:
        spec["egress"] = egress
    asked = [key for key, value in (("Ingress", ingress), ("Egress", egress)) if value is not None]
    spec["policyTypes"] = types or asked
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": space},
        "spec": spec,
    }


def ports(*texts: str) -> list[Json]:
    """`80`, `http`, `8000-8090`, `UDP/8081`, `UDP/`: as a rule's `ports`."""
    found = []
    for text in texts:
        protocol, _, rest = text.rpartition("/")
        one: Json = {"protocol": protocol or "TCP"}
        first, dash, last = rest.partition("-")
        if first:
            one["port"] = int(first) if first.isdigit() else first
        if dash:
            one["endPort"] = int(last)
        found.append(one)
    return found


def block(cidr: str, *but: str) -> Json:
    return {"ipBlock": {"cidr": cidr, **({"except": list(but)} if but else {})}}


ONE = [pod("a", 1, ports=NAMED), *clients(), service("web", "http=80:8080", "udp=81:8081/UDP", type="NodePort")]
ANYBODY = EVERYWHERE + " pod/other/far"
NODE_PORTS = "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"


def on_one(name: str, about: str, *policies: Json, more: list[str] | None = None, sources: str = ANYBODY) -> State:
    """One Pod behind a NodePort Service, with policies; asked by its address, its Service and node ports."""
    reach = [*each(sources.replace(" outside", ""), f"{HTTP} http://{{svc:web}}"), *each("outside", NODE_PORTS)]
    return State(f"policy-{name}", about, [*ONE, *policies], reach + (more or []))


def from_client(name: str, about: str, *policies: Json, more: list[str] | None = None, mixed: bool = False) -> State:
    """Clients that egress policies restrict, and three Pods behind a Service, one of them beside the first client."""
    objects = [
        *THREE,
        *clients(),
        pod("x", 2, labels={"app": "elsewhere"}, space=OTHER),
        service("web", "http=80:8080", "udp=81:8081/UDP", type="NodePort"),
        service("none", "80:8080", selector={"app": "nobody"}),
    ]
    reach = each(
        "pod/c1 pod/c2", f"http://web http://{{svc:web}} {HTTP} http://{{b}}:8080 http://none http://{{svc:none}}"
    )
    reach += each("pod/c1 pod/other/far", NODE_PORTS)
    return State(f"policy-{name}", about, [*objects, *policies], reach + (more or []), mixed=mixed)


STATES = [
    on_one(
        "deny-all",
        "ingress denied to every Pod of the namespace",
        policy("deny", {}, ingress=[]),
        more=[
            *each("pod/a", "http://{a}:8080 http://127.0.0.1:8080 http://web http://{node:1}:{port:web/0}"),
            *each("pod/c1 outside", "udp://{node:1}:{port:web/1}"),
            *each("pod/c1 pod/c2 pod/a", "ping://{a}"),
        ],
    ),
    on_one("allow-all", "a rule that allows everybody", policy("all", ingress=[{}])),
    on_one(
        "labels",
        "a Pod selector looks in the policy's own namespace",
        policy("clients", ingress=[{"from": [{"podSelector": CLIENT}]}]),
        more=[*each("pod/c1 pod/c2", UDP), *each("pod/a", "http://web http://{a}:8080"), *each("pod/c1", NODE_PORTS)],
    ),
    on_one(
        "spaces",
        "a namespace selector takes all Pods of the namespaces it selects",
        policy("far", ingress=[{"from": [{"namespaceSelector": FAR}]}]),
        more=each("pod/other/far", f"{UDP} http://web.{{ns}} http://{{node:1}}:{{port:web/0}}"),
    ),
    on_one(
        "both-selectors",
        "both selectors in one entry: both must match",
        policy(
            "both", ingress=[{"from": [{"namespaceSelector": FAR, "podSelector": {"matchLabels": {"role": "ok"}}}]}]
        ),
        pod("ok", 1, labels={"role": "ok"}, space=OTHER),
        more=each("pod/other/ok", f"{HTTP} http://{{svc:web}} {UDP} ping://{{a}}"),
    ),
    on_one(
        "either-selector",
        "two entries: either may match",
        policy(
            "either", ingress=[{"from": [{"namespaceSelector": FAR}, {"podSelector": {"matchLabels": {"r": "1"}}}]}]
        ),
        pod("r", 2, labels={"r": "1"}),
        more=each("pod/r", f"{HTTP} http://{{svc:web}}"),
    ),
    on_one(
        "any-space",
        "an empty namespace selector takes every namespace, but no client that is not a Pod",
        policy("any", ingress=[{"from": [{"namespaceSelector": {}}]}]),
    ),
    on_one(
        "any-pod",
        "an empty Pod selector takes every Pod of the namespace",
        policy("any", ingress=[{"from": [{"podSelector": {}}]}]),
        more=each("pod/a", "http://web"),
    ),
    on_one(
        "block-outside",
        "ipBlock for the client outside: it holds on the Pod's own node, and not by another",
        policy("block", ingress=[{"from": [block("{outside}/32")]}]),
        more=each("outside", "udp://{node:1}:{port:web/1} udp://{node:2}:{port:web/1}"),
    ),
    on_one(
        "block-nodes",
        "ipBlock for the nodes' network",
        policy("block", ingress=[{"from": [block("172.18.0.0/16")]}]),
        more=each("pod/c1 pod/c2", NODE_PORTS),
    ),
    on_one(
        "block-except",
        "ipBlock for all, but not for the client outside and the Pods of the second worker",
        policy("block", ingress=[{"from": [block("0.0.0.0/0", "{outside}/32", "10.244.2.0/24")]}]),
        more=each("pod/c1 pod/c2", NODE_PORTS),
    ),
    on_one(
        "block-pods",
        "ipBlock with the Pods' range",
        policy("block", ingress=[{"from": [block("10.244.0.0/16")]}]),
        more=each("pod/a", "http://web http://{node:2}:{port:web/0}"),
    ),
    on_one(
        "block-virtual",
        "ipBlock with the Services' range never matches",
        policy("block", ingress=[{"from": [block("10.96.0.0/12")]}]),
    ),
    on_one(
        "port",
        "a port is the Pod's, not the Service's",
        policy("pods-port", ingress=[{"ports": ports("8080")}]),
        more=[*each("pod/c1 pod/c2", f"{UDP} ping://{{a}}"), *each("outside", "udp://{node:1}:{port:web/1}")],
    ),
    on_one(
        "service-port", "the Service's port in a rule allows nothing", policy("wrong", ingress=[{"ports": ports("80")}])
    ),
    on_one(
        "named-port",
        "a named port is the container's",
        policy("named", ingress=[{"ports": ports("http")}]),
        more=each("pod/c1 pod/c2", UDP),
    ),
    on_one(
        "named-udp",
        "a named UDP port",
        policy("named", ingress=[{"ports": ports("UDP/other")}]),
        more=each("pod/c1 pod/c2", f"{UDP} udp://{{svc:web}}:81"),
    ),
    on_one(
        "range",
        "a range of ports",
        policy("range", ingress=[{"ports": ports("8000-8090")}]),
        more=each("pod/c1 pod/c2", UDP),
    ),
    on_one(
        "range-beside", "a range that ends before the port", policy("range", ingress=[{"ports": ports("8000-8079")}])
    ),
    on_one(
        "protocol",
        "a protocol without a port",
        policy("udp", ingress=[{"ports": ports("UDP/")}]),
        more=each("pod/c1 pod/c2", f"{UDP} udp://{{svc:web}}:81 ping://{{a}}"),
    ),
    on_one(
        "add-up",
        "several policies add up",
        policy("deny", {}, ingress=[]),
        policy("clients", ingress=[{"from": [{"podSelector": CLIENT}], "ports": ports("8080")}]),
        policy("far", ingress=[{"from": [{"namespaceSelector": FAR}], "ports": ports("UDP/8081")}]),
        more=each("pod/c1 pod/other/far", UDP),
    ),
    on_one(
        "expressions",
        "matchExpressions",
        policy(
            "expressions",
            ingress=[
                {
                    "from": [
                        {
                            "podSelector": {
                                "matchExpressions": [{"key": "app", "operator": "In", "values": ["client", "x"]}]
                            }
                        },
                        {
                            "namespaceSelector": {
                                "matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["far"]}]
                            }
                        },
                    ]
                }
            ],
        ),
        pod("e", 2, labels={"other": "yes"}),
        more=each("pod/e pod/a", f"{HTTP} http://{{svc:web}}"),
    ),
    on_one(
        "not-selected",
        "policies that select other Pods, or restrict the other direction only",
        policy("others", {"matchLabels": {"app": "nobody"}}, ingress=[]),
        policy("out", egress=[]),
    ),
    on_one(
        "both-ends",
        "egress allowed at the client, ingress denied at the server, and the other way round",
        policy("client-out", CLIENT, egress=[{"to": [{"podSelector": WEB}]}]),
        policy("server-in", ingress=[{"from": [{"namespaceSelector": FAR}]}]),
        more=each("pod/c1", "http://web"),
    ),
    State(
        "policy-local",
        "externalTrafficPolicy Local keeps the client's address, so ipBlock for it holds",
        [
            *THREE,
            *clients(),
            service("web", "80:8080", type="LoadBalancer", externalTrafficPolicy="Local"),
            service("cluster", "80:8080", type="LoadBalancer"),
            policy("block", ingress=[{"from": [block("{outside}/32")]}]),
        ],
        [
            *each(EVERYWHERE, "http://{lb:web}"),
            *each("outside", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0} http://{lb:cluster}"),
            *each("outside", "http://{node:1}:{port:cluster/0}"),
        ],
        mixed=True,
    ),
    State(
        "policy-host-network",
        "a Pod on the node's network is selected by no rule, and restricted by none",
        [
            pod("a", 1),
            pod("h", 2, "netexec --http-port=9133 --udp-port=9134", {"app": "host"}, hostNetwork=True),
            *clients(),
            service("web", "80:8080"),
            service("host", "80:9133", selector={"app": "host"}),
            policy("hosts", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "host"}}}]}]),
            policy("none", {"matchLabels": {"app": "host"}}, ingress=[], egress=[]),
        ],
        [
            *each("pod/h", "http://{a}:8080 http://{svc:web}"),
            *each("pod/c1 pod/c2 node/1", "http://{node:2}:9133 http://{svc:host} http://{a}:8080"),
        ],
    ),
    from_client(
        "out-deny",
        "egress denied: no names, no addresses",
        policy("deny", CLIENT, egress=[]),
        more=[
            *each("pod/c1", "http://{c1}:8080 http://127.0.0.1:8080 http://{node:1}:10249 http://web:9"),
            *each("pod/c1", "tcp://{node:1}:10250 tcp://{node:2}:10250 tcp://10.96.0.1:443 udp://{a}:8081 ping://{a}"),
        ],
    ),
    from_client(
        "out-names",
        "egress to the cluster's DNS only",
        policy("names", CLIENT, egress=[DNS]),
        more=each("pod/c1", "tcp://10.96.0.10:53 udp://{svc:web}:81 http://nope"),
    ),
    from_client(
        "out-pods",
        "egress to the Service's Pods, without names",
        policy("pods", CLIENT, egress=[{"to": [{"podSelector": WEB}]}]),
        more=each("pod/c1", "udp://{svc:web}:81 ping://{a} ping://{b} http://{svc:web}:81"),
    ),
    from_client(
        "out-pods-and-names",
        "egress to the Service's Pods and to the cluster's DNS",
        policy("pods", CLIENT, egress=[{"to": [{"podSelector": WEB}], "ports": ports("8080")}, DNS]),
        more=[*each("pod/c1", "udp://web:81 http://web.{ns}.svc.cluster.local"), *each("pod/c2", "udp://{a}:8081")],
    ),
    from_client(
        "out-service-port",
        "egress to the Service's port allows nothing: the port is judged after kube-proxy",
        policy("port", CLIENT, egress=[{"ports": ports("80")}, DNS]),
    ),
    from_client(
        "out-virtual",
        "egress to the Services' range allows nothing that has an endpoint",
        policy("virtual", CLIENT, egress=[{"to": [block("10.96.0.0/12")]}]),
    ),
    from_client(
        "out-block",
        "egress to the Pods of the first worker by their addresses",
        policy("block", CLIENT, egress=[{"to": [block("10.244.0.0/16", "10.244.2.0/24")]}]),
        mixed=True,
    ),
    from_client(
        "out-nodes",
        "egress to the nodes' network: node ports of other nodes",
        policy("nodes", CLIENT, egress=[{"to": [block("172.18.0.0/16")]}]),
        more=each("pod/c1", "tcp://{node:1}:10250 tcp://{node:2}:10250 tcp://10.96.0.1:443"),
    ),
    from_client(
        "out-space",
        "egress to another namespace and to names",
        policy("far", CLIENT, egress=[{"to": [{"namespaceSelector": FAR}]}, DNS]),
    ),
    from_client(
        "out-named-port",
        "egress to a named port of the server",
        policy("named", CLIENT, egress=[{"ports": ports("http")}]),
        pod("n", 2, labels={"app": "web"}, ports=NAMED),
        more=each("pod/c1 pod/c2", "http://{n}:8080"),
        mixed=True,
    ),
    from_client(
        "default-deny",
        "everything denied in the namespace, then names and the way from client to server allowed",
        policy("deny", {}, ingress=[], egress=[]),
        policy("names", {}, egress=[DNS]),
        policy("in", ingress=[{"from": [{"podSelector": CLIENT}], "ports": ports("8080")}]),
        policy("out", CLIENT, egress=[{"to": [{"podSelector": WEB}]}]),
        more=[
            *each("pod/a", "http://{b}:8080 http://web http://{a}:8080"),
            *each("node/1 node/2", "http://{a}:8080 http://{svc:web}"),
            *each("pod/c1", "udp://{a}:8081"),
        ],
        mixed=True,
    ),
]
