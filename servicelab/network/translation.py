"""A packet meets kube-proxy's rules: an endpoint is chosen, the destination becomes it, the source may change."""

from servicelab.network import proxy
from servicelab.network.checkpoints import leave_pod
from servicelab.network.crossing import NETWORK
from servicelab.network.delivery import arrive
from servicelab.network.families import NAMES, of_family
from servicelab.network.objects import Backend, Pod
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.policy_reading import is_in
from servicelab.network.proxy import AffinityKey, By, Match, Origin, Selection
from servicelab.network.trip import Trip, known
from servicelab.network.verdict import Outcome, Verdict

MASQUERADES_OTHERS = "ConfigMap kube-system/kube-proxy config.conf clusterCIDR"
"""kube-proxy knows Pods by this range; what asks for a virtual IP from elsewhere gets another source."""
KINDS = {
    By.VIRTUAL_IP: HopKind.VIRTUAL_IP,
    By.NODE_PORT: HopKind.NODE_PORT,
    By.LOAD_BALANCER: HopKind.LOAD_BALANCER,
    By.EXTERNAL_IP: HopKind.EXTERNAL_IP,
}


def through_proxy(trip: Trip, destination: Endpoint, found: Match) -> Verdict:
    """kube-proxy's rules choose an endpoint once and rewrite the destination once."""
    node, port = trip.here, found.port
    service = port.service
    who = f"kube-proxy on {node.name}"
    kind = KINDS[found.by]
    what, field = _what(found, destination)
    origin = _taken_for(trip, destination)
    selection = proxy.select(found, node, origin)
    # Without any endpoint there is no chain for the ranges: the refusal comes first (recorded).
    if found.by is By.LOAD_BALANCER and service.source_ranges and (selection.backends or selection.dropped):
        source = known(trip.source_address, f"Service {service.key} spec.loadBalancerSourceRanges")
        # A family without a range is open.
        ranges = of_family(service.source_ranges, trip.six)
        if ranges and not any(is_in(source, one) for one in ranges):
            said = f"{what}, but {source} lies in none of its allowed source ranges; the packet is dropped."
            because = f"Service {service.key} spec.loadBalancerSourceRanges"
            return leave_pod(trip, destination) or _drop(trip, kind, said, because, destination)
    if not selection.backends:
        return leave_pod(trip, destination) or _no_endpoint(trip, found, selection, what, destination)
    backend = _pick(trip, found, selection.backends)
    trip.candidates.extend(key for one in selection.backends if (key := _pod_key(trip, one)))
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
    trip.translated, trip.has_choice = True, count > 1
    dropped = leave_pod(trip, chosen) if trip.origin is Origin.POD else None
    if dropped is not None:
        return dropped
    sent_as = trip.source_address
    _masquerade(trip, found, backend, selection, origin)
    if origin is not trip.origin is Origin.ELSEWHERE and trip.source_address == sent_as and backend.node != node.name:
        said = (
            f"The answer of {chosen} goes straight to {sent_as}, past {node.name}, which alone could put in the address"
            " that the client asked; the client waits for one from there."
        )
        return trip.end(HopKind.NODE, NETWORK, said, f"{backend.because}.nodeName", Outcome.TIMED_OUT, chosen)
    if backend.node and backend.node != node.name:
        trip.add(
            Hop(
                HopKind.NODE,
                NETWORK,
                f"The packet goes from {node.name} to node {backend.node}.",
                f"{backend.because}.nodeName",
            )
        )
    return arrive(trip, chosen, backend.address)


def _no_endpoint(trip: Trip, found: Match, selection: Selection, what: str, destination: Endpoint) -> Verdict:
    """Dropped when only the policy leaves none, refused when there is none at all."""
    node, kind = trip.here, KINDS[found.by]
    who = f"kube-proxy on {node.name}"
    if selection.dropped:
        said = f"{what}, but none of its endpoints is{selection.scope}; the packet is dropped."
        return _drop(trip, kind, said, selection.scope_because, destination)
    because = _why_no_endpoints(trip, found)
    outward = (
        trip.state.proxy_mode == "iptables"
        and found.by in (By.LOAD_BALANCER, By.EXTERNAL_IP)
        and trip.origin is Origin.NODE
    )
    if outward and destination.address not in trip.state.node_of_address:
        # kube-proxy refuses these where packets come in or pass through, not where the node's own go out.
        said = (
            f"{what}, but the Service has no ready endpoint. The rule that refuses is not for what {node.name} itself "
            "sends; the packet goes out to the network, where nobody answers."
        )
        return trip.end(kind, who, said, because, Outcome.TIMED_OUT, destination)
    said = f"{what}, but the Service has no ready endpoint; the connection is refused at once."
    return trip.end(kind, who, said, because, Outcome.REFUSED, destination)


def _drop(trip: Trip, kind: HopKind, said: str, because: str, destination: Endpoint) -> Verdict:
    """A rule of kube-proxy drops the packet. Of a datagram that the node itself sends, its sender is told at once."""
    outcome = Outcome.TIMED_OUT
    if trip.protocol == "UDP" and trip.origin is Origin.NODE:
        said += f" {trip.here.name} tells a program of its own at once that the operation is not permitted."
        outcome = Outcome.REFUSED
    return trip.end(kind, f"kube-proxy on {trip.here.name}", said, because, outcome, destination)


def _what(found: Match, destination: Endpoint) -> tuple[str, str]:
    """What the address is to the Service, and the field that says so."""
    port, key = found.port, found.port.service.key
    match found.by:
        case By.NODE_PORT:
            what = f"{port.protocol} port {destination.port} of every node is the node port of Service {key}"
            return what, f"{port.field}.nodePort"
        case By.LOAD_BALANCER:
            what = f"{destination.address} is the load balancer's address of Service {key}"
            return what, f"Service {key} status.loadBalancer.ingress; {port.field}.port"
        case By.EXTERNAL_IP:
            what = f"{destination.address} is an external IP of Service {key}"
            return what, f"Service {key} spec.externalIPs; {port.field}.port"
    return f"{destination.address} is the virtual IP of Service {key}", f"{port.field}.port"


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


def _taken_for(trip: Trip, destination: Endpoint) -> Origin:
    """Where kube-proxy takes the packet to come from: whatever has a source in the Pods' range is a Pod's to it.

    That holds also for what a node sends to its own address on the Pods' network, and for what a Pod sends to such an
    address of another node, since it keeps its source on the way.
    """
    if trip.origin is Origin.NODE and destination.address in trip.here.gateways:
        trip.source_address = destination.address
    source = trip.source_address
    if trip.origin is not Origin.POD and source and trip.state.node_of_pod_range(source) is not None:
        return Origin.POD
    return trip.origin


def _masquerade(trip: Trip, found: Match, backend: Backend, selection: Selection, origin: Origin) -> None:
    here = trip.here
    masquerade, why = selection.masquerade, selection.why_masquerade
    because = MASQUERADES_OTHERS
    if found.by is not By.VIRTUAL_IP:
        service = found.port.service
        policy = "Local" if service.external_traffic_local else "Cluster"
        because = f"Service {service.key} spec.externalTrafficPolicy: {policy}"
    who = f"kube-proxy on {here.name}"
    if backend.address == trip.source_address and origin is Origin.POD:
        masquerade = True
        because = f"{backend.because}.addresses"
        why = "a Pod that reaches itself through a Service gets the node as source, or it would answer itself"
    target = trip.state.pod_of_address.get(backend.address)
    if masquerade:
        if proxy.is_local(here, backend.address):
            # Delivered on the node itself: the rewriting of sources happens only to what leaves it.
            return
        local = target is not None and target.node == here.name
        new = here.gateway_of(trip.six) if local else here.address_of(trip.six)
        if new:
            trip.rewrite(new, who, f"The source becomes {new}: {why}.", because)
        return
    if origin is Origin.POD and target is None and not proxy.is_local(here, backend.address):
        leave_pod_network(trip, backend.address)


def leave_pod_network(trip: Trip, address: str) -> None:
    """What a Pod sends outside the Pods' network gets its node's address as source."""
    here = trip.here
    own = here.address_of(trip.six)
    if own and trip.state.node_of_pod_range(address) is None:
        said = f"{address} lies outside the Pods' network, so {here.name} puts its own address in place of the Pod's."
        trip.rewrite(own, f"the Pod network of {here.name}", said, f"Node {here.name} spec.podCIDR")


def _pod_key(trip: Trip, backend: Backend) -> str:
    pod: Pod | None = trip.state.pod_of_address.get(backend.address)
    return pod.key if pod is not None else (backend.pod or "")


def _why_no_endpoints(trip: Trip, found: Match) -> str:
    service = found.port.service
    if not service.addresses and not any(one.backends for one in service.ports):
        return f"Service {service.key} spec.selector: no Pod with an address matches"
    backends = found.port.of_family(found.six)
    if found.port.backends and not backends:
        return f"Service {service.key} spec.ipFamilies; no endpoint has an {NAMES[found.six]} address"
    if backends:
        return f"{backends[0].because}.conditions.ready: false"
    return f"{found.port.field}.targetPort: {found.port.target_port} is no port of the Pods"
