"""The last part of the way: the Pod or node that has the address, and the program that listens there."""

from collections.abc import Iterable

from servicelab.network.checkpoints import enter_pod
from servicelab.network.crossing import NETWORK, reach
from servicelab.network.families import LOOPBACK, is_loopback
from servicelab.network.health import health_check
from servicelab.network.listeners import Listener
from servicelab.network.objects import Container, Node, Pod
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.proxy import is_local, serves_at
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict

NODE_PROGRAMS = {10250: "the kubelet", 10256: "kube-proxy's health check"}
CONTROL_PLANE_PROGRAMS = {6443: "the API server", 2379: "etcd", 2380: "etcd"}
LOOPBACK_PROGRAMS = {10248: "the kubelet's health check", 10249: "kube-proxy's metrics"}
"""Ports of a node's own programs, as observed on kind; the model knows that they listen, not what they say."""


def arrive(trip: Trip, destination: Endpoint, address: str) -> Verdict:
    """The packet has its last destination address; who has it, and does a program listen?"""
    if is_loopback(address) and trip.pod is not None and not trip.pod.host_network:
        return at_pod(trip, trip.pod, destination, LOOPBACK[trip.six])
    pod = trip.state.pod_of_address.get(address)
    if pod is not None:
        lost = _check_node(trip, pod.node, destination) or enter_pod(trip, pod, destination)
        return lost or at_pod(trip, pod, destination, trip.source_address)
    node = trip.here if is_local(trip.here, address) else trip.state.node_of_address.get(address)
    if node is not None:
        return _check_node(trip, node.name, destination) or _at_node(trip, node, destination)
    if trip.state.is_of_cluster(address):
        said = f"No Pod and no Service has the address {address} now; the packet is lost."
        because = f"no Pod's status.podIP and no Service's spec.clusterIP is {address}"
        return trip.end(HopKind.NODE, NETWORK, said, because, Outcome.TIMED_OUT, destination)
    raise Unmodelled(f"{address} is no address of the cluster; the model does not know what is there")


def _check_node(trip: Trip, name: str | None, destination: Endpoint) -> Verdict | None:
    if name is not None and name != trip.here.name:
        lost = reach(trip, name, destination)
        if lost is not None:
            return lost
    node = trip.state.nodes.get(name or "")
    if node is not None and not node.ready:
        raise Unmodelled(f"node {node.name} is not Ready; the model does not know what still works on it")
    return None


def at_pod(trip: Trip, pod: Pod, destination: Endpoint, seen_source: str | None) -> Verdict:
    """The packet is in the Pod's own network: its kernel or one of its programs answers, or nobody does."""
    if trip.six:
        # No kind cluster here gives Pods such addresses; what is on the nodes' network has them, and is recorded.
        trip.by_specification("Pods with addresses of IPv6")
    trip.add(
        Hop(
            HopKind.POD,
            f"Pod {pod.key}",
            f"{destination.address} is Pod {pod.key} on {pod.node}.",
            f"Pod {pod.key} status.podIP",
            destination,
        )
    )
    if trip.protocol == "ICMP":
        return _echo(trip, f"Pod {pod.key}", f"Pod {pod.key} status.podIP", pod.key, destination)
    return _at_program(trip, [pod], destination, seen_source, f"Pod {pod.key}")


def _echo(trip: Trip, where: str, because: str, by: str | None, destination: Endpoint) -> Verdict:
    said = f"The kernel of {where} answers the ping; no program takes part."
    trip.add(Hop(HopKind.PROGRAM, f"the kernel of {where}", said, because, destination))
    return Verdict(Outcome.ANSWERED, by, trip.source_address)


def _at_node(trip: Trip, node: Node, destination: Endpoint) -> Verdict:
    if trip.protocol == "ICMP":
        return _echo(trip, f"node {node.name}", f"Node {node.name} status.addresses", None, destination)
    port = destination.port or 0
    pods = trip.state.host_pods.get(node.name, [])
    owner = _node_program(node, destination) if trip.target.protocol == "TCP" else None
    if owner is not None and not _listening(pods, trip, destination):
        if trip.target.scheme == "tcp":
            said = f"On {node.name}, {owner} listens on port {port}."
            trip.add(Hop(HopKind.PROGRAM, owner, said, f"Node {node.name} status.addresses", destination))
            return Verdict(Outcome.ANSWERED, None, trip.source_address)
        raise Unmodelled(f"port {port} of {node.name} belongs to {owner}; the model does not speak for it")
    is_checked = port in trip.state.health_ports and serves_at(trip.state, node, destination.address)
    if is_checked and trip.target.protocol == "TCP":
        service = trip.state.health_ports[port]
        return health_check(trip, node, service, destination)
    found = _listening(pods, trip, destination)
    sender = trip.state.pod_of_address.get(trip.source_address or "")
    local = sender is not None and sender.node == node.name
    if found is not None and local and trip.target.protocol == "UDP" and not found[2].address:
        said = (
            f"The program on {node.name} gets the datagram, but its answer leaves with {node.gateway_of(trip.six)}, "
            "the node's address on the Pods' network, as source; the Pod waits for one from elsewhere and drops it."
        )
        because = f"Pod {found[0].key} spec.hostNetwork"
        return trip.end(HopKind.PROGRAM, f"node {node.name}", said, because, Outcome.TIMED_OUT, destination)
    return _at_program(trip, pods, destination, trip.source_address, f"node {node.name}")


def _node_program(node: Node, destination: Endpoint) -> str | None:
    port = destination.port or 0
    owner = NODE_PROGRAMS.get(port)
    if owner is None and node.control_plane:
        owner = CONTROL_PLANE_PROGRAMS.get(port)
    if owner is None and is_loopback(destination.address):
        owner = LOOPBACK_PROGRAMS.get(port)
    return owner


def _listening(pods: Iterable[Pod], trip: Trip, destination: Endpoint) -> tuple[Pod, Container, Listener] | None:
    for pod in pods:
        for container in pod.containers:
            if not container.running:
                continue
            for listener in container.program.listeners:
                if (
                    listener.port == destination.port
                    and listener.protocol == trip.target.protocol
                    and listener.hears(destination.address)
                ):
                    return pod, container, listener
    return None


def _at_program(trip: Trip, pods: list[Pod], destination: Endpoint, seen_source: str | None, where: str) -> Verdict:
    found = _listening(pods, trip, destination)
    if found is None:
        return _nobody_listens(trip, pods, destination, where)
    pod, container, listener = found
    scheme = trip.target.scheme
    if scheme == "https" or (scheme == "http" and listener.speaks != "http"):
        raise Unmodelled(
            f"{container.program.name} in Pod {pod.key} does not speak {scheme} on port {listener.port}; "
            "the model does not know what the client makes of it"
        )
    because = f"Pod {pod.key} spec.containers[{container.index}]"
    seen = f" It sees {seen_source} as the source." if seen_source else ""
    said = f"{container.program.name} in container {container.name} listens on port {listener.port} and answers.{seen}"
    source = Endpoint(seen_source) if seen_source else None
    trip.add(Hop(HopKind.PROGRAM, f"container {container.name}", said, because, destination, source_after=source))
    if pod.key not in trip.candidates:
        trip.candidates.append(pod.key)
    return Verdict(Outcome.ANSWERED, pod.key, seen_source)


def _nobody_listens(trip: Trip, pods: list[Pod], destination: Endpoint, where: str) -> Verdict:
    protocol = trip.target.protocol
    ports: list[str] = []
    for pod in pods:
        for container in pod.containers:
            if container.running and not container.program.known and not pod.host_network:
                raise Unmodelled(f"Pod {pod.key}, container {container.name}: {container.program.why}")
            for one in container.program.listeners:
                bound = f" on {one.address} only" if one.address else ""
                ports.append(
                    f"{one.protocol} {one.port}{bound}" if container.running else f"none ({container.name} is down)"
                )
    listens = f"; its programs listen on {', '.join(ports)}" if ports and where.startswith("Pod") else ""
    said = f"No program on {where} listens on {protocol} port {destination.port}{listens}. The connection is refused."
    because = f"Pod {pods[0].key} spec.containers" if len(pods) == 1 else f"Node {trip.here.name} has no such listener"
    return trip.end(HopKind.PROGRAM, where, said, because, Outcome.REFUSED, destination)
