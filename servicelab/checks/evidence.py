"""What was seen beside a failure, by the field that a learner may look at: what programs listen on, what probes ask,
which entry of which Service let a request in.

It tells what stands there and what came; it says nothing about what should stand there. Where the model of the network
does not know, there is no such sentence.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lightkube.models.core_v1 import Container
from lightkube.resources.core_v1 import Pod, Service

from servicelab.checks.objects import name_of
from servicelab.checks.words import listed, port_words
from servicelab.network.path import HopKind, Path
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
        if elsewhere:
            said.append(
                f"{kind} {name} is another one than the given: metadata.namespace is {space}, not {elsewhere[0]}."
            )
        elif near:
            said.append(f"{kind} {name} is another one than the given: metadata.name is {name}, not {near[0]}.")
    return " ".join(said)


def way(lab: "Lab", state: ClusterState, source: str, url: str) -> Path | None:
    """A way that a request may take in this state of the lab's network; None where the model does not know."""
    try:
        return possible_paths(state, lab.place(source), lab.target(url))[0]
    except Unmodelled:
        return None


def _containers(pod: Pod) -> Iterator[tuple[str, Container]]:
    """A Pod's containers, each with its field in whoever makes such Pods."""
    for number, container in enumerate((pod.spec and pod.spec.containers) or []):
        yield f"spec.template.spec.containers[{number}]", container


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
                return f"{says}, but the program listens at {listed(heard) or 'no port'}."
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
    return f"{first} let it in."


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
    return _targeted(lab.network(), service, port, pods)


def _targeted(state: ClusterState, service: Service, port: int, pods: Iterable[Pod]) -> str:
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
    return f"{says}{named and ': '}{named}, but the programs listen at {listed(dict.fromkeys(shown))}."


def _where_declared(pod: Pod, name: str) -> Iterator[str]:
    """The place at which a container declares a port of this name, and the number there."""
    for where, container in _containers(pod):
        for place, one in enumerate(container.ports or []):
            if one.name == name:
                yield f"{where}.ports[{place}].containerPort is {one.containerPort}"


def _declared(pod: Pod) -> dict[str, int]:
    """The named ports of a Pod's containers."""
    ports = (one for _, container in _containers(pod) for one in container.ports or [])
    return {one.name: one.containerPort for one in ports if one.name}


def led(lab: "Lab", source: str, url: str) -> str:
    """Where the entry of the Service leads that takes this request, when that is not where the programs listen."""
    state = lab.network()
    path = way(lab, state, source, url)
    for hop in path.hops if path else ():
        at = re.search(r"Service ([^/ ]+)/(\S+) spec\.ports\[(\d+)\]", hop.because)
        service = lab.service(at[2], lab.names.shown(at[1])) if at else None
        if at and service and service.spec and service.spec.ports and service.spec.selector:
            pods = lab.pods(service.spec.selector, lab.names.shown(at[1]))
            return _targeted(state, service, service.spec.ports[int(at[3])].port, pods)
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
