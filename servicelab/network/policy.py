"""What NetworkPolicies say to one packet at one Pod: allowed or dropped, and by which rule of which policy.

The rules are additive: a Pod that no policy selects (for a direction) is open; one that some select is open only to
what a rule of any of them allows. The packet is judged with the addresses it has then: after kube-proxy has chosen
the endpoint, and with whatever source other nodes have put in. Recorded with Calico's Felix 3.28 on kind.
"""

from dataclasses import dataclass
from enum import StrEnum

from servicelab.network.objects import Pod
from servicelab.network.policy_reading import Peer, Policy, PortRule, Rule
from servicelab.network.state import ClusterState


class Direction(StrEnum):
    """Into the Pod or out of it."""

    INGRESS = "ingress"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a request as a policy sees it."""

    protocol: str
    source: str
    destination: str
    port: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """`said` is one plain sentence, `because` names policies and rules."""

    allowed: bool
    said: str
    because: str


def restricts(state: ClusterState, pod: Pod, direction: Direction) -> bool:
    """Whether any policy selects the Pod for this direction."""
    return bool(_selecting(state, pod, direction))


def _selecting(state: ClusterState, pod: Pod, direction: Direction) -> list[tuple[Policy, tuple[Rule, ...]]]:
    return [
        (policy, rules)
        for policy in state.policies.get(pod.namespace, ())
        if (rules := policy.ingress if direction is Direction.INGRESS else policy.egress) is not None
        and policy.selector.selects(pod.labels)
    ]


def judge(state: ClusterState, pod: Pod, direction: Direction, packet: Packet) -> Judgement | None:
    """What the policies of the Pod's namespace say; None when none of them selects the Pod for this direction."""
    selecting = _selecting(state, pod, direction)
    if not selecting:
        return None
    key = "from" if direction is Direction.INGRESS else "to"
    near: list[str] = []
    for policy, rules in selecting:
        for number, rule in enumerate(rules):
            peer = _peer_of(state, policy, rule, packet, direction)
            if peer is None:
                continue
            place = f"NetworkPolicy {policy.key} spec.{direction}[{number}]"
            port = _port_of(state, rule, packet)
            if port is None:
                near.append(f"{place} allows {', '.join(map(str, rule.ports))} only")
                continue
            because = place + (f".{key}[{peer}]" if rule.peers else "") + (f".ports[{port}]" if rule.ports else "")
            said = f"NetworkPolicy {policy.key} allows it: rule spec.{direction}[{number}] matches."
            return Judgement(True, said, because)
    names = " and ".join(policy.key for policy, _ in selecting)
    one = len(selecting) == 1
    said = (
        f"NetworkPolic{'y' if one else 'ies'} {names} select{'s' if one else ''} Pod {pod.key} for {direction}, and no "
        f"rule allows {_what(packet, direction)}; the packet is dropped."
    )
    if near:
        said += f" ({'; '.join(near)}.)"
    return Judgement(False, said, "; ".join(f"NetworkPolicy {policy.key} spec.{direction}" for policy, _ in selecting))


def _what(packet: Packet, direction: Direction) -> str:
    port = f"{packet.protocol} port {packet.port}" if packet.port else packet.protocol
    return f"{port} from {packet.source}" if direction is Direction.INGRESS else f"{port} of {packet.destination}"


def _peer_of(state: ClusterState, policy: Policy, rule: Rule, packet: Packet, direction: Direction) -> int | None:
    """The number of the first peer that matches (0 when the rule is for everybody), or None."""
    if not rule.peers:
        return 0
    address = packet.source if direction is Direction.INGRESS else packet.destination
    # A Pod on the node's network has the node's address: no selector finds it by that.
    pod = state.pod_of_address.get(address)
    for index, peer in enumerate(rule.peers):
        if _matches(state, policy, peer, address, pod):
            return index
    return None


def _matches(state: ClusterState, policy: Policy, peer: Peer, address: str, pod: Pod | None) -> bool:
    if peer.block is not None:
        return peer.block.has(address)
    if pod is None:
        return False
    if peer.spaces is None:
        if pod.namespace != policy.namespace:
            return False
    elif not peer.spaces.selects(state.namespace_labels.get(pod.namespace, {})):
        return False
    return peer.pods is None or peer.pods.selects(pod.labels)


def _port_of(state: ClusterState, rule: Rule, packet: Packet) -> int | None:
    if not rule.ports:
        return 0
    pod = state.pod_of_address.get(packet.destination)
    for index, port in enumerate(rule.ports):
        if port.protocol == packet.protocol and _port_matches(port, packet, pod):
            return index
    return None


def _port_matches(port: PortRule, packet: Packet, pod: Pod | None) -> bool:
    if port.name:
        # A name means the port that the receiving Pod's containers give that name to.
        return pod is not None and any(
            (one.name, one.protocol, one.port) == (port.name, packet.protocol, packet.port) for one in pod.ports
        )
    return port.first is None or port.last is None or port.first <= packet.port <= port.last
