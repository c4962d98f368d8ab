"""How one request travels: names, kube-proxy's rules, the nodes' routes, the Pod, the program."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar

from servicelab.network import names, proxy
from servicelab.network.delivery import arrive
from servicelab.network.objects import Backend, Node, Pod
from servicelab.network.path import Endpoint, Hop, HopKind, Path
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, Target
from servicelab.network.proxy import Affinity, AffinityKey, Match, Origin
from servicelab.network.state import ClusterState
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]
MOST_PATHS = 1000
SAME_SUBNET = 24
"""Leading bits that two Pods of one node have in common."""


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
    trip = _set_out(state, source, target, choose, affinity)
    addresses = _resolve(trip, target.host)
    verdict, connected = trip.verdict, None
    while verdict is None:
        address = addresses[0] if len(addresses) == 1 else choose(_preferred(trip, addresses))
        connected = Endpoint(address, target.port)
        verdict = _travel(trip, connected)
        addresses = [one for one in addresses if one != address]
        if verdict.outcome is Outcome.REFUSED and addresses:
            # Clients such as curl try a name's next address when one refuses.
            verdict = None
    return Path(
        source, target, tuple(trip.hops), verdict, tuple(dict.fromkeys(trip.candidates)), connected, trip.start[2]
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
    source: Place,
    target: Target,
    choose: Callable[[Sequence[Any]], Any],
    affinity: Affinity | None,
) -> Trip:
    match source:
        case PodPlace(namespace=namespace, name=name):
            pod = state.pod(namespace, name)
            if pod is None:
                raise Unmodelled(f"there is no Pod {namespace}/{name} to ask from")
            node = state.nodes.get(pod.node or "")
            if not pod.alive or node is None or pod.address is None:
                raise Unmodelled(f"Pod {pod.key} does not run, so nothing can be asked from it")
            origin = Origin.NODE if pod.host_network else Origin.POD
            return Trip(state, source, target, choose, affinity, pod, node, origin, pod.address)
        case NodePlace(name=name):
            at = state.nodes.get(name)
            if at is None or at.address is None:
                raise Unmodelled(f"there is no node {name} to ask from")
            return Trip(state, source, target, choose, affinity, None, at, Origin.NODE, at.address)
        case Outside():
            return Trip(state, source, target, choose, affinity, None, None, Origin.ELSEWHERE, state.outside_address)


def _resolve(trip: Trip, host: str) -> list[str]:
    """The addresses to try; a name that does not exist ends the trip."""
    if names.is_address(host):
        return [host]
    known = names.in_hosts_file(trip.state, trip.source, host)
    if known is not None:
        before, after = Endpoint(host, trip.target.port), Endpoint(known, trip.target.port)
        trip.add(Hop(HopKind.NAME, "/etc/hosts", f"/etc/hosts has {known} for {host}.", "", before, after))
        return [known]
    if names.uses_cluster_dns(trip.state, trip.source) and names.dns_is_down(trip.state):
        said = f"{host} cannot be looked up: the cluster's DNS has no ready Pod."
        because = "Service kube-system/kube-dns has no ready endpoint"
        trip.verdict = trip.end(HopKind.NAME, "CoreDNS", said, because, Outcome.NO_SUCH_NAME, Endpoint(host))
        return []
    found = names.lookup(trip.state, trip.source, host)
    answer = found.answer
    addresses = answer.addresses
    if addresses:
        last = answer.records[-1]
        aliases = [record for record in answer.records if record.type == "CNAME"]
        via = "".join(f", an alias of {record.value.rstrip('.')}" for record in aliases)
        listed = " or ".join(addresses)
        trip.add(
            Hop(
                HopKind.NAME,
                found.server,
                f"{found.server} answers for {answer.name}{via}: {listed}.",
                aliases[0].because if aliases else last.because,
                Endpoint(host, trip.target.port),
                Endpoint(addresses[0] if len(addresses) == 1 else listed, trip.target.port),
            )
        )
        if len(addresses) > 1:
            pods = (trip.state.pod_of_address.get(address) for address in addresses)
            trip.candidates.extend(pod.key for pod in pods if pod is not None)
        return list(addresses)
    alias = next((record for record in answer.records if record.type == "CNAME"), None)
    if alias is not None:
        said = f"{found.server} says that {answer.name} is an alias of {alias.value.rstrip('.')}, which has no address."
        because = alias.because
    else:
        tried = ", ".join(one.name for one in found.tried)
        said = f"{found.server} knows no address for {host}; asked for: {tried}."
        because = _why_no_name(trip, host)
    trip.add(Hop(HopKind.NAME, found.server, said, because, Endpoint(host, trip.target.port)))
    trip.verdict = Verdict(Outcome.NO_SUCH_NAME)
    return []


def _preferred(trip: Trip, addresses: list[str]) -> list[str]:
    """Those a client may try first: DNS shuffles, but curl's resolver (glibc) puts near addresses first.

    Observed on kind: of a headless Service's Pods, those in the /24 of the client's own node come first, and among
    them the one whose address has the most leading bits in common with the client's.
    """
    if trip.target.scheme not in ("http", "https") or trip.origin is not Origin.POD or trip.source_address is None:
        return addresses
    own = int(ip_address(trip.source_address))
    bits = {one: 32 - (int(ip_address(one)) ^ own).bit_length() for one in addresses if ":" not in one}
    nearest = max(bits.values(), default=0)
    return [one for one in addresses if bits.get(one) == nearest] if nearest >= SAME_SUBNET else addresses


def _why_no_name(trip: Trip, host: str) -> str:
    if names.uses_cluster_dns(trip.state, trip.source) is None:
        return "names of Services exist only for Pods that use the cluster's DNS"
    first = host.split(".")[0]
    elsewhere = [service.key for service in trip.state.services.values() if service.name == first]
    return f"a Service of that name is {' and '.join(elsewhere[:3])}" if elsewhere else "no Service has that name"


def _travel(trip: Trip, destination: Endpoint) -> Verdict:
    """One connection attempt to one address."""
    trip.restart()
    address = destination.address
    if address.startswith("127.") and trip.pod is not None and not trip.pod.host_network:
        return arrive(trip, destination, address)
    if trip.node is None:
        entered = _enter(trip, destination)
        if isinstance(entered, Verdict):
            return entered
        trip.node = entered
    found = proxy.match(trip.state, trip.node, trip.target.protocol, address, destination.port or 0)
    if found is None:
        other = trip.state.node_of_address.get(address)
        if other is not None and other is not trip.node and trip.origin is not Origin.ELSEWHERE:
            _cross(trip, destination, other)
            found = proxy.match(trip.state, other, trip.target.protocol, address, destination.port or 0)
    if found is not None:
        return _through_proxy(trip, destination, found)
    return _straight(trip, destination)


def _enter(trip: Trip, destination: Endpoint) -> Node | Verdict:
    """From outside: the node the packet reaches, or what becomes of it on the way."""
    address = destination.address
    state = trip.state
    node = state.node_of_address.get(address)
    if node is not None and address in node.addresses:
        trip.add(
            Hop(
                HopKind.NODE,
                "the network",
                f"The request reaches node {node.name} at {destination}.",
                f"Node {node.name} status.addresses",
            )
        )
        return node
    service = state.service_of_address.get(address)
    if service is not None:
        said = f"{address} is a virtual IP, known only to the rules on the nodes; no machine outside has a way to it."
        return trip.end(HopKind.NODE, "the network", said, f"Service {service.key} spec.clusterIP", Outcome.TIMED_OUT)
    if address in state.external:
        raise Unmodelled(
            f"{address} is an external address of Service {state.external[address].key}; "
            "the model does not know these yet"
        )
    if state.is_of_cluster(address):
        said = f"{address} is an address of the cluster's own networks; machines outside have no way to it."
        return trip.end(HopKind.NODE, "the network", said, "", Outcome.TIMED_OUT)
    raise Unmodelled(f"{address} is no address of the cluster; the model does not know what is there")


def _cross(trip: Trip, destination: Endpoint, other: Node) -> None:
    """The packet goes to another node's own address; what leaves the Pods' network gets the node's address."""
    here = trip.here
    if trip.origin is Origin.POD:
        _leave_pod_network(trip, destination.address)
    trip.add(
        Hop(
            HopKind.NODE,
            "the network",
            f"The packet goes from {here.name} to node {other.name}.",
            f"Node {other.name} status.addresses",
        )
    )
    trip.node = other
    trip.origin = Origin.ELSEWHERE


def _straight(trip: Trip, destination: Endpoint) -> Verdict:
    """No rule of kube-proxy: the packet goes where its address says."""
    address = destination.address
    service = trip.state.service_of_address.get(address)
    if service is not None:
        ports = ", ".join(f"{one.protocol} {one.port}" for one in service.ports)
        said = (
            f"{address} is the virtual IP of Service {service.key}, which has no port {trip.target.protocol} "
            f"{destination.port} (it has {ports}); no rule takes the packet and it is lost."
        )
        return trip.end(
            HopKind.VIRTUAL_IP,
            f"kube-proxy on {trip.here.name}",
            said,
            f"Service {service.key} spec.ports",
            Outcome.TIMED_OUT,
            destination,
        )
    own = trip.pod is not None and not trip.pod.host_network and address in trip.pod.addresses
    if trip.origin is Origin.NODE and not own:
        target = trip.state.pod_of_address.get(address)
        if target is not None and target.node == trip.here.name and trip.here.gateway:
            trip.source_address = trip.here.gateway
        elif proxy.is_local(trip.here, address):
            trip.source_address = address
    return arrive(trip, destination, address)


def _through_proxy(trip: Trip, destination: Endpoint, found: Match) -> Verdict:
    """kube-proxy's rules choose an endpoint once and rewrite the destination once."""
    node, port = trip.here, found.port
    service = port.service
    who = f"kube-proxy on {node.name}"
    kind = HopKind.NODE_PORT if found.by_node_port else HopKind.VIRTUAL_IP
    what = (
        f"{port.protocol} port {destination.port} of every node is the node port of Service {service.key}"
        if found.by_node_port
        else f"{destination.address} is the virtual IP of Service {service.key}"
    )
    field = f"{port.field}.{'nodePort' if found.by_node_port else 'port'}"
    selection = proxy.select(found, node, trip.origin)
    if not selection.backends:
        if selection.dropped:
            said = f"{what}, but none of its endpoints is{selection.scope}; the packet is dropped."
            return trip.end(kind, who, said, selection.scope_because, Outcome.TIMED_OUT, destination)
        said = f"{what}, but the Service has no ready endpoint; the connection is refused at once."
        return trip.end(kind, who, said, _why_no_endpoints(trip, found), Outcome.REFUSED, destination)
    backend = _pick(trip, found, selection.backends)
    trip.candidates.extend(_pod_key(trip, one) for one in selection.backends if _pod_key(trip, one))
    count = len(selection.backends)
    chosen = Endpoint(backend.address, backend.port)
    among = (
        f"its only ready endpoint{selection.scope}"
        if count == 1
        else f"one of its {count} ready endpoints{selection.scope}"
    )
    because = "; ".join(
        part
        for part in (field, f"{port.field}.targetPort: {port.target_port}", backend.because, selection.scope_because)
        if part
    )
    trip.add(
        Hop(
            kind,
            who,
            f"{what}; the rules on {node.name} send the packet to {among}: {chosen}.",
            because,
            destination,
            chosen,
        )
    )
    _masquerade(trip, backend, selection.masquerade, selection.why_masquerade)
    if backend.node and backend.node != node.name:
        trip.add(
            Hop(
                HopKind.NODE,
                "the network",
                f"The packet goes from {node.name} to node {backend.node}.",
                f"{backend.because}.nodeName",
            )
        )
    return arrive(trip, chosen, backend.address)


def _pick(trip: Trip, found: Match, backends: tuple[Backend, ...]) -> Backend:
    service = found.port.service
    if service.affinity_seconds is None or trip.affinity is None or trip.source_address is None:
        return backends[0] if len(backends) == 1 else trip.choose(backends)
    port = f"{found.port.protocol}/{found.port.name}"
    key = AffinityKey(trip.here.name, service.uid or service.key, port, trip.source_address)
    remembered = trip.affinity.recall(key, service.affinity_seconds)
    backend = next((one for one in backends if f"{one.address}:{one.port}" == remembered), None) or trip.choose(
        backends
    )
    trip.affinity.keep(key, f"{backend.address}:{backend.port}")
    return backend


def _masquerade(trip: Trip, backend: Backend, masquerade: bool, why: str) -> None:
    here = trip.here
    who = f"kube-proxy on {here.name}"
    if backend.address == trip.source_address and trip.origin is Origin.POD:
        masquerade = True
        why = "a Pod that reaches itself through a Service gets the node as source, or it would answer itself"
    target = trip.state.pod_of_address.get(backend.address)
    if masquerade:
        if proxy.is_local(here, backend.address):
            # Delivered on the node itself: the rewriting of sources happens only to what leaves it.
            return
        local = target is not None and target.node == here.name
        new = here.gateway if local else here.address
        if new:
            trip.rewrite(new, who, f"The source becomes {new}: {why}.", "")
        return
    if trip.origin is Origin.POD and target is None and not proxy.is_local(here, backend.address):
        _leave_pod_network(trip, backend.address)


def _leave_pod_network(trip: Trip, address: str) -> None:
    """What a Pod sends outside the Pods' network gets its node's address as source."""
    here = trip.here
    if here.address and trip.state.node_of_pod_range(address) is None:
        said = f"{address} lies outside the Pods' network, so {here.name} puts its own address in place of the Pod's."
        trip.rewrite(here.address, f"the Pod network of {here.name}", said, f"Node {here.name} spec.podCIDR")


def _pod_key(trip: Trip, backend: Backend) -> str:
    pod: Pod | None = trip.state.pod_of_address.get(backend.address)
    return pod.key if pod is not None else (backend.pod or "")


def _why_no_endpoints(trip: Trip, found: Match) -> str:
    service = found.port.service
    if not service.addresses and not any(one.backends for one in service.ports):
        return f"Service {service.key} spec.selector: no Pod with an address matches"
    if found.port.backends:
        return f"{found.port.backends[0].because}.conditions.ready: false"
    return f"{found.port.field}.targetPort: {found.port.target_port} is no port of the Pods"
