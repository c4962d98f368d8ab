"""`kubectl port-forward`: from the learner's machine into one Pod, past Service, kube-proxy and policies.

kubectl picks the Pod and the port when it starts; the kubelet of the Pod's node then connects to 127.0.0.1 inside it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from servicelab.network.crossing import off
from servicelab.network.delivery import at_pod
from servicelab.network.families import LOOPBACK
from servicelab.network.objects import Pod, Service, ServicePort
from servicelab.network.path import Endpoint, Hop, HopKind, Path
from servicelab.network.places import PortForward, Target
from servicelab.network.proxy import Origin
from servicelab.network.state import ClusterState
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict

LOCALHOST = LOOPBACK[False]
KUBECTL = "kubectl port-forward"


def forward(state: ClusterState, source: PortForward, target: Target, choose: Callable[[Sequence[Any]], Any]) -> Path:
    """The way of one request through a port-forward. Raises Unmodelled for UDP, which kubectl does not forward."""
    if target.protocol != "TCP":
        raise Unmodelled("kubectl port-forward carries TCP only")
    trip = Trip(state, source, target, choose, None, None, None, Origin.NODE, (LOCALHOST,))
    verdict = _to_pod(trip, source) if source.kind == "pod" else _to_service(trip, source)
    connected = Endpoint(LOCALHOST, target.port)
    return Path(source, target, tuple(trip.hops), verdict, tuple(dict.fromkeys(trip.candidates)), connected, LOCALHOST)


def _to_pod(trip: Trip, source: PortForward) -> Verdict:
    pod = trip.state.pod(source.namespace, source.name)
    if pod is None:
        return _no_forward(trip, f"there is no Pod {source.namespace}/{source.name}", "no such Pod")
    return _into(trip, pod, trip.target.port, f"kubectl forwards to Pod {pod.key}.", f"Pod {pod.key} metadata.name")


def _to_service(trip: Trip, source: PortForward) -> Verdict:
    service = trip.state.services.get((source.namespace, source.name))
    if service is None:
        return _no_forward(trip, f"there is no Service {source.namespace}/{source.name}", "no such Service")
    field = f"Service {service.key} spec.selector"
    if not service.selector:
        return _no_forward(trip, f"Service {service.key} has no selector, and kubectl finds Pods by it only", field)
    wanted = trip.target.port
    port = next((one for one in service.ports if one.port == wanted), None)
    if port is None:
        because = f"Service {service.key} spec.ports"
        return _no_forward(trip, f"Service {service.key} has no port {wanted}", because)
    selected = [
        pod
        for pod in trip.state.pods.values()
        if pod.namespace == service.namespace and service.selector.items() <= pod.labels.items() and pod.alive
    ]
    # kubectl prefers ready Pods; readiness is no condition.
    pods = [pod for pod in selected if pod.ready] or selected
    if not pods:
        return _no_forward(trip, f"no running Pod has the labels that Service {service.key} selects", field)
    trip.candidates.extend(pod.key for pod in pods)
    pod = pods[0] if len(pods) == 1 else trip.choose(pods)
    number = _number(service, port, pod)
    if number is None:
        said = f"Pod {pod.key} has no port named {port.target_port}"
        return _no_forward(trip, said, f"{port.field}.targetPort: {port.target_port}")
    said = (
        f"kubectl picks Pod {pod.key} by the selector of Service {service.key} and forwards to its port {number}; the "
        "Service itself is skipped."
    )
    return _into(trip, pod, number, said, f"{field}; {port.field}.targetPort: {port.target_port}")


def _number(service: Service, port: ServicePort, pod: Pod) -> int | None:
    """The Pod's port: as kubectl translates it, which for a headless Service it does not."""
    if service.headless:
        return port.port
    if port.target_port.isdigit():
        return int(port.target_port)
    named = (one.port for one in pod.ports if one.name == port.target_port and one.protocol == port.protocol)
    return next(named, None)


def _into(trip: Trip, pod: Pod, number: int, said: str, because: str) -> Verdict:
    destination = Endpoint(LOCALHOST, number)
    if not pod.alive or pod.node is None:
        return _no_forward(trip, f"Pod {pod.key} does not run", f"Pod {pod.key} status.phase")
    if pod.node in trip.state.faults.stopped:
        return _no_forward(trip, f"node {pod.node} is stopped, and its kubelet with it", off(pod.node))
    trip.add(Hop(HopKind.FORWARD, KUBECTL, said, because, Endpoint(LOCALHOST, trip.target.port), destination))
    said = f"The kubelet on {pod.node} connects to {destination} inside Pod {pod.key}; no policy restricts it."
    trip.add(Hop(HopKind.NODE, f"the kubelet on {pod.node}", said, f"Pod {pod.key} spec.nodeName"))
    trip.pod, trip.node = pod, trip.state.nodes.get(pod.node)
    verdict = at_pod(trip, pod, destination, LOCALHOST)
    if verdict.outcome is Outcome.REFUSED:
        # kubectl has taken the learner's connection already; it can only close it.
        said = "kubectl closes the connection it had accepted on the learner's machine, and ends."
        return trip.end(HopKind.FORWARD, KUBECTL, said, trip.hops[-1].because, Outcome.RESET, destination)
    return verdict


def _no_forward(trip: Trip, why: str, because: str) -> Verdict:
    said = f"kubectl port-forward does not start: {why}. Nothing listens on the learner's machine."
    return trip.end(HopKind.FORWARD, KUBECTL, said, because, Outcome.REFUSED)
