"""How one request travels: names, kube-proxy's rules, the nodes' routes, the Pod, the program."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from servicelab.network import proxy
from servicelab.network.checkpoints import leave_pod
from servicelab.network.crossing import NETWORK, reach
from servicelab.network.delivery import arrive
from servicelab.network.entry import enter
from servicelab.network.families import NAMES, is_loopback, is_six
from servicelab.network.forward import forward
from servicelab.network.host_port import find, through_host_port
from servicelab.network.objects import Node, Service
from servicelab.network.path import Endpoint, Hop, HopKind, Path
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, PortForward, Target
from servicelab.network.proxy import Affinity, Origin
from servicelab.network.proxy_configuration import MODELLED
from servicelab.network.resolving import preferred, resolve, tries_another
from servicelab.network.state import ClusterState
from servicelab.network.translation import leave_pod_network, through_proxy
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]
MOST_PATHS = 1000


def route(
    state: ClusterState,
    source: Place,
    target: Target,
    choose: Callable[[Sequence[Any]], Any],
    affinity: Affinity | None = None,
) -> Path:
    """The way of one request from `source` to `target`, and how it ends.

    `choose` picks one of several where chance does (kube-proxy's choice of an endpoint, the order of DNS
    addresses). `affinity` remembers choices for `sessionAffinity: ClientIP`; without it every request is a
    client's first. Raises Unmodelled where the model does not know.
    """
    if isinstance(source, PortForward):
        return forward(state, source, target, choose)
    trip = _set_out(state, source, target, choose, affinity)
    addresses = resolve(trip, target.host)
    verdict, connected = trip.verdict, None
    while verdict is None:
        address = addresses[0] if len(addresses) == 1 else choose(preferred(trip, addresses))
        connected = Endpoint(address, target.port)
        verdict = _travel(trip, connected)
        addresses = [one for one in addresses if one != address]
        if addresses and tries_another(trip, verdict.outcome, addresses):
            verdict = None
    return Path(
        source,
        target,
        tuple(trip.hops),
        verdict,
        tuple(dict.fromkeys(trip.candidates)),
        connected,
        trip.own_address,
        tuple(trip.specified),
        trip.translated_anew,
    )


def possible_paths(state: ClusterState, source: Place, target: Target) -> list[Path]:
    """Every way the request may take: one path for each choice that chance can make, in order."""
    paths: list[Path] = []
    pending: list[tuple[int, ...]] = [()]
    while pending and len(paths) < MOST_PATHS:
        wanted = pending.pop()
        made: list[int] = []

        def choose(options: Sequence[T], wanted: tuple[int, ...] = wanted, made: list[int] = made) -> T:
            step = len(made)
            if step >= len(wanted):
                pending.extend((*made, other) for other in range(len(options) - 1, 0, -1))
            made.append(wanted[step] if step < len(wanted) else 0)
            return options[made[step]]

        paths.append(route(state, source, target, choose))
    return paths


def _set_out(
    state: ClusterState,
    source: PodPlace | NodePlace | Outside,
    target: Target,
    choose: Callable[[Sequence[Any]], Any],
    affinity: Affinity | None,
) -> Trip:
    match source:
        case PodPlace(namespace=namespace, name=name):
            pod = state.pod(namespace, name)
            if pod is None:
                raise Unmodelled(f"there is no Pod {namespace}/{name} to ask from")
            _check_runs(state, pod.node or "")
            node = state.nodes.get(pod.node or "")
            if not pod.alive or node is None or pod.address is None:
                raise Unmodelled(f"Pod {pod.key} does not run, so nothing can be asked from it")
            origin = Origin.NODE if pod.host_network else Origin.POD
            return Trip(state, source, target, choose, affinity, pod, node, origin, pod.addresses)
        case NodePlace(name=name):
            at = state.nodes.get(name)
            if at is None or at.address is None:
                raise Unmodelled(f"there is no node {name} to ask from")
            _check_runs(state, name)
            return Trip(state, source, target, choose, affinity, None, at, Origin.NODE, at.addresses)
        case Outside():
            known = tuple(one for one in (state.outside_address, state.outside_ipv6) if one)
            return Trip(state, source, target, choose, affinity, None, None, Origin.ELSEWHERE, known)


def _check_runs(state: ClusterState, node: str) -> None:
    if node in state.faults.stopped:
        raise Unmodelled(f"node {node} is stopped, so nothing can be asked from it or its Pods")


def _travel(trip: Trip, destination: Endpoint) -> Verdict:
    """One connection attempt to one address."""
    address = destination.address
    trip.set_out(is_six(address))
    if trip.source_address is None and trip.source_addresses and trip.node is not None and not is_loopback(address):
        return _wrong_family(trip, destination)
    if is_loopback(address) and trip.pod is not None and not trip.pod.host_network:
        return arrive(trip, destination, address)
    if trip.node is None:
        entered = enter(trip, destination)
        if isinstance(entered, Verdict):
            return entered
        trip.node = entered
    found = proxy.match(trip.state, trip.node, trip.target.protocol, address, destination.port or 0)
    if found is None:
        other = trip.state.node_of_address.get(address)
        if other is not None and other is not trip.node and trip.origin is not Origin.ELSEWHERE:
            lost = _cross(trip, destination, other)
            if lost is not None:
                return lost
            found = proxy.match(trip.state, other, trip.target.protocol, address, destination.port or 0)
    if found is not None:
        return through_proxy(trip, destination, found)
    host_port = find(trip.state, trip.here, trip.protocol, destination) if trip.state.host_ports else None
    if host_port is not None:
        return through_host_port(trip, destination, *host_port)
    return _straight(trip, destination)


def _wrong_family(trip: Trip, destination: Endpoint) -> Verdict:
    """The source has addresses, but none of the destination's family: nothing is sent."""
    family = NAMES[trip.six]
    pod = trip.pod
    where, because = (
        (f"Pod {pod.key}", f"Pod {pod.key} status.podIPs")
        if pod is not None
        else (f"Node {trip.here.name}", f"Node {trip.here.name} status.addresses")
    )
    said = f"{where} has no {family} address, so its kernel knows no way to {destination.address}; nothing is sent."
    return trip.end(HopKind.NODE, f"the kernel of {where}", said, because, Outcome.TIMED_OUT, destination)


def _cross(trip: Trip, destination: Endpoint, other: Node) -> Verdict | None:
    """The packet goes to another node's own address; what leaves the Pods' network gets the node's address."""
    here = trip.here
    dropped = leave_pod(trip, destination)
    if dropped is not None:
        return dropped
    if trip.origin is Origin.POD:
        leave_pod_network(trip, destination.address)
    lost = reach(trip, other.name, destination)
    if lost is not None:
        return lost
    trip.add(
        Hop(
            HopKind.NODE,
            NETWORK,
            f"The packet goes from {here.name} to node {other.name}.",
            f"Node {other.name} status.addresses",
        )
    )
    trip.node = other
    trip.origin = Origin.ELSEWHERE
    return None


def _straight(trip: Trip, destination: Endpoint) -> Verdict:
    """No rule of kube-proxy: the packet goes where its address says."""
    address = destination.address
    dropped = leave_pod(trip, destination) if trip.origin is Origin.POD else None
    if dropped is not None:
        return dropped
    service = trip.state.service_of_address.get(address) or trip.state.external.get(address)
    if service is not None and not proxy.is_local(trip.here, address):
        return _past_the_rules(trip, destination, service)
    own = trip.pod is not None and not trip.pod.host_network and address in trip.pod.addresses
    if trip.origin is Origin.NODE and not own:
        target = trip.state.pod_of_address.get(address)
        gateway = trip.here.gateway_of(trip.six)
        if target is not None and target.node == trip.here.name and gateway:
            trip.source_address = gateway
        elif proxy.is_local(trip.here, address):
            trip.source_address = address
    return arrive(trip, destination, address)


def _past_the_rules(trip: Trip, destination: Endpoint, service: Service) -> Verdict:
    """To a Service's address that no rule of kube-proxy is for: another port, a ping, or `ipMode: Proxy`."""
    address, node = destination.address, trip.here.name
    if address in service.proxied_ips:
        said = (
            f"{address} is the address of Service {service.key} at its load balancer, and kube-proxy leaves it to the "
            "load balancer; nobody on this network answers for it."
        )
        because = f"Service {service.key} status.loadBalancer.ingress[0].ipMode: Proxy"
        return trip.end(HopKind.LOAD_BALANCER, NETWORK, said, because, Outcome.TIMED_OUT, destination)
    is_virtual = address in service.cluster_ips
    if trip.state.proxy_mode not in MODELLED:
        if is_virtual and trip.protocol == "ICMP":
            return _bound_to_the_node(trip, destination, service)
        raise proxy.not_modelled(trip.state)
    of = "the virtual IP" if is_virtual else "an address"
    # In nftables mode a last rule refuses what asks for a virtual IP and meets no other (cluster-ips-check).
    is_refused = is_virtual and trip.state.proxy_mode == "nftables"
    end = "the last rule for virtual IPs refuses it" if is_refused else "no rule takes the packet and it is lost"
    if trip.protocol == "ICMP":
        said = f"{address} is {of} of Service {service.key}: kube-proxy has rules for its ports only; {end}."
        if is_refused:
            # Observed: the kernel gets "port unreachable", and busybox's ping goes on waiting.
            said += " The ping of the lab's programs does not show a refusal: it just gets no answer."
            is_refused = False
    else:
        ports = ", ".join(f"{one.protocol} {one.port}" for one in service.ports)
        said = (
            f"{address} is {of} of Service {service.key}, which has no port {trip.protocol} {destination.port} (it has "
            f"{ports}); {end}."
        )
    outcome = Outcome.REFUSED if is_refused else Outcome.TIMED_OUT
    because = f"Service {service.key} spec.ports"
    return trip.end(HopKind.VIRTUAL_IP, f"kube-proxy on {node}", said, because, outcome, destination)


def _bound_to_the_node(trip: Trip, destination: Endpoint, service: Service) -> Verdict:
    """In IPVS mode every virtual IP is an address of every node (on the interface kube-ipvs0), which answers pings."""
    trip.by_specification("kube-proxy's IPVS mode")
    node = trip.here.name
    said = f"kube-proxy in IPVS mode gives {destination.address} to {node} itself, whose kernel answers the ping."
    because = f"ConfigMap kube-system/kube-proxy config.conf mode: ipvs; Service {service.key} spec.clusterIP"
    trip.add(Hop(HopKind.PROGRAM, f"the kernel of node {node}", said, because, destination))
    return Verdict(Outcome.ANSWERED)
