"""What can be broken, each as a small change of a healthy cluster, with the cause that must be named.

Where a change alone does not show the cause, `asks` says who asks what (`{…}` as in the flows); else the request is
what `lab doctor web` asks by itself. `corrected` are values that the mended field would have. `until` is a pattern that
the JSON of the cluster's Pods and Events has once it has gone wrong; without one all Pods become ready. `before` are
requests to the API before the objects are made, `after` when everything runs, and `seconds` how long to wait then.
`drops` is a kind of objects that is left out of what was read, for a controller that cannot be stopped here; `seen` is
what observations say that cannot be made here.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from servicelab.diagnosis import Question, Seen, Snapshot
from servicelab.network.listeners import Listener
from servicelab.network.verdict import Outcome, Verdict
from tests.diagnosis.clusters import behind, containers, deployment, web
from tests.network.flows.states import IMAGE, Json, hand_written, no_selector, pod, service
from tests.network.flows.states_load_balancer import UNCLAIMED, by_hand
from tests.network.flows.states_policy import CLIENT, DNS, FAR, WEB, block, policy, ports

ALL = ("clusterip", "named", "nodeport", "balanced", "headless", "deployed", "udp")
VIRTUAL = ("clusterip", "named", "nodeport", "deployed")
PLAIN = ("clusterip", "nodeport")
OPEN = ("nodeport", "balanced")
POOL = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/{pool}"
DNS_PODS = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
FIRST, SECOND = "{node-name:1}", "{node-name:2}"


@dataclass(frozen=True)
class Breakage:
    cause: str
    change: Callable[[list[Json]], Any]
    bases: tuple[str, ...] = PLAIN
    asks: str = ""
    corrected: tuple[str, ...] = ()
    until: str = ""
    before: tuple[tuple[str, str, Json], ...] = ()
    after: tuple[tuple[str, str, Json], ...] = ()
    seconds: float = 0.0
    seen: Callable[[Snapshot, Question], Seen] | None = None
    drops: str = ""
    only_embedded: bool = False
    """It changes more than a namespace, so it is not made on a cluster that others use."""
    only_kind: bool = False
    """The embedded cluster cannot be broken so."""


def nothing(objects: list[Json]) -> None:
    """What is asked, or what happens afterwards, is enough."""


def selects(**labels: str) -> Callable[[list[Json]], Any]:
    return lambda objects: web(objects).update(selector=labels)


def has(**fields: Any) -> Callable[[list[Json]], Any]:
    """The Service with these fields."""
    return lambda objects: web(objects).update(fields)


def port(**fields: Any) -> Callable[[list[Json]], Any]:
    return lambda objects: web(objects)["ports"][0].update(fields)


def runs(**fields: Any) -> Callable[[list[Json]], Any]:
    """The containers behind the Service with these fields."""
    return lambda objects: [one.update(fields) for one in containers(objects)]


def made(**fields: Any) -> Callable[[list[Json]], Any]:
    """The Pods behind the Service with these fields of their `spec`."""
    return lambda objects: [one["spec"].update(fields) for one in behind(objects)]


def labelled(**labels: str) -> Callable[[list[Json]], Any]:
    """The Pods behind the Service with these labels in place of their own."""
    return lambda objects: [one["metadata"].update(labels=labels) for one in behind(objects)]


def adds(*more: Json) -> Callable[[list[Json]], Any]:
    return lambda objects: objects.extend(deepcopy(more))


def asked_for(name: str, value: str) -> Callable[[list[Json]], Any]:
    """The Service with an annotation of MetalLB's."""

    def change(objects: list[Json]) -> None:
        found = next(one for one in objects if one["kind"] == "Service")
        found["metadata"]["annotations"] = {f"metallb.io/{name}": value}

    return change


def holder(address: str) -> Json:
    """Another Service that has an address."""
    one = service("first", "80:8080", type="LoadBalancer")
    one["metadata"]["annotations"] = {"metallb.io/loadBalancerIPs": address}
    return one


def replaces(*services: Json) -> Callable[[list[Json]], Any]:
    """These in place of the Service."""

    def change(objects: list[Json]) -> None:
        objects[:] = [one for one in objects if one["kind"] != "Service"] + deepcopy([*services])

    return change


def calls(name: str) -> Callable[[list[Json]], Any]:
    def change(objects: list[Json]) -> None:
        next(one for one in objects if one["kind"] == "Service")["metadata"]["name"] = name

    return change


def both(*changes: Callable[[list[Json]], Any]) -> Callable[[list[Json]], Any]:
    return lambda objects: [change(objects) for change in changes]


def asking_pod(**fields: Any) -> Callable[[list[Json]], Any]:
    def change(objects: list[Json]) -> None:
        next(one for one in objects if one["metadata"]["name"] == "c1")["spec"].update(fields)

    return change


def by_hand_slice(name: str, service: str, number: int, labels: Json | None = None, port_name: str = "") -> Json:
    """An EndpointSlice written by hand that leads to Pod `a`."""
    one = hand_written(service, number, ["a"])
    one["metadata"] |= {"name": name, "labels": {"kubernetes.io/service-name": service} if labels is None else labels}
    if port_name:
        one["ports"][0]["name"] = port_name
    return one


def addressed(slice_: Json, address: str) -> Json:
    slice_["endpoints"] = [{"addresses": [address]}]
    return slice_


def probe(path: str = "/", number: int = 8080) -> Json:
    return {"httpGet": {"path": path, "port": number}, "periodSeconds": 1}


BAD = "/echo?msg=no&code=503"
"""What netexec answers to with an error."""


NEVER = {"exec": {"command": ["false"]}, "periodSeconds": 1}


def init(*command: str, image: str = IMAGE) -> Json:
    return {"name": "prepare", "image": image, "command": [*command]}


LOST, GOOD = Verdict(Outcome.TIMED_OUT), Verdict(Outcome.ANSWERED)


def endpoints(snapshot: Snapshot, question: Question) -> list[str]:
    service = snapshot.state.services[question.namespace, question.name]
    return [one.pod or "" for one in service.ports[0].backends]


def only_by_address(snapshot: Snapshot, question: Question) -> Seen:
    return Seen(Verdict(Outcome.NO_SUCH_NAME, detail="Could not resolve host"), by_address=GOOD)


def pods_answer_alone(snapshot: Snapshot, question: Question) -> Seen:
    return Seen(LOST, by_address=LOST, direct=dict.fromkeys(endpoints(snapshot, question), GOOD))


def only_near(snapshot: Snapshot, question: Question) -> Seen:
    pods = endpoints(snapshot, question)
    return Seen(LOST, by_address=LOST, direct=dict.fromkeys(pods, LOST), nearby=dict.fromkeys(pods, GOOD))


def nobody_answers(snapshot: Snapshot, question: Question) -> Seen:
    pods = endpoints(snapshot, question)
    listens = dict.fromkeys(pods, (Listener("TCP", 8080, ""),))
    return Seen(LOST, by_address=LOST, direct=dict.fromkeys(pods, LOST), nearby=dict.fromkeys(pods, LOST),
                sockets=listens)  # fmt: skip


NAME = [
    Breakage("name-unknown-outside", nothing, ("clusterip", "deployed", "headless"), "node/1 -> http://web.{ns}:80"),
    Breakage("name-unknown-outside", nothing, ("nodeport",), "outside -> http://web.{ns}.svc.cluster.local:80"),
    Breakage("client-asks-another-dns", asking_pod(dnsPolicy="Default"), asks="pod/c1 -> http://web:80"),
    Breakage("client-asks-another-dns", asking_pod(hostNetwork=True), ("clusterip",), "pod/c1 -> http://web:80",
             corrected=("ClusterFirstWithHostNet",)),
    Breakage("dns-down", nothing, ("clusterip", "deployed"),
             after=(("PATCH", DNS_PODS, {"spec": {"replicas": 0}}),), seconds=5, only_embedded=True),
    Breakage("dns-blocked", adds(policy("out", CLIENT, egress=[{"to": [{"podSelector": WEB}]}])),
             corrected=("kube-system", "53"), asks="pod/c1 -> http://web:80"),
    Breakage("dns-blocked", adds(policy("none", CLIENT, egress=[])), ("clusterip", "headless"), corrected=("53",),
             asks="pod/c1 -> http://web:80"),
    Breakage("dns-cut-off", nothing, PLAIN, asks="pod/c1 -> http://web:80",
             after=(("POST", "/lab/v1/faults", {"partitions": [["{node-name:0}", FIRST]]}),), only_embedded=True),
    Breakage("dns-silent", nothing, PLAIN, "pod/c1 -> http://web:80", seen=only_by_address),
    Breakage("namespace-missing", nothing, ("clusterip", "balanced"), "pod/c1 -> http://web.nowhere:80"),
    Breakage("service-elsewhere", nothing, (*PLAIN, "headless"), "pod/other/far -> http://web:80"),
    Breakage("service-elsewhere", adds(service("store", "80:8080", space="other")), ("clusterip",),
             "pod/c1 -> http://store:80"),
    Breakage("service-name-alike", calls("wbe"), PLAIN, corrected=("wbe",)),
    Breakage("service-name-alike", calls("web-service"), ("deployed",), corrected=("web-service",)),
    Breakage("service-missing", calls("orders"), (*PLAIN, "headless")),
    Breakage("service-missing", replaces(), ("clusterip",)),
    Breakage("external-name-is-address", replaces(no_selector("web", type="ExternalName", externalName="10.96.0.1"))),
    Breakage("external-name-unknown",
             replaces(no_selector("web", type="ExternalName", externalName="gone.{ns}.svc.cluster.local"))),
    Breakage("external-name-unknown", replaces(no_selector("web", type="ExternalName", externalName="db.example")),
             ("clusterip",)),
]  # fmt: skip
ADDRESS = [
    Breakage("address-nobodys", nothing, PLAIN, "pod/c1 -> http://{svc:nobody}:80"),
    Breakage("address-nobodys", nothing, ("deployed",), "pod/c1 -> http://{nobody:1}:8080"),
    Breakage("virtual-ip-pinged", nothing, PLAIN, "pod/c1 -> ping://web"),
    Breakage("port-unknown", nothing, (*VIRTUAL, "balanced"), "pod/c1 -> http://web:81", corrected=("80",)),
    Breakage("port-unknown", nothing, ("balanced",), "outside -> http://{lb:web}:81", corrected=("80",)),
    Breakage("target-port-asked", nothing, VIRTUAL, "pod/c1 -> http://web:8080", corrected=("80",)),
    Breakage("node-port-asked-inside", nothing, OPEN, "pod/c1 -> http://web:{port:web/0}", corrected=("80",)),
    Breakage("port-asked-at-node", nothing, OPEN, "outside -> http://{node:1}:80"),
    Breakage("port-asked-at-node", nothing, ("nodeport",), "outside -> http://{node:2}:8080"),
    Breakage("node-port-unknown", nothing, ("nodeport",), "web: outside -> http://{node:2}:31999"),
    Breakage("node-port-unknown", nothing, ("nodeport",), "web: outside -> http://{node:1}:29999"),
    Breakage("protocol-differs", nothing, PLAIN, "pod/c1 -> udp://web:80", corrected=("TCP",)),
    Breakage("protocol-differs", nothing, ("udp",), "pod/c1 -> http://web:53", corrected=("UDP",)),
    Breakage("headless-port", nothing, ("headless",), "pod/c1 -> http://web:80", corrected=("8080",)),
    Breakage("headless-port", has(clusterIP="None"), ("clusterip", "named"), "pod/c1 -> http://web:80",
             corrected=("8080",)),
]  # fmt: skip
ENDPOINTS = [
    Breakage("selector-missing", lambda objects: web(objects).pop("selector"), VIRTUAL, corrected=("app=web",)),
    Breakage("slice-label-missing", both(lambda objects: web(objects).pop("selector"),
                                         adds(by_hand_slice("mine", "web", 8080, {}))), PLAIN),
    Breakage("slice-port-name", both(lambda objects: web(objects).pop("selector"), port(name="http"),
                                     adds(by_hand_slice("mine", "web", 8080, port_name="web"))), PLAIN),
    Breakage("slice-address-nobodys", both(lambda objects: web(objects).pop("selector"),
                                           adds(addressed(by_hand_slice("mine", "web", 8080), "{nobody:1}"))), PLAIN),
    Breakage("scaled-to-zero", lambda objects: objects[0]["spec"].update(replicas=0), ("deployed",)),
    Breakage("scaled-to-zero", lambda objects: objects.__setitem__(slice(0, 2), [deployment(replicas=0)]), PLAIN),
    Breakage("pods-not-made", made(serviceAccountName="nobody"), ("deployed",), until="nobody"),
    Breakage("pods-not-made", lambda objects: objects.__setitem__(
        slice(0, 2), [deployment(serviceAccountName="missing")]), ("nodeport",), until="missing"),
    Breakage("labels-not-on-pods", both(selects(tier="front"),
                                        lambda objects: objects[0]["metadata"]["labels"].update(tier="front")),
             ("deployed",), corrected=("app=web",)),
    Breakage("labels-not-on-pods", both(selects(team="shop"), adds(
        {**deployment("api", 1, {"app": "api"}), "metadata": {"name": "api", "labels": {"team": "shop"}}})),
             ("clusterip",)),
    Breakage("pods-elsewhere", both(selects(app="store"), adds(pod("s", 2, labels={"app": "store"}, space="other"))),
             PLAIN),
    Breakage("selector-never-together", both(selects(app="web", tier="front"),
                                             adds(pod("c", 1, labels={"app": "api", "tier": "front"}))), PLAIN),
    Breakage("selector-matches-nothing", selects(app="wbe"), (*ALL,), corrected=("app=web",)),
    Breakage("selector-matches-nothing", labelled(App="web"), PLAIN, corrected=("App=web",)),
    Breakage("selector-matches-nothing", both(labelled(name="web")), ("balanced",), corrected=("name=web",)),
    Breakage("selector-matches-others", both(
        selects(app="orders"), adds(pod("d", 2, "netexec --http-port=5432 --udp-port=-1", {"app": "orders"}))),
             (*PLAIN, "named"), corrected=("app=web",)),
    Breakage("selector-matches-others", both(
        lambda objects: [one["metadata"]["labels"].update(tier="back") for one in behind(objects)],
        selects(tier="back"),
        adds(pod("d", 2, "netexec --http-port=5432 --udp-port=-1", {"app": "database", "tier": "back"}))),
             (*PLAIN, "balanced")),
    Breakage("endpoints-not-written", nothing, PLAIN, drops="EndpointSlice"),
    Breakage("pods-ended", both(made(restartPolicy="Never"), runs(command=["sh", "-c", "exit 0"])),
             until='"Succeeded"'),
]  # fmt: skip
READY = [
    Breakage("pod-pending", made(nodeSelector={"disk": "fast"}), (*PLAIN, "balanced"), until="Unschedulable"),
    Breakage("pod-pending", runs(resources={"requests": {"cpu": "900"}}), ("deployed",), until="Unschedulable"),
    Breakage("pod-image", runs(image="registry.example/agnhots:2.63.0"), (*PLAIN, "headless"), until="ErrImagePull"),
    Breakage("pod-image", runs(image="Not A Name"), ("deployed",), until="InvalidImageName"),
    Breakage("pod-configuration", runs(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings",
                                                                                           "key": "a"}}}]),
             until="CreateContainerConfigError"),
    Breakage("pod-volumes", both(made(volumes=[{"name": "v", "configMap": {"name": "settings"}}]),
                                 runs(volumeMounts=[{"name": "v", "mountPath": "/v"}])), until="FailedMount",
             only_kind=True),
    Breakage("pod-init", made(initContainers=[init("sh", "-c", "exit 1")]), until='"exitCode":1'),
    Breakage("pod-init", made(initContainers=[init("sleep", "3600")]), ("deployed",), until='"started":true.*PodInit'),
    Breakage("pod-crashes", runs(args=["netexec", "--http-prot=8080"]), (*PLAIN, "deployed"),
             until="CrashLoopBackOff"),
    Breakage("pod-crashes", runs(command=["sh", "-c", "exit 3"]), ("balanced",), until="CrashLoopBackOff"),
    Breakage("liveness-kills", runs(livenessProbe={**probe(BAD), "failureThreshold": 1},
                                    readinessProbe={**probe(), "initialDelaySeconds": 60}),
             until="CrashLoopBackOff"),
    Breakage("startup-probe-fails", runs(startupProbe={**probe(BAD), "failureThreshold": 90}),
             until="Startup probe failed"),
    Breakage("readiness-gate", made(readinessGates=[{"conditionType": "example.com/in-use"}]),
             until="ReadinessGatesNotReady"),
    Breakage("probe-asks-another-port", runs(readinessProbe=probe(number=9090)), (*PLAIN, "headless"),
             corrected=("8080",), until="Readiness probe failed"),
    Breakage("readiness-probe-fails", runs(readinessProbe=probe(BAD)), (*PLAIN, "balanced"),
             until="Readiness probe failed"),
    Breakage("readiness-probe-fails", runs(readinessProbe=NEVER),
             ("deployed",), until="Readiness probe failed"),
    Breakage("pods-terminating", both(
        made(terminationGracePeriodSeconds=600), runs(command=["sleep", "3600"], args=[], readinessProbe=NEVER)),
             until="Readiness probe failed", seconds=30,
             after=tuple(("DELETE", f"/api/v1/namespaces/{{ns}}/pods/{name}", {}) for name in "ab"),
             only_embedded=True),
    Breakage("pod-starting", runs(readinessProbe={**probe(), "initialDelaySeconds": 600}),
             until='"running"'),
    Breakage("node-not-ready", made(nodeSelector={"kubernetes.io/hostname": SECOND}), (*PLAIN, "balanced"),
             after=(("POST", "/lab/v1/nodes/{node-name:2}/stop", {}),), seconds=70, only_embedded=True),
]  # fmt: skip
TARGET_PORT = [
    Breakage("target-port-name-unknown", port(targetPort="htpp"), ("named", "deployed"), corrected=("http",)),
    Breakage("target-port-name-unknown", port(targetPort="http"), PLAIN),
    Breakage("target-port-name-protocol", both(
        port(targetPort="http"),
        runs(ports=[{"name": "http", "containerPort": 8080, "protocol": "UDP"}])), PLAIN),
    Breakage("target-port-silent", port(targetPort=80), (*PLAIN, "balanced"), corrected=("8080",)),
    Breakage("target-port-silent", port(targetPort=9000), ("deployed", "udp"), corrected=("8080", "8081")),
    Breakage("declared-port-silent", runs(ports=[{"name": "http", "containerPort": 80}]), ("named", "deployed"),
             corrected=("8080",)),
    Breakage("target-port-silent-in-some", adds(pod("c", 1, "netexec --http-port=9090 --udp-port=-1")),
             (*PLAIN, "balanced"), corrected=("8080",)),
]  # fmt: skip
PROGRAM = [
    Breakage("program-down", both(
        has(publishNotReadyAddresses=True), runs(args=["netexec", "--http-prot=8080"])), until="CrashLoopBackOff"),
    Breakage("program-on-loopback", runs(args=["netexec", "--udp-listen-addresses=127.0.0.1"]), ("udp",),
             corrected=("0.0.0.0",)),
    Breakage("program-on-loopback", both(port(protocol="UDP", port=53, targetPort=8081),
                                         runs(args=["netexec", "--udp-listen-addresses=127.0.0.1"])), ("nodeport",)),
    Breakage("program-on-loopback", runs(args=["port-forward-tester"], env=[
        {"name": "BIND_ADDRESS", "value": "127.0.0.1"}, {"name": "BIND_PORT", "value": "8080"}]), PLAIN,
             corrected=("0.0.0.0",), only_kind=True),
    Breakage("program-other-protocol", port(protocol="UDP"), PLAIN, corrected=("TCP",)),
    Breakage("program-other-protocol", port(protocol="TCP"), ("udp",), corrected=("UDP",)),
    Breakage("program-opens-no-port", runs(args=["pause"]), (*PLAIN, "deployed")),
    Breakage("program-hangs", nothing, PLAIN, "pod/c1 -> http://web:80", seen=nobody_answers),
    Breakage("headless-port-silent", nothing, ("headless",), "pod/c1 -> http://web:9090", corrected=("8080",)),
    Breakage("headless-port-silent", runs(args=["netexec", "--http-port=9090"]), ("headless",),
             "pod/c1 -> http://web:8080", corrected=("9090",)),
]  # fmt: skip
WAY = [
    Breakage("policy-denies-all", adds(policy("closed", ingress=[])), (*PLAIN, "balanced", "deployed")),
    Breakage("policy-denies-all", adds(policy("closed", {}, ingress=[])), ("headless",)),
    Breakage("policy-ingress", adds(policy("front", ingress=[{"from": [{"podSelector": {"matchLabels": {
        "role": "front"}}}]}])), (*PLAIN, "deployed")),
    Breakage("policy-ingress", adds(policy("front", ingress=[{"from": [{"podSelector": CLIENT}]}])), ("clusterip",),
             "pod/other/far -> http://web.{ns}:80"),
    Breakage("policy-ingress", adds(policy("far", ingress=[{"from": [{"namespaceSelector": FAR}]}])), ("named",),
             "pod/c1 -> http://web:80"),
    Breakage("policy-other-port", adds(policy("http", ingress=[{"ports": ports("80")}])), (*PLAIN, "balanced"),
             corrected=("8080",)),
    Breakage("policy-egress", adds(policy("out", CLIENT, egress=[DNS, {"to": [block("192.0.2.0/24")]}])), PLAIN,
             "pod/c1 -> http://web:80"),
    Breakage("policy-hides-client", both(
        lambda objects: objects.pop(1), adds(policy("outside", ingress=[{"from": [block("{outside}/32")]}]))),
             ("nodeport",), "outside -> http://{node:2}:{port:web/0}"),
    Breakage("policy-hides-client", both(
        lambda objects: objects.pop(0), adds(policy("outside", ingress=[{"from": [block("{outside}/32")]}]))),
             ("nodeport",), "outside -> http://{node:1}:{port:web/0}"),
    Breakage("local-outside", both(lambda objects: objects.pop(1), has(externalTrafficPolicy="Local")), ("nodeport",),
             "outside -> http://{node:2}:{port:web/0}", corrected=("Cluster",)),
    Breakage("local-outside", both(lambda objects: objects.pop(0), has(externalTrafficPolicy="Local")), OPEN,
             "outside -> http://{node:1}:{port:web/0}", corrected=("Cluster",)),
    Breakage("local-inside", both(lambda objects: objects.pop(0), has(internalTrafficPolicy="Local")), PLAIN,
             "pod/c1 -> http://web:80", corrected=("Cluster",)),
    Breakage("source-range", has(loadBalancerSourceRanges=["192.0.2.0/24"]), ("balanced",)),
    Breakage("source-range", has(loadBalancerSourceRanges=["10.0.0.0/8", "{node:1}/32"]), ("balanced",)),
    Breakage("proxy-left-out", lambda objects: objects[-1]["metadata"].update(
        labels={"service.kubernetes.io/service-proxy-name": "somebody"}), PLAIN, only_kind=True),
    Breakage("proxy-stale", nothing, PLAIN, "pod/c1 -> http://web:80", seen=pods_answer_alone),
    Breakage("way-cut", nothing, PLAIN, "pod/c1 -> http://web:80", seen=only_near),
    Breakage("node-stopped", nothing, OPEN, after=(("POST", "/lab/v1/nodes/{node-name:2}/stop", {}),),
             asks="pod/c1 -> http://web:80", only_embedded=True),
    Breakage("nodes-cut-off", lambda objects: objects.pop(0), PLAIN, asks="pod/c1 -> http://web:80",
             after=(("POST", "/lab/v1/faults", {"partitions": [[FIRST, SECOND]]}),), only_embedded=True),
    Breakage("node-firewall", nothing, ("nodeport",), only_embedded=True,
             after=(("POST", "/lab/v1/faults", {"firewalls": {FIRST: [[30000, 32767]]}}),)),
    Breakage("node-firewall", nothing, ("balanced",), "outside -> http://{node:2}:{port:web/0}", only_embedded=True,
             after=(("POST", "/lab/v1/faults", {"firewalls": {SECOND: [[30000, 32767]]}}),)),
]  # fmt: skip
OUTSIDE = [
    Breakage("not-open-outside", nothing, ("clusterip", "deployed"), "outside -> http://{svc:web}:80",
             corrected=("NodePort", "LoadBalancer")),
    Breakage("inner-address-asked-outside", nothing, OPEN, "outside -> http://{svc:web}:80"),
    Breakage("no-node-port", has(allocateLoadBalancerNodePorts=False), ("balanced",),
             "web: outside -> http://{node:1}:80", corrected=("allocateLoadBalancerNodePorts",)),
    Breakage("no-node-port", has(allocateLoadBalancerNodePorts=False), ("balanced",),
             "web: outside -> http://{node:2}:30080", corrected=("allocateLoadBalancerNodePorts",)),
    Breakage("load-balancer-missing", has(type="LoadBalancer"), PLAIN,
             before=(("POST", "/lab/v1/load-balancer", {"on": False}),), only_embedded=True),
    Breakage("load-balancer-class", has(type="LoadBalancer", loadBalancerClass="example.com/none"), PLAIN),
    Breakage("load-balancer-address-taken", both(
        has(type="LoadBalancer"), asked_for("loadBalancerIPs", "172.18.255.249"),
        lambda objects: objects.insert(0, holder("172.18.255.249"))), PLAIN, until="AllocationFailed"),
    Breakage("pool-without-address", asked_for("loadBalancerIPs", "192.0.2.7"), ("balanced",),
             until="AllocationFailed"),
    Breakage("pool-without-address", has(loadBalancerIP="192.0.2.8"), ("balanced",), until="AllocationFailed"),
    Breakage("pool-unknown", asked_for("address-pool", "public"), ("balanced",), until="AllocationFailed"),
    Breakage("pool-unknown", both(has(type="LoadBalancer"), asked_for("address-pool", "public")), ("deployed",),
             until="AllocationFailed"),
    Breakage("pool-not-for-it", has(type="LoadBalancer"), PLAIN, until="AllocationFailed",
             before=(("PATCH", POOL, {"spec": {"autoAssign": False}}),), only_embedded=True),
    Breakage("pool-exhausted", both(
        has(type="LoadBalancer"),
        lambda objects: objects.insert(0, service("first", "80:8080", type="LoadBalancer"))), PLAIN,
             before=(("PATCH", POOL, {"spec": {"addresses": ["172.18.255.200-172.18.255.200"]}}),),
             until="AllocationFailed", only_embedded=True),
    Breakage("load-balancer-pending", has(type="LoadBalancer"), PLAIN, before=(("DELETE", POOL, {}),),
             only_embedded=True),
    Breakage("machine-cannot-reach", nothing, OPEN, "here -> http://{node:1}:{port:web/0}",
             seen=lambda snapshot, question: Seen(here=False)),
    Breakage("load-balancer-proxied", lambda objects: by_hand(objects[-1], UNCLAIMED, "Proxy"), PLAIN,
             "pod/c1 -> http://" + UNCLAIMED + ":80"),
    Breakage("load-balancer-unannounced", lambda objects: by_hand(objects[-1], UNCLAIMED, "VIP"), PLAIN,
             "outside -> http://" + UNCLAIMED + ":80"),
    Breakage("external-ip-nobodys", has(externalIPs=[UNCLAIMED]), PLAIN, "outside -> http://" + UNCLAIMED + ":80"),
]  # fmt: skip
ORDER = [NAME, ADDRESS, ENDPOINTS, READY, TARGET_PORT, PROGRAM, WAY, OUTSIDE]
"""In the order of the way: of two things that are broken, the one that comes first here must be named."""
