"""The cluster states the corpus of flows is recorded in, and the flows asked in each.

A flow is `source -> target`; `{…}` in a target is filled in from the real state: `{web}` the address of Pod web,
`{svc:web}` a Service's virtual IP, `{node:1}` a worker's address, `{port:web/0}` a node port, `{gateway:1}` a
worker's address on the Pods' network, `{range:1}` its Pods' range, `{lb:web}` a load-balancer address, `{health:web}` a
health-check node port, `{web/0}` the address of Deployment web's first Pod; `{svc6:web}` and `{node6:1}` are IPv6.
Sources: `pod/NAME`, `pod/other/NAME`, `node/1`, `node/2`, `outside`, `forward/pod/NAME`, `forward/svc/NAME`.
"""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

Json = dict[str, Any]
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
OTHER = "other"
"""Stands for the state's second namespace."""


@dataclass(frozen=True)
class State:
    """Objects to create, Pods that must be Ready before flows are asked, and the flows."""

    name: str
    about: str
    objects: list[Json]
    flows: list[str]
    never_ready: tuple[str, ...] = ()
    delete_before: tuple[str, ...] = ()
    sticky: tuple[str, ...] = field(default=())
    """Sources whose answers must all come from one Pod."""

    mixed: bool = False
    """Whether one request may be lost and the next answered, as when a policy lets in to some of the Pods only."""

    faults: Json = field(default_factory=dict)
    """As `Faults.to_json()` writes them, with `{node-name:1}` for nodes."""

    needs: str = ""
    """What a cluster must have that kind's usual one has not; such a state is recorded only when it is named."""

    @property
    def has_choice(self) -> bool:
        """Whether more than one Pod could answer, so that only many requests show them all."""
        return (
            sum(
                one["kind"] == "Deployment" or (one["kind"] == "Pod" and one["metadata"]["labels"] != {"app": "client"})
                for one in self.objects
            )
            > 1
        )


def pod(
    name: str,
    on: int = 1,
    args: str = "netexec --http-port=8080 --udp-port=8081",
    labels: Json | None = None,
    ready: bool = True,
    space: str = "",
    grace: int = 1,
    ports: list[Json] | None = None,
    **spec: Any,
) -> Json:
    container: Json = {"name": "main", "image": IMAGE, "args": args.split(), "ports": ports or []}
    if not ready:
        container["readinessProbe"] = {"exec": {"command": ["false"]}, "periodSeconds": 1}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space, "labels": labels or {"app": "web"}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": f"{{node-name:{on}}}"},
            "terminationGracePeriodSeconds": grace,
            "containers": [container],
            **spec,
        },
    }


def client(name: str, on: int, space: str = "") -> Json:
    return pod(name, on, labels={"app": "client"}, space=space)


def clients() -> list[Json]:
    """One on each worker and one in another namespace."""
    return [client("c1", 1), client("c2", 2), client("far", 2, OTHER)]


def service(name: str, *ports: str, space: str = "", **spec: Any) -> Json:
    """Ports as `80`, `80:8080`, `http=80:http`, `dns=53:8081/UDP`."""
    found = []
    for text in ports:
        label, _, rest = text.rpartition("=")
        numbers, _, protocol = rest.partition("/")
        port, _, target = numbers.partition(":")
        one: Json = {"port": int(port), "protocol": protocol or "TCP"}
        if label:
            one["name"] = label
        if target:
            one["targetPort"] = int(target) if target.isdigit() else target
        found.append(one)
    body: Json = {"selector": {"app": "web"}, **spec}
    if found:
        body["ports"] = found
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": space}, "spec": body}


def no_selector(name: str, *ports: str, **spec: Any) -> Json:
    one = service(name, *ports, **spec)
    del one["spec"]["selector"]
    return one


def hand_written(name: str, port: int, pods: list[str]) -> Json:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-by-hand", "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "ports": [{"port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"{{{one}}}"]} for one in pods],
    }


def each(sources: str, targets: str) -> list[str]:
    return [f"{source} -> {target}" for source, target in product(sources.split(), targets.split())]


EVERYWHERE = "pod/c1 pod/c2 node/1 node/2 outside"
THREE = [pod("a", 1), pod("b", 2), pod("c", 2)]

STATES = [
    State(
        "clusterip",
        "three Pods behind a ClusterIP Service",
        [*THREE, *clients(), service("web", "80:8080")],
        [
            *each("pod/c1", "http://web http://web.{ns} http://web.{ns}.svc http://web.{ns}.svc.cluster.local"),
            *each("pod/c1", "http://web.{ns}.svc.cluster.local. http://web.svc http://nope http://web.nope"),
            *each("pod/other/far", "http://web http://web.{ns} http://web.{ns}.svc.cluster.local"),
            *each("pod/c1 pod/c2 node/1", "http://{svc:web} http://{svc:web}:8080 http://{a}:8080 http://{a}:80"),
            *each("node/1", "http://web http://web.{ns}.svc.cluster.local"),
            *each("outside", "http://web http://web.{ns}.svc.cluster.local http://{svc:web} http://{a}:8080"),
            *each("pod/c1 node/1", "http://{nobody:1}:8080 http://{nobody:2}:8080 http://{svc:nobody}"),
            *each("pod/c1", "udp://{svc:web}:80 udp://{a}:8081 udp://{a}:8082"),
            *each("node/1 outside", "http://{node:1}:8080"),
            *each("pod/c1", "http://{node:1}:8080 http://{node:2}:8080 http://127.0.0.1:8080 http://localhost:9"),
            *each("pod/c1", "http://10-244-9-9.{ns}.pod.cluster.local:8080 http://web.{ns}.pod.cluster.local"),
        ],
    ),
    State(
        "ports",
        "many ports, TCP and UDP, a named targetPort that differs per Pod, a port nobody listens on",
        [
            pod("a", 1, "netexec --http-port=8080 --udp-port=8081", ports=[{"name": "http", "containerPort": 8080}]),
            pod("b", 2, "netexec --http-port=9090 --udp-port=8081", ports=[{"name": "http", "containerPort": 9090}]),
            pod("c", 2, "netexec --http-port=7070 --udp-port=8081", ports=[{"name": "web", "containerPort": 7070}]),
            *clients(),
            service("web", "http=80:http", "udp=81:8081/UDP", "wrong=82:9999", "both=83:8080", "both-udp=83:8081/UDP"),
            service("unknown", "http=80:nowhere"),
            service("eight", "80:8080"),
            service("same", "8080"),
        ],
        [
            *each("pod/c1", "http://web http://web:82 http://web:83 http://web:8080 http://unknown http://eight"),
            *each("pod/c1 pod/c2 outside", "udp://{svc:web}:81 udp://{svc:web}:83 udp://{svc:web}:80"),
            *each("pod/c1", "udp://web:81 http://same:8080 http://{svc:web}:81"),
            *each("node/1", "http://{svc:web} http://{svc:web}:82"),
        ],
    ),
    State(
        "nodeport",
        "a NodePort Service with one Pod, reached on every node",
        [
            pod("a", 1),
            *clients(),
            service("web", "http=80:8080", "udp=81:8081/UDP", type="NodePort"),
            service("two", "80:9999", type="NodePort"),
        ],
        [
            *each(
                "pod/c1 pod/c2 node/1 node/2 outside",
                "http://{node:0}:{port:web/0} http://{node:1}:{port:web/0} http://{node:2}:{port:web/0} http://{svc:web}",
            ),
            *each("node/1 node/2 pod/c1", "http://127.0.0.1:{port:web/0} http://localhost:{port:web/0}"),
            *each("pod/c1 pod/c2 node/1", "http://{gateway:1}:{port:web/0}"),
            *each("pod/c1 outside", "udp://{node:1}:{port:web/1} udp://{node:2}:{port:web/1}"),
            *each(
                "pod/c1 outside", "http://{node:1}:{port:web/1} http://{node:2}:{port:two/0} http://{a}:{port:web/0}"
            ),
            *each("pod/a", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
            *each("pod/c1", "http://{svc:web}:{port:web/0} http://web:{port:web/0} http://{node-name:1}:{port:web/0}"),
            *each("outside node/2", "http://{node-name:1}:{port:web/0}"),
        ],
    ),
    State(
        "nodeport-local",
        "externalTrafficPolicy Local with a Pod on one worker only, and one with none at all",
        [
            pod("a", 1),
            *clients(),
            service("web", "http=80:8080", "udp=81:8081/UDP", type="NodePort", externalTrafficPolicy="Local"),
            service("none", "80:8080", type="NodePort", externalTrafficPolicy="Local", selector={"app": "nobody"}),
        ],
        [
            *each(
                "pod/c1 pod/c2 node/1 node/2 outside pod/a",
                "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0} http://{svc:web}",
            ),
            *each("node/1 node/2", "http://127.0.0.1:{port:web/0}"),
            *each("outside", "udp://{node:1}:{port:web/1} udp://{node:2}:{port:web/1} http://{node:1}:{port:none/0}"),
            *each("pod/c1 node/1", "http://{node:1}:{port:none/0} http://none"),
        ],
    ),
    State(
        "internal-local",
        "internalTrafficPolicy Local with Pods on one worker only",
        [
            pod("a", 1),
            pod("b", 1),
            *clients(),
            service("web", "80:8080", type="NodePort", internalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c1 pod/c2", "http://web"),
            *each("node/1 node/2", "http://{svc:web}"),
            *each("pod/c1 pod/c2 node/2 outside", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
        ],
    ),
    State(
        "headless",
        "a headless Service, with named Pods, and one whose Pods are not ready",
        [
            pod("a", 1, hostname="first", subdomain="pods"),
            pod("b", 2, hostname="second", subdomain="pods"),
            pod("d", 2),
            pod("e", 2),
            pod("u", 2, ready=False, labels={"app": "slow"}),
            *clients(),
            service("pods", "http=80:8080", clusterIP="None"),
            service("slow", "http=8080", clusterIP="None", selector={"app": "slow"}),
            service("early", "http=8080", clusterIP="None", selector={"app": "slow"}, publishNotReadyAddresses=True),
            service("portless", clusterIP="None"),
            service("nobody", "80", clusterIP="None", selector={"app": "nobody"}),
        ],
        [
            *each("pod/c1 pod/other/far", "http://pods.{ns}:8080 http://pods.{ns} http://first.pods.{ns}:8080"),
            *each("pod/c1", "http://pods:8080 http://second.pods:8080 http://third.pods:8080 http://a.pods:8080"),
            *each("pod/c1", "http://slow:8080 http://early:8080 http://portless:8080 http://nobody"),
            *each("pod/a pod/c2", "http://pods:8080 udp://first.pods:8081"),
            *each("node/1 outside", "http://pods.{ns}.svc.cluster.local:8080"),
        ],
        never_ready=("u",),
    ),
    State(
        "no-endpoints",
        "Services without endpoints: a selector typo, Pods that are not ready, no selector",
        [
            pod("u", 1, ready=False),
            *clients(),
            service("typo", "http=80:8080", "udp=81:8081/UDP", selector={"app": "wbe"}, type="NodePort"),
            service("slow", "80:8080", type="NodePort"),
            service("early", "80:8080", publishNotReadyAddresses=True),
            no_selector("empty", "80:8080"),
            no_selector("byhand", "80"),
            hand_written("byhand", 8080, ["u"]),
        ],
        [
            *each("pod/c1 pod/c2", "http://typo http://slow http://early http://empty http://byhand"),
            *each("pod/c1 outside", "udp://{svc:typo}:81 http://{node:1}:{port:typo/0} http://{node:2}:{port:slow/0}"),
            *each("node/1", "http://{svc:typo} http://{svc:slow} http://{svc:early} http://127.0.0.1:{port:slow/0}"),
            *each("pod/c1", "http://{u}:8080 udp://{node:1}:{port:typo/1} http://typo:81 http://typo:99"),
        ],
        never_ready=("u",),
    ),
    State(
        "some-ready",
        "one Pod of three is not ready",
        [
            pod("a", 1),
            pod("b", 2),
            pod("u", 2, ready=False),
            *clients(),
            service("web", "80:8080", type="NodePort"),
            service("all", "80:8080", publishNotReadyAddresses=True),
            service("local", "80:8080", type="NodePort", externalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c1", "http://web http://all"),
            *each("outside node/2", "http://{node:1}:{port:web/0} http://{node:2}:{port:local/0}"),
            *each(
                "outside", "http://{node:0}:{port:web/0} http://{node:0}:{port:local/0} http://{node:1}:{port:local/0}"
            ),
        ],
        never_ready=("u",),
    ),
    State(
        "external-name",
        "names that are only other names",
        [
            pod("a", 1),
            *clients(),
            service("web", "80:8080"),
            no_selector("alias", type="ExternalName", externalName="web.{ns}.svc.cluster.local"),
            no_selector("chain", type="ExternalName", externalName="alias.{ns}.svc.cluster.local"),
            no_selector("short", type="ExternalName", externalName="web"),
            no_selector("away", type="ExternalName", externalName="example.com"),
            no_selector("gone", type="ExternalName", externalName="gone.{ns}.svc.cluster.local"),
            no_selector("withport", "80:8080", type="ExternalName", externalName="web.{ns}.svc.cluster.local"),
            no_selector("address", type="ExternalName", externalName="10.96.0.1"),
        ],
        [
            *each("pod/c1", "http://alias http://alias:8080 http://chain http://short http://away http://gone"),
            *each("pod/c1", "http://withport http://withport:8080 http://address"),
            *each("pod/other/far", "http://alias.{ns} http://alias"),
            *each("node/1 outside", "http://alias.{ns}.svc.cluster.local"),
        ],
    ),
    State(
        "hairpin",
        "one Pod that reaches itself",
        [pod("a", 1), *clients(), service("web", "80:8080", type="NodePort"), service("pods", "80", clusterIP="None")],
        [
            *each(
                "pod/a",
                "http://web http://{a}:8080 http://127.0.0.1:8080 http://pods:8080 http://{node:1}:{port:web/0}",
            ),
            *each("pod/a", "http://{node:2}:{port:web/0} http://a:8080 http://localhost:8080 udp://127.0.0.1:8081"),
        ],
    ),
    State(
        "host-network",
        "a server and a client on the node's own network",
        [
            pod("h", 1, "netexec --http-port=9123 --udp-port=9124", hostNetwork=True),
            pod("hc", 2, "netexec --http-port=9125 --udp-port=9126", {"app": "client"}, hostNetwork=True),
            pod(
                "hd",
                2,
                "netexec --http-port=9127 --udp-port=9128",
                {"app": "client"},
                hostNetwork=True,
                dnsPolicy="ClusterFirstWithHostNet",
            ),
            pod("p", 1, labels={"app": "pod"}),
            *clients(),
            service("web", "http=80:9123", "udp=81:9124/UDP", type="NodePort"),
            service("pod", "80:8080", selector={"app": "pod"}),
        ],
        [
            *each("pod/c1 pod/c2", "http://web http://{node:1}:9123 http://{node:2}:9123 udp://{svc:web}:81"),
            *each("pod/c1 pod/c2 outside", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
            *each("node/1 node/2", "http://{svc:web} http://127.0.0.1:9123 http://{node:1}:9123"),
            *each("pod/hc pod/hd", "http://pod http://pod.{ns}.svc.cluster.local http://{svc:pod} http://{p}:8080"),
            *each("outside", "http://{node:1}:9123"),
        ],
    ),
    State(
        "terminating",
        "Pods that terminate but still serve: behind one Service all of them, behind the other one of two",
        [
            pod("t", 1, "netexec --delay-shutdown=120", {"app": "old", "all": "yes"}, grace=130),
            pod("n", 2, labels={"app": "new", "all": "yes"}),
            *clients(),
            service("old", "80:8080", selector={"app": "old"}, type="NodePort"),
            service("all", "80:8080", selector={"all": "yes"}, type="NodePort"),
            service("heads", "8080", selector={"all": "yes"}, clusterIP="None"),
            service("oldlocal", "80:8080", selector={"app": "old"}, type="NodePort", externalTrafficPolicy="Local"),
        ],
        [
            *each("pod/c1", "http://old http://all http://{t}:8080 http://heads:8080"),
            *each("outside", "http://{node:2}:{port:old/0} http://{node:1}:{port:oldlocal/0}"),
            *each("outside", "http://{node:2}:{port:oldlocal/0} http://{node:1}:{port:all/0}"),
        ],
        delete_before=("t",),
    ),
    State(
        "listening",
        "programs that listen elsewhere, on the loopback address only, or not at all",
        [
            pod("loop", 1, "netexec --udp-listen-addresses=127.0.0.1", {"app": "loop"}),
            pod("idle", 1, "pause", {"app": "idle"}),
            pod("name", 2, "serve-hostname --port=9376", {"app": "name"}),
            pod("other", 2, "netexec --http-port=80 --udp-port=-1", {"app": "other"}),
            pod("failing", 2, "netexec --nonsense=1", {"app": "failing"}),
            *clients(),
            service("loop", "http=80:8080", "udp=81:8081/UDP", selector={"app": "loop"}),
            service("idle", "80:8080", selector={"app": "idle"}),
            service("name", "80:9376", selector={"app": "name"}),
            service("other", "http=8080:80", "udp=81:8081/UDP", selector={"app": "other"}),
            service("failing", "80:8080", selector={"app": "failing"}),
        ],
        [
            *each("pod/c1 pod/c2", "http://loop udp://loop:81 udp://{loop}:8081 http://idle http://{idle}:8080"),
            *each("pod/loop", "udp://127.0.0.1:8081 udp://{loop}:8081 udp://loop:81"),
            *each("pod/c1", "http://other:8080 udp://other:81 http://{other}:80 http://{other}:8080 http://failing"),
            *each("pod/c1", "http://{failing}:8080 http://name"),
        ],
        never_ready=("failing",),
    ),
    State(
        "affinity",
        "sessionAffinity ClientIP",
        [*THREE, *clients(), service("web", "80:8080", type="NodePort", sessionAffinity="ClientIP")],
        [
            *each("pod/c1 pod/c2 pod/a", "http://web"),
            *each("outside", "http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
            *each("node/1", "http://{svc:web} http://127.0.0.1:{port:web/0}"),
        ],
        sticky=("pod/c1", "pod/c2", "pod/a", "outside", "node/1"),
    ),
    State(
        "same-node",
        "trafficDistribution PreferSameNode",
        [
            *THREE,
            *clients(),
            service("web", "80:8080", type="NodePort", trafficDistribution="PreferSameNode"),
            service("one", "80:8080", type="NodePort", trafficDistribution="PreferSameNode", selector={"one": "yes"}),
            pod("d", 1, labels={"one": "yes"}),
            service(
                "local", "80:8080", type="NodePort", trafficDistribution="PreferSameNode", externalTrafficPolicy="Local"
            ),
        ],
        [
            *each("pod/c1 pod/c2 pod/a pod/b", "http://web http://one"),
            *each("node/1 node/2", "http://{svc:web} http://127.0.0.1:{port:web/0}"),
            *each("outside", "http://{node:0}:{port:web/0} http://{node:1}:{port:web/0} http://{node:2}:{port:web/0}"),
            *each("pod/c1 outside", "http://{node:1}:{port:local/0} http://{node:2}:{port:local/0}"),
        ],
    ),
    State(
        "slices",
        "Services without a selector, with EndpointSlices written by hand: several, and to several kinds of address",
        [
            *THREE,
            *clients(),
            no_selector("two", "80"),
            hand_written("two", 8080, ["a", "b"]),
            hand_written("two", 8080, ["b", "c"])
            | {"metadata": {"name": "two-more", "labels": {"kubernetes.io/service-name": "two"}}},
            no_selector("wrong", "80"),
            hand_written("wrong", 8099, ["a"]),
            no_selector("nobody", "80"),
            hand_written("nobody", 8080, ["nobody:2"]),
            no_selector("virtual", "80"),
            hand_written("virtual", 80, ["svc:two"]),
            no_selector("heads", "8080", clusterIP="None"),
            hand_written("heads", 8080, ["b"]),
            service("chain", "http=80:8080", "more=81:8080"),
        ],
        [
            *each("pod/c1 pod/c2", "http://two http://wrong http://nobody http://heads:8080 http://chain:81"),
            *each("node/1", "http://{svc:two} http://{svc:nobody}"),
        ],
    ),
    State(
        "system",
        "what every cluster has: kubernetes and kube-dns",
        clients(),
        [
            *each("pod/c1", "tcp://kubernetes.default:443 tcp://10.96.0.1:443 tcp://kubernetes:443"),
            *each("pod/c1 node/1", "tcp://10.96.0.10:53 tcp://10.96.0.10:80"),
            *each("node/1", "tcp://10.96.0.1:443 tcp://10.96.0.1:80"),
            *each("outside", "tcp://{node:0}:6443 tcp://{node:1}:10250 tcp://{node:1}:6443 tcp://10.96.0.1:443"),
            *each("pod/c1", "tcp://{node:0}:6443 tcp://{node:1}:10250 tcp://{node:1}:9"),
        ],
    ),
]
