"""What NetworkPolicies made of a request, as evidence: the labels and the port of its packet, and what the rules say.

Nothing of it says what a rule should be: it tells what came, and which field did or did not take it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicelab.checks.evidence import way
from servicelab.checks.names import NAME_OF_A_NAMESPACE
from servicelab.checks.objects import TEMPLATE_HASH
from servicelab.checks.words import labels_words, listed
from servicelab.network.objects import Pod
from servicelab.network.path import HopKind
from servicelab.network.places import PodPlace
from servicelab.network.policy import Direction, Judgement, Packet, judge
from servicelab.network.policy_reading import Peer, Policy, PortRule, Rule, Selector
from servicelab.network.state import ClusterState

if TYPE_CHECKING:
    from servicelab.checks.lab import Lab

LETS_OUT, OTHER_PORT, NOT_FOR_ALL = "policy-lets-out", "policy-other-port", "policy-not-for-all"
DNS = {"k8s-app": "kube-dns"}
DNS_PORT = 53


@dataclass(frozen=True)
class Asked:
    """A packet: from a Pod (None for a caller that is none) to a Pod, at a port."""

    state: ClusterState
    caller: Pod | None
    called: Pod
    protocol: str
    port: int

    def at(self, direction: Direction) -> tuple[Pod | None, Pod | None]:
        """The Pod whose policies are looked at, and the one at the other end."""
        return (self.called, self.caller) if direction is Direction.INGRESS else (self.caller, self.called)

    @property
    def words(self) -> str:
        """Who asks whom, at which port, as a policy sees it."""
        return f"{_who(self.caller)} asks {_who(self.called)} at port {self.port} by {self.protocol}"

    def judged(self, direction: Direction) -> Judgement | None:
        """What policies say; None where none selects the Pod."""
        pod = self.at(direction)[0]
        source = (self.caller and self.caller.address) or "0.0.0.0"
        packet = Packet(self.protocol, source, self.called.address or "", self.port)
        return judge(self.state, pod, direction, packet) if pod else None


def seen(lab: "Lab", cause: str, source: str, url: str, meant: tuple[str, str] | None = None) -> str:
    """What policies made of a request: which fields keep it from an answer, or which let it through.

    `meant` is a request that is meant to be answered (source and URL). "" when the model does not know, or no Pod is
    asked.
    """
    state = lab.network()
    asked = _asked(lab, state, source, url)
    if asked is None:
        return ""
    said = [f"{_capital(asked.words)}."]
    kept = (Direction.EGRESS, Direction.INGRESS)
    closing = next((one for one in kept if (found := asked.judged(one)) and not found.allowed), None)
    if closing:
        return " ".join([*said, _nearest(asked, closing), *_elsewhere(lab, asked, closing)])
    said.append(_opening(asked, cause))
    if cause != LETS_OUT and asked.judged(Direction.INGRESS) is None:
        said += _elsewhere(lab, asked, Direction.INGRESS)
    another = _asked(lab, state, *meant) if meant else None
    return " ".join([*said, f"Meant to be let through: {another.words}."] if another and another.caller else said)


def concerns(cause: str) -> bool:
    """Whether a cause of the catalogue is one of policies: their ids say so."""
    return "policy" in cause


def _asked(lab: "Lab", state: ClusterState, source: str, url: str) -> Asked | None:
    """The request's packet as policies see it; the question to the DNS, when already that one is dropped. None when no
    Pod is asked, or the model does not know."""
    path = way(lab, state, source, url)
    if path is None:
        return None
    place, target = lab.place(source), lab.target(url)
    caller = state.pod(place.namespace, place.name) if isinstance(place, PodPlace) else None
    ends = [end for hop in path.hops for end in (hop.destination_before, hop.destination_after) if end and end.port]
    for end in reversed(ends):
        called = state.pod_of_address.get(end.address)
        if called is not None:
            return Asked(state, caller, called, target.protocol, end.port or 0)
    if path.hops and path.hops[-1].kind is HopKind.POLICY:
        servers = (pod for pod in state.pods.values() if pod.labels.items() >= DNS.items())
        server = next(servers, None)
        return Asked(state, caller, server, "UDP", DNS_PORT) if server else None
    return None


def _who(pod: Pod | None) -> str:
    """`the Pod client (labels app=client and role=teller, namespace kubernetes.io/metadata.name=bank)`."""
    if pod is None:
        return "a caller that is no Pod"
    return f"the Pod {pod.name} (labels {_labels(pod)}, namespace {labels_words(_space(pod))})"


def _elsewhere(lab: "Lab", asked: Asked, direction: Direction) -> Iterator[str]:
    """The exercise's policies that are in another namespace than the Pod."""
    pod = asked.at(direction)[0]
    for space in lab.names.real.values():
        if pod is not None and space != pod.namespace:
            for one in asked.state.policies.get(space, ()):
                yield f"{_named(one)} is for other Pods: metadata.namespace is {space}, not {pod.namespace}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _labels(pod: Pod) -> str:
    return labels_words({key: value for key, value in pod.labels.items() if key != TEMPLATE_HASH}) or "no labels"


def _space(pod: Pod) -> dict[str, str]:
    """The label that every namespace has."""
    return {NAME_OF_A_NAMESPACE: pod.namespace}


def _selector_words(selector: Selector) -> str:
    """`app=web`; an empty one is `{}`."""
    expressions = [f"{key} {operator} {', '.join(values)}".strip() for key, operator, values in selector.expressions]
    return listed([*([labels_words(dict(selector.labels))] if selector.labels else []), *expressions]) or "{}"


def _policies(asked: Asked, pod: Pod) -> list[Policy]:
    return list(asked.state.policies.get(pod.namespace, ()))


def _rules(policy: Policy, direction: Direction) -> tuple[Rule, ...] | None:
    return policy.ingress if direction is Direction.INGRESS else policy.egress


def _named(policy: Policy) -> str:
    return f"NetworkPolicy {policy.key.partition('/')[2]}"


# What lets it through


def _opening(asked: Asked, cause: str) -> str:
    """The field that takes the packet; or that no policy selects the Pod."""
    direction = Direction.EGRESS if cause == LETS_OUT else Direction.INGRESS
    pod = asked.at(direction)[0]
    if pod is None:
        return ""
    judgement = asked.judged(direction)
    if judgement is None:
        looked = "; ".join(_unselected(asked, pod, direction))
        return f"No NetworkPolicy selects the Pod {pod.name} for {_capital(direction)}{looked and ': '}{looked}."
    by = next(one for one in _policies(asked, pod) if judgement.because.startswith(f"NetworkPolicy {one.key} "))
    number = int(judgement.because.partition(f"spec.{direction}[")[2].partition("]")[0])
    rule, field = (_rules(by, direction) or ())[number], f"spec.{direction}[{number}]"
    found = _peer_words(f"{field}.{_key(direction)}", rule, judgement.because)
    if cause == OTHER_PORT:
        found = f"{field}.ports is {', '.join(map(str, rule.ports))}" if rule.ports else f"{field}.ports is not there"
        ranges = [n for n, one in enumerate(rule.ports) if one.first and one.last and one.first < one.last]
        found = "; ".join([f"{field}.ports[{n}].endPort is {rule.ports[n].last}" for n in ranges] or [found])
    if cause == NOT_FOR_ALL:
        found = f"spec.podSelector is {_selector_words(by.selector)}, and {found}"
    return f"{_named(by)} lets it through: {found}."


def _unselected(asked: Asked, pod: Pod, direction: Direction) -> Iterator[str]:
    """Why each policy of the Pod's namespace is not for it; those for this direction first."""
    for one in _policies(asked, pod):
        if _rules(one, direction) is not None:
            yield f"{_named(one)} does not: {_selector_misfit(one, pod)}"
    for one in _policies(asked, pod):
        if one.selector.selects(pod.labels):
            types = listed(_capital(other) for other in Direction if _rules(one, other) is not None)
            yield f"{_named(one)} takes it, but spec.policyTypes is {types}, not {_capital(direction)}"


def _key(direction: Direction) -> str:
    return "from" if direction is Direction.INGRESS else "to"


def _peer_words(field: str, rule: Rule, because: str) -> str:
    """The entry of `from` or `to` that takes the packet, with its fields."""
    if not rule.peers:
        return f"{field} is not there, so it means everybody"
    number = int(because.partition(f"{field}[")[2].partition("]")[0])
    peer = rule.peers[number]
    if peer.block:
        return f"{field}[{number}] has ipBlock {peer.block.range}"
    spaces = f"namespaceSelector {_selector_words(peer.spaces)}" if peer.spaces else "no namespaceSelector"
    pods = f"podSelector {_selector_words(peer.pods)}" if peer.pods else "no podSelector"
    return f"{field}[{number}] has {spaces} and {pods}"


# What keeps it out


def _nearest(asked: Asked, direction: Direction) -> str:
    """The rule that comes nearest, and each field of it that does not fit."""
    pod = asked.at(direction)[0]
    assert pod is not None  # one that no policy selects keeps nobody out
    policies = [one for one in _policies(asked, pod) if _rules(one, direction) is not None]
    selecting = [one for one in policies if one.selector.selects(pod.labels)]
    names = listed(map(_named, selecting))
    closed = f"For {_capital(direction)} the Pod {pod.name} is selected by {names}"
    found = [
        (fits, [*([] if one in selecting else [_selector_misfit(one, pod)]), *misfits], one)
        for one in policies
        for number, rule in enumerate(_rules(one, direction) or ())
        for fits, misfits in [_misfits(asked, direction, one, number, rule)]
    ]
    near = [one for one in found if one[0]]
    if not near:
        return f"{closed}, and nothing in spec.{direction} is about such a packet."
    _, misfits, policy = min(near, key=lambda one: len(one[1]))
    return f"{closed}, and no rule takes the packet. Nearest comes {_named(policy)}: {'; '.join(misfits)}."


def _selector_misfit(policy: Policy, pod: Pod) -> str:
    return f"spec.podSelector is {_selector_words(policy.selector)}, but the Pod {pod.name} has {_labels(pod)}"


def _misfits(asked: Asked, direction: Direction, policy: Policy, number: int, rule: Rule) -> tuple[bool, list[str]]:
    """Each field of a rule that does not take the packet, by its place; and whether peers or ports do take it."""
    field, key = f"spec.{direction}[{number}]", _key(direction)
    other = asked.at(direction)[1]
    peers = [
        list(_peer_misfits(f"{field}.{key}[{place}]", policy, peer, other)) for place, peer in enumerate(rule.peers)
    ]
    ports = [list(_port_misfits(asked, f"{field}.ports[{place}]", port)) for place, port in enumerate(rule.ports)]
    whom, at = min(peers, key=len, default=[]), min(ports, key=len, default=[])
    return not whom or bool(rule.ports and not at), [*whom, *at]


def _peer_misfits(field: str, policy: Policy, peer: Peer, other: Pod | None) -> Iterator[str]:
    if peer.block is not None:
        if other is None or not peer.block.has(other.address or ""):
            yield f"{field}.ipBlock is {peer.block.range}, but the other end is {other.address if other else 'no Pod'}"
        return
    if other is None:
        yield f"{field} takes Pods only"
        return
    is_there = f"but the namespace of the Pod {other.name} has {labels_words(_space(other))}"
    if peer.spaces is None and other.namespace != policy.namespace:
        yield f"{field}.namespaceSelector is not there, so it means the namespace {policy.namespace}, {is_there}"
    elif peer.spaces is not None and not peer.spaces.selects(_space(other)):
        yield f"{field}.namespaceSelector is {_selector_words(peer.spaces)}, {is_there}"
    if peer.pods is not None and not peer.pods.selects(other.labels):
        yield f"{field}.podSelector is {_selector_words(peer.pods)}, but the Pod {other.name} has {_labels(other)}"


def _port_misfits(asked: Asked, field: str, port: PortRule) -> Iterator[str]:
    called = {one.port for one in asked.called.ports if port.name and one.name == port.name}
    is_it = asked.port in called if port.name else (port.first or 0) <= asked.port <= (port.last or 65535)
    if not is_it:
        yield f"{field}.port is {port.name or port.first}, but the packet comes at port {asked.port}"
    if port.protocol != asked.protocol:
        yield f"{field}.protocol is {port.protocol}, but the packet comes by {asked.protocol}"
