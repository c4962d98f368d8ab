"""kube-proxy: which endpoints a virtual address may lead to, and what becomes of the source.

The order and conditions are those of the rules kube-proxy writes in iptables mode (KUBE-SVC, KUBE-SVL, KUBE-EXT,
KUBE-SEP) and in nftables mode (service-, local-, external-); where the two differ stands `proxy_mode`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from servicelab.network.families import LOOPBACK, is_loopback, is_six
from servicelab.network.objects import Backend, Node, ServicePort
from servicelab.network.proxy_configuration import MODELLED
from servicelab.network.state import ClusterState, SocketAddress
from servicelab.network.unmodelled import Unmodelled


class Origin(Enum):
    """Where a packet comes from, seen from the node that handles it."""

    POD = auto()
    """A Pod of this node, with its own address."""
    NODE = auto()
    """This node itself (also a Pod on the node's network)."""
    ELSEWHERE = auto()
    """Another machine: another node, or a client outside."""


class By(Enum):
    """Which of a Service's addresses a packet asks for."""

    VIRTUAL_IP = auto()
    LOAD_BALANCER = auto()
    EXTERNAL_IP = auto()
    NODE_PORT = auto()


@dataclass(frozen=True, slots=True)
class Match:
    """The rule a packet meets: the Service's port, by which kind of address, and of which family."""

    port: ServicePort
    by: By
    six: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The endpoints a packet may be sent to. With none, `dropped` tells silence from refusal.

    `masquerade`: the source is rewritten whichever endpoint is chosen; `why_masquerade` and `scope` are
    parts of a sentence; `scope_because` names the field that narrowed the endpoints.
    """

    backends: tuple[Backend, ...]
    dropped: bool
    masquerade: bool
    why_masquerade: str
    scope: str
    scope_because: str


@dataclass(frozen=True, slots=True)
class AffinityKey:
    """Whose choice is remembered: kube-proxy's rules of one node, for one Service port and one client address."""

    node: str
    service: str
    port: str
    client: str


class Affinity(Protocol):
    """What is remembered for `sessionAffinity: ClientIP`."""

    def recall(self, key: AffinityKey, seconds: int) -> str | None:
        """The endpoint address chosen for this client at most `seconds` ago, or None."""

    def keep(self, key: AffinityKey, address: str) -> None:
        """Remember (or refresh) a choice."""


CAME_BY = {
    By.NODE_PORT: "a node port",
    By.LOAD_BALANCER: "a load balancer's address",
    By.EXTERNAL_IP: "an external IP",
}


def match(state: ClusterState, node: Node, protocol: str, address: str, port: int) -> Match | None:
    """The rule on `node` for a packet to this address, or None when kube-proxy has none.

    Raises Unmodelled where a mode of kube-proxy would decide that the model does not know.
    """
    found = _match(state, node, protocol, address, port)
    if found is not None and state.proxy_mode not in MODELLED:
        raise not_modelled(state)
    return found


def not_modelled(state: ClusterState) -> Unmodelled:
    """What there is to say about another mode, IPVS for one."""
    return Unmodelled(
        f"kube-proxy runs in {state.proxy_mode} mode here (ConfigMap kube-system/kube-proxy), and the model knows its "
        "iptables and nftables modes only; ask the cluster itself what becomes of this request"
    )


def _match(state: ClusterState, node: Node, protocol: str, address: str, port: int) -> Match | None:
    six = is_six(address)
    found = state.virtual.get(SocketAddress(protocol, address, port))
    if found is not None:
        return Match(found, By.VIRTUAL_IP, six)
    if address in state.external:
        claims = state.external_ports.get(SocketAddress(protocol, address, port))
        if claims:
            found = claims[0] if len(claims) == 1 else _the_one_with_endpoints(claims, six)
            by = By.EXTERNAL_IP if address in found.service.external_ips else By.LOAD_BALANCER
            return Match(found, by, six)
    # Nowhere do node ports answer on the loopback address of IPv6.
    taken = address != LOOPBACK[True] and serves_at(state, node, address)
    by_port = state.node_ports.get((protocol, port)) if taken else None
    if by_port is not None and six in by_port.service.families:
        return Match(by_port, By.NODE_PORT, six)
    return None


def _the_one_with_endpoints(claims: Sequence[ServicePort], six: bool) -> ServicePort:
    """Of several Services that claim one external address and port: the others have no rule that rewrites anything.

    Observed on kind; what a Service without endpoints refuses is asked for with its own address, after the rewriting.
    """
    serving = [one for one in claims if _usable(one.of_family(six))]
    if len(serving) > 1:
        keys = " and ".join(sorted(one.service.key for one in serving))
        raise Unmodelled(
            f"the Services {keys} claim the same external address and port, and which of them kube-proxy serves is "
            "chance; give them different ones"
        )
    return (serving or claims)[0]


def serves_at(state: ClusterState, node: Node, address: str) -> bool:
    """Whether node ports and health checks answer at an address that `node` sees.

    In iptables mode at all of the node's own, in nftables mode at its first only (kube-proxy's `nodePortAddresses`).
    """
    return address == node.address_of(is_six(address)) if state.proxy_mode == "nftables" else is_local(node, address)


def is_local(node: Node, address: str) -> bool:
    """Whether an address is one of the node's own (kube-proxy's `--dst-type LOCAL`)."""
    return address in node.addresses or address in node.gateways or is_loopback(address)


def select(match: Match, node: Node, origin: Origin) -> Selection:
    """The endpoints the rules on `node` may choose from."""
    service = match.port.service
    backends = match.port.of_family(match.six)
    ready = tuple(one for one in backends if one.ready)
    everywhere = ready or _usable(backends)
    if not everywhere:
        return Selection((), False, False, "", "", "")
    if match.by is not By.VIRTUAL_IP:
        masquerade = not service.external_traffic_local or origin is Origin.NODE
        by = CAME_BY[match.by]
        why = f"kube-proxy rewrites the source of what comes in by {by}, so that the answer comes back this way"
        local = service.external_traffic_local and origin is Origin.ELSEWHERE
        field = "spec.externalTrafficPolicy"
    else:
        masquerade = origin is not Origin.POD
        why = "kube-proxy rewrites the source of what does not come from a Pod's address"
        local = service.internal_traffic_local
        field = "spec.internalTrafficPolicy"
    if not local:
        near, meant_for = _hinted(ready, node) if ready else (everywhere, "")
        because = f"Service {service.key} spec.trafficDistribution" if meant_for else ""
        return Selection(near, False, masquerade, why, meant_for and f" meant for {meant_for}", because)
    here = _usable(tuple(one for one in backends if one.node == node.name))
    return Selection(here, True, masquerade, why, f" on {node.name}", f"Service {service.key} {field}: Local")


def _hinted(backends: tuple[Backend, ...], node: Node) -> tuple[tuple[Backend, ...], str]:
    """Those meant for this node, else those meant for its zone, else all; and whom they are meant for.

    Hints count only when every ready endpoint has one of the sort and one of them is for this node (or its zone);
    they come from `spec.trafficDistribution`. A node without a zone takes all.
    """
    for sort, (mine, name) in enumerate(((node.name, node.name), (node.zone, f"zone {node.zone}"))):
        if mine and all(one.hints and one.hints[sort] for one in backends):
            near = tuple(one for one in backends if one.hints and mine in one.hints[sort])
            if near:
                return near, name
    return backends, ""


def _usable(backends: tuple[Backend, ...]) -> tuple[Backend, ...]:
    """The ready ones; when there are none, those that still serve while they terminate."""
    ready = tuple(one for one in backends if one.ready)
    return ready or tuple(one for one in backends if one.serving and one.terminating)
