"""Where a request meets NetworkPolicies: once on the way out of its Pod, once on the way into the other."""

from collections.abc import Sequence
from dataclasses import replace

from servicelab.network import names, policy
from servicelab.network.crossing import reach
from servicelab.network.families import is_six
from servicelab.network.objects import Backend, Pod
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.policy import Direction, Judgement, Packet
from servicelab.network.proxy import Origin
from servicelab.network.trip import Trip, known
from servicelab.network.verdict import Outcome, Verdict


def leave_pod(trip: Trip, destination: Endpoint) -> Verdict | None:
    """Egress of the Pod the request comes from; a verdict when it is dropped.

    Judged on the Pod's own node after kube-proxy has chosen the endpoint. A Pod that reaches its own address does
    not leave it; one on the node's network is not restricted.
    """
    pod = trip.pod
    if (
        pod is None
        or pod.host_network
        or not trip.state.policies
        or (destination.address in pod.addresses and (not trip.translated))
    ):
        return None
    packet = Packet(trip.protocol, trip.own_address or "", destination.address, destination.port or 0)
    return _pass(trip, pod, policy.judge(trip.state, pod, Direction.EGRESS, packet), destination)


def enter_pod(trip: Trip, pod: Pod, destination: Endpoint) -> Verdict | None:
    """Ingress of the Pod a request arrives at; a verdict when it is dropped.

    Judged on the Pod's node, before that node puts an address of its own in as source. What the node itself sends
    to a Pod of its own is never restricted.
    """
    if not trip.state.policies or (pod is trip.pod and not trip.translated):
        return None
    if trip.origin is Origin.NODE and trip.here.name == pod.node:
        return None
    if not policy.restricts(trip.state, pod, Direction.INGRESS):
        return None
    source = known(trip.source_at(pod.node), f"a NetworkPolicy that selects Pod {pod.key}")
    packet = Packet(trip.protocol, source, destination.address, destination.port or 0)
    judgement = policy.judge(trip.state, pod, Direction.INGRESS, packet)
    if judgement is not None and not judgement.allowed:
        judgement = _hidden_client(trip, pod, packet, judgement)
    return _pass(trip, pod, judgement, destination)


def _hidden_client(trip: Trip, pod: Pod, packet: Packet, judgement: Judgement) -> Judgement:
    """Say so when only another node's address in place of the client's own made the difference."""
    own = trip.own_address
    if own is None or own == packet.source:
        return judgement
    as_sent = policy.judge(trip.state, pod, Direction.INGRESS, replace(packet, source=own))
    if as_sent is None or not as_sent.allowed:
        return judgement
    said = f"{judgement.said} {own}, the client's own address, would be allowed ({as_sent.because}); it was replaced."
    return replace(judgement, said=said)


def ask_dns(trip: Trip, host: str) -> Verdict | None:
    """A Pod's question to the cluster's DNS on its way; a verdict when a fault or policies swallow it.

    It goes to UDP port 53 of CoreDNS's Pods, which the virtual IP of kube-dns leads to. Where a fault cuts some of
    them off, chance decides which one is asked.
    """
    state, pod = trip.state, trip.pod
    if not (state.policies or state.faults) or pod is None or names.uses_cluster_dns(state, trip.source) is None:
        return None
    service = state.services.get(("kube-system", "kube-dns"))
    ports = service.ports if service is not None else ()
    servers = [one for port in ports if port.protocol == "UDP" for one in port.backends if one.ready]
    if any(state.faults.part(trip.here.name, one.node or "") for one in servers):
        server = trip.choose(servers)
        asked = Endpoint(server.address, server.port)
        said = f"{host} is looked up: the question goes to CoreDNS at {asked} on {server.node}."
        trip.add(Hop(HopKind.NAME, "CoreDNS", said, server.because, Endpoint(host)))
        lost = reach(trip, server.node or "", asked) if server.node != trip.here.name else None
        if lost is not None:
            return lost
    is_open = pod.host_network or state.enforcement.enforced is False
    return None if is_open else _dns_policies(trip, pod, host, servers)


def _dns_policies(trip: Trip, pod: Pod, host: str, servers: Sequence[Backend]) -> Verdict | None:
    """The end of a Pod's question when policies drop it on its way to every server."""
    state = trip.state
    last: Judgement | None = None
    for backend in servers:
        packet = Packet("UDP", pod.address_of(is_six(backend.address)) or "", backend.address, backend.port)
        server = state.pod_of_address.get(backend.address)
        judgements = [policy.judge(state, pod, Direction.EGRESS, packet)]
        if server is not None:
            judgements.append(policy.judge(state, server, Direction.INGRESS, packet))
        last = next((one for one in judgements if one is not None and not one.allowed), None)
        if last is None:
            return None
    if last is None:
        return None
    said = f"{host} cannot be looked up: the question to CoreDNS is dropped. {last.said}"
    who = f"the network's policies on {pod.node}"
    return trip.end(HopKind.POLICY, who, said, last.because, Outcome.TIMED_OUT, Endpoint(host))


def _pass(trip: Trip, pod: Pod, judgement: Judgement | None, destination: Endpoint) -> Verdict | None:
    if judgement is None:
        return None
    who = f"the network's policies on {pod.node}"
    enforcement = trip.state.enforcement
    if enforcement.enforced is False:
        if not judgement.allowed:
            trip.by_specification("a network that enforces no policies")
            said = f"{judgement.said.replace('is dropped', 'should be dropped')} {enforcement.said}"
            because = f"{judgement.because}; {enforcement.because}"
            trip.add(Hop(HopKind.POLICY, f"the Pod network of {pod.node}", said, because, destination))
        return None
    if judgement.allowed:
        trip.add(Hop(HopKind.POLICY, who, judgement.said, judgement.because, destination))
        return None
    said = judgement.said
    if trip.translated and trip.has_choice and trip.protocol == "TCP" and pod.node == trip.here.name:
        # Recorded: a connection dropped on the node that translated it is not remembered there (conntrack).
        trip.translated_anew = True
        said += (
            f" {pod.node} forgets the choice with it: when the client tries again (after 1, 3, 7 s) it chooses anew."
        )
    return trip.end(HopKind.POLICY, who, said, judgement.because, Outcome.TIMED_OUT, destination)
