"""What was seen beside a failure, by the field that a learner may look at: what programs listen on, what probes ask,
which entry of which Service let a request in.

It tells what stands there and what came; it says nothing about what should stand there. Where the model of the network
does not know, there is no such sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lightkube.models.core_v1 import Container, ContainerPort
from lightkube.resources.core_v1 import Pod, Service

from servicelab.checks.causes import Failure
from servicelab.checks.objects import name_of
from servicelab.checks.words import labels_words, listed, port_words
from servicelab.network.path import HopKind, Path
from servicelab.network.places import Outside
from servicelab.network.policy_reading import is_in
from servicelab.network.route import possible_paths
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled

if TYPE_CHECKING:
    from servicelab.checks.lab import Lab

DOORS = (HopKind.NODE_PORT, HopKind.LOAD_BALANCER, HopKind.EXTERNAL_IP, HopKind.VIRTUAL_IP, HopKind.HOST_PORT)


def beside(lab: "Lab") -> str:
    """What the learner wrote that is almost a given object and not that one: elsewhere, or by another name."""
    said = []
    for kind, space, name in lab.made:
        alike = {(other, called) for of, other, called in lab.given if of == kind}
        elsewhere = sorted(other for other, called in alike if called == name)
        near = get_close_matches(name, [called for other, called in alike if other == space], n=1, cutoff=0.75)
        if (space, name) in alike:
            continue
        near = near or [called for other, called in alike if other == space and name.startswith(f"{called}-")]
        if elsewhere and space != lab.names.first:
            said.append(
                f"{kind} {name} is another one than the given: metadata.namespace is {space}, not {elsewhere[0]}."
            )
        elif near:
            said.append(f"{kind} {name} is another one than the given: metadata.name is {name}, not {near[0]}.")
    return " ".join(said)


def also_refused(lab: "Lab", cause: str) -> str:
    """What of the learner's objects is not on the cluster, where a check failed for another cause than that."""
    causes = [one.cause for one in lab.refusals]
    if not causes or cause in causes:
        return ""
    refused = Failure(causes[0], "", **lab.refusals[0].facts)
    return f"Besides: {refused.actual} {refused.help}"


def way(lab: "Lab", state: ClusterState, source: str, url: str) -> Path | None:
    """A way that a request may take in this state of the lab's network; None where the model does not know."""
    try:
        return possible_paths(state, lab.place(source), lab.target(url))[0]
    except Unmodelled:
        return None


def _containers(pod: Pod) -> Iterator[tuple[str, Container]]:
    """A Pod's containers, each with its field in whoever makes such Pods."""
    around = "spec.template.spec" if pod.metadata and pod.metadata.ownerReferences else "spec"
    for number, container in enumerate((pod.spec and pod.spec.containers) or []):
        yield f"{around}.containers[{number}]", container


def _ports(pod: Pod) -> Iterator[tuple[str, ContainerPort]]:
    """The ports that a Pod's containers declare, each with its field."""
    for where, container in _containers(pod):
        for number, port in enumerate(container.ports or []):
            yield f"{where}.ports[{number}]", port


def _written_in(pod: Pod) -> str:
    """The object in which a Pod's containers are written: what makes such Pods, or the Pod itself."""
    owners = (pod.metadata and pod.metadata.ownerReferences) or []
    if not owners:
        return f"Pod {name_of(pod)}"
    name = owners[0].name
    return f"Deployment {name.rpartition('-')[0]}" if owners[0].kind == "ReplicaSet" else f"{owners[0].kind} {name}"


def _heard(state: ClusterState, pod: Pod) -> Iterator[str]:
    found = pod.metadata and state.pod(str(pod.metadata.namespace), str(pod.metadata.name))
    for container in found.containers if found else ():
        for one in container.program.listeners:
            if found and one.hears(found.address or ""):
                yield f"{one.protocol} {one.port}"


def probed(lab: "Lab", pods: Iterable[Pod]) -> str:
    """Which port a readiness probe asks, where no program of the Pod listens there; "" when one does."""
    state = lab.network()
    for pod in pods:
        heard, named = list(_heard(state, pod)), _declared(pod)
        for where, container in _containers(pod):
            field, asked = _asked_port(container)
            if asked is not None and f"TCP {named.get(str(asked), asked)}" not in heard:
                means = f", which means {named[str(asked)]}" if str(asked) in named else ""
                says = f"{where}.readinessProbe.{field}.port is {asked}{means}"
                started = "" if heard else f" {where}.args is {listed(container.args or []) or 'not there'}."
                return f"{says}, but the program listens at {listed(heard) or 'no port'}.{started}"
        if ran := _ran(pod):
            return ran
    return ""


def _ran(pod: Pod) -> str:
    """What the readiness probes of a Pod that is not ready run, if they run a program."""
    for where, container in _containers(pod):
        command = container.readinessProbe and container.readinessProbe.exec and container.readinessProbe.exec.command
        if command:
            words = ", ".join(f'"{one}"' for one in command)
            return f"{_written_in(pod)} {where}.readinessProbe.exec.command is [{words}]."
    return ""


def _asked_port(container: Container) -> tuple[str, object]:
    """The field and the port that the container's readiness probe asks; None when it asks no port."""
    probe = container.readinessProbe
    if probe and probe.httpGet:
        return "httpGet", probe.httpGet.port
    return ("tcpSocket", probe.tcpSocket.port) if probe and probe.tcpSocket else ("", None)


def opened(lab: "Lab", source: str, url: str) -> str:
    """Which field takes a request that is answered: `Service web spec.ports[1].nodePort let it in.`."""
    path = way(lab, lab.network(), source, url)
    found = [hop.because for hop in path.hops if hop.kind in DOORS and hop.because] if path else []
    if not found:
        return ""
    first = found[0].partition("; ")[0].replace(f"{lab.real(None)}/", "")
    at = re.match(r"Service (\S+) spec\.ports\[\d+\]\.nodePort", first)
    service = lab.service(at[1]) if at else None
    spec = service and service.spec
    is_given = spec and spec.type == "LoadBalancer" and spec.allocateLoadBalancerNodePorts is not False
    return f"{first} let it in{'; spec.allocateLoadBalancerNodePorts is true' if is_given else ''}."


def asking(pods: Iterable[Pod]) -> str:
    """What the readiness probes of these Pods ask, if they have any."""
    for pod in pods:
        for where, container in _containers(pod):
            probe = container.readinessProbe
            if probe is None:
                return f"{where}.readinessProbe is not there."
            field, port = _asked_port(container)
            asks = f"{field} asks port {port}" if field else f"exec runs {(probe.exec and probe.exec.command) or []}"
            how = f"every {probe.periodSeconds or 10} s (periodSeconds), until {probe.failureThreshold or 3} times no"
            return f"{where}.readinessProbe is there: {asks} {how} (failureThreshold)."
    return ""


def targeted(lab: "Lab", service: Service, port: int, pods: Iterable[Pod]) -> str:
    """Where an entry of a Service leads, when that is not where the programs of all its Pods listen."""
    return _targeted(lab, lab.network(), service, port, pods)


def _targeted(lab: "Lab", state: ClusterState, service: Service, port: int, pods: Iterable[Pod]) -> str:
    entries, pods = (service.spec and service.spec.ports) or [], list(pods)
    number, entry = next((number, one) for number, one in enumerate(entries) if one.port == port)
    protocol, target = entry.protocol or "TCP", entry.targetPort or port
    heard = {name_of(pod): [one for one in _heard(state, pod) if protocol in one] for pod in pods}
    called = {name_of(pod): _declared(pod) for pod in pods}
    if not any(heard.values()) or all(
        f"{protocol} {called[pod].get(str(target), target)}" in heard[pod] for pod in heard
    ):
        return ""
    names = {f"{protocol} {number}": name for ports in called.values() for name, number in ports.items()}
    shown = [f"{one} ({names[one]})" if one in names else one for found in heard.values() for one in found]
    named = next((where for pod in pods for where in _where_declared(pod, str(target))), "")
    says = f"spec.ports[{number}].targetPort is {target}"
    says = f"{says}{named and ': '}{named}, but the programs listen at {listed(dict.fromkeys(shown))}."
    if is_made(lab, service) or named or not pods:
        return says
    return f"{says} {_meant(pods[0], target, protocol)}".rstrip()


def is_made(lab: "Lab", service: Service) -> bool:
    """Whether the learner wrote a Service; others are as they are."""
    namespace = lab.names.shown((service.metadata and service.metadata.namespace) or "")
    return ("Service", namespace, name_of(service)) in lab.made


def _meant(pod: Pod, target: int | str, protocol: str) -> str:
    """What a Pod has in place of the port that a Service, which somebody else wrote, sends to."""
    if isinstance(target, int):
        return _started(pod, target, protocol, "the Service sends to")
    for where, one in _ports(pod):
        if one.name and (one.protocol or "TCP") == protocol:
            return f"{_written_in(pod)} {where}.name is {one.name}, not {target}."
    return ""


def _where_declared(pod: Pod, name: str) -> Iterator[str]:
    """The place at which a container declares a port of this name, and the number there."""
    for where, one in _ports(pod):
        if one.name == name:
            yield f"{where}.containerPort is {one.containerPort}"


def _declared(pod: Pod) -> dict[str, int]:
    """The named ports of a Pod's containers."""
    return {one.name: one.containerPort for _, one in _ports(pod) if one.name}


def led(lab: "Lab", source: str, url: str) -> str:
    """Where the entry of the Service leads that takes this request, when that is not where the programs listen, or by
    which field the packet ended; of a Pod that is asked itself, where its program was told to listen."""
    state = lab.network()
    path = way(lab, state, source, url)
    if path and path.hops and not path.verdict.answered and (ended := _lost(lab, path) or _unheard(lab, path)):
        return ended
    for hop in path.hops if path else ():
        at = re.search(r"Service ([^/ ]+)/(\S+) spec\.ports\[(\d+)\]", hop.because)
        service = _service(lab, at)
        if at and service and service.spec and service.spec.ports and service.spec.selector:
            pods = lab.pods(service.spec.selector, lab.names.shown(at[1]))
            return _targeted(lab, state, service, service.spec.ports[int(at[3])].port, pods)
    return ""


def _service(lab: "Lab", at: re.Match[str] | None) -> Service | None:
    """The Service that a hop's reason names, by its real namespace and name."""
    return lab.service(at[2], lab.names.shown(at[1])) if at else None


def _lost(lab: "Lab", path: Path) -> str:
    """The field by which a packet ended at a Service's door."""
    at = re.fullmatch(r"Service ([^/ ]+)/(\S+) spec\.(\w+(?:Policy|SourceRanges))(?:: (\w+))?", path.hops[-1].because)
    service = _service(lab, at)
    if at is None or service is None:
        return ""
    if at[4]:
        return f"Service {at[2]} spec.{at[3]} is {at[4]}, and the packet ended there."
    caller = lab.cluster.outside_address() if isinstance(path.source, Outside) else None
    return sifted(service, caller, path.target.port) if caller else ""


def _unheard(lab: "Lab", path: Path) -> str:
    """Where the program of a Pod was told to listen that is asked itself, without a Service's door."""
    if path.hops[-1].kind is not HopKind.PROGRAM or any(hop.kind in DOORS for hop in path.hops):
        return ""
    for hop in path.hops:
        at = re.match(r"Pod ([^/ ]+)/(\S+) ", hop.because) if hop.kind is HopKind.POD else None
        pod = lab.pod(at[2], lab.names.shown(at[1])) if at else None
        if pod:
            return _started(pod, path.target.port, path.target.protocol, "callers ask for")
    return ""


def passed_on(lab: "Lab", url: str) -> str:
    """What lets a node send a request from outside on to another node; "" when nothing does."""
    return _set_on_the_way(lab, "outside", url, "externalTrafficPolicy", "Cluster")


def kept(lab: "Lab", source: str, url: str) -> str:
    """What keeps a caller with the Pod that answered it first; "" when nothing does."""
    return _set_on_the_way(lab, source, url, "sessionAffinity", "ClientIP")


def _set_on_the_way(lab: "Lab", source: str, url: str, field: str, value: str) -> str:
    """A Service that takes the request and has this value in a field of its spec; "" when none has."""
    path = way(lab, lab.network(), source, url)
    for hop in path.hops if path else ():
        service = _service(lab, re.search(r"Service ([^/ ]+)/(\S+) ", hop.because))
        if service and getattr(service.spec, field) == value:
            return f"Service {name_of(service)} spec.{field} is {value}."
    return ""


def numbered(service: Service, asked: int, port: int | None = None) -> str:
    """Which node port the entry of a Service with this port has, or its only one; callers ask for another."""
    entries = (service.spec and service.spec.ports) or []
    found = [number for number, one in enumerate(entries) if port in (None, one.port)]
    if len(found) != 1:
        return ""
    has = entries[found[0]].nodePort or "not there"
    return f"Service {name_of(service)} spec.ports[{found[0]}].nodePort is {has}, but callers ask for {asked}."


def _started(pod: Pod, asked: int, protocol: str, who: str) -> str:
    """The args of a Pod's program that name another port than the one that is asked for; all when none names one."""
    for where, container in _containers(pod):
        args = container.args or []
        ports = {one: re.findall(r"port=(\d+)$", one) for one in args if ("udp" in one) == (protocol == "UDP")}
        others = [one for one, found in ports.items() if found and found != [f"{asked}"]]
        has = f"has {listed(others)}" if others else f"is {listed(args) or 'not there'}"
        if others or not any(ports.values()):
            return f"{_written_in(pod)} {where}.args {has}, but {who} {protocol} port {asked}."
    return ""


def alone(pods: Iterable[Pod]) -> str:
    """The args of these Pods' programs that name the Pods' own loopback address."""
    for pod in pods:
        for where, container in _containers(pod):
            found = [one for one in container.args or [] if "127.0.0.1" in one]
            if found:
                return f"{where}.args has {listed(found)}."
    return ""


def virtual(service: Service | None) -> str:
    """Why a Service cannot be without a virtual IP, by its type."""
    type = service and service.spec and service.spec.type
    if type in (None, "ClusterIP"):
        return ""
    return f"spec.type is {type}, but only ClusterIP can go without a virtual IP."


def selecting(lab: "Lab", service: Service, labels: Mapping[str, str]) -> str:
    """What a Service selects, where that is not just the Pods of its namespace with these labels."""
    selector = (service.spec and service.spec.selector) or {}
    space = lab.names.shown((service.metadata and service.metadata.namespace) or "")
    if selector and list(map(name_of, lab.pods(selector, space))) == list(map(name_of, lab.pods(labels, space))):
        return ""
    says = f"Service {name_of(service)} spec.selector is {labels_words(selector) or 'not there'}"
    return f"{says}, but the Pods have {labels_words(labels)}."


def labelled(service: Service, owner: str, labels: Mapping[str, str]) -> str:
    """Which labels Pods have by their template, where a Service, which somebody else wrote, asks for others."""
    selector = (service.spec and service.spec.selector) or {}
    if selector.items() <= labels.items():
        return ""
    has, asks = labels_words(labels), labels_words(selector)
    return f"{owner} spec.template.metadata.labels is {has}, but the Service asks for {asks}."


def addressed(service: Service) -> str:
    """The virtual IP to which a Service's name leads; "" when it has none."""
    address = service.spec and service.spec.clusterIP
    if address in (None, "None"):
        return ""
    return f"Service {name_of(service)} spec.clusterIP is {address}, which is no Pod's."


def typed(service: Service) -> str:
    """Which type a Service has."""
    return f"Service {name_of(service)} spec.type is {(service.spec and service.spec.type) or 'not there'}."


def wished(service: Service) -> str:
    """What a Service asks of a load balancer, besides an address: whom, for which, and its type."""
    spec = service.spec
    if spec is None or spec.type != "LoadBalancer":
        return ""
    notes = (service.metadata and service.metadata.annotations) or {}
    asked = {f"metadata.annotations {key}": value for key, value in notes.items() if "kubectl" not in key}
    asked |= {"spec.loadBalancerIP": spec.loadBalancerIP, "spec.loadBalancerClass": spec.loadBalancerClass}
    return "".join(
        f"{field} is {value}, and nobody gave an address for it. " for field, value in asked.items() if value
    ).rstrip()


def sifted(service: Service, caller: str, port: int) -> str:
    """Whose addresses a Service's load balancer lets in, where these are not the caller's; which ports it has."""
    entries = [one.port for one in (service.spec and service.spec.ports) or []]
    if port not in entries:
        return f"The Service {name_of(service)} has no port {port}; it has {port_words(entries)}."
    ranges = (service.spec and service.spec.loadBalancerSourceRanges) or []
    if not ranges or any(is_in(caller, one) for one in ranges):
        return ""
    return f"spec.loadBalancerSourceRanges is {', '.join(ranges)}, but the caller is {caller}."
