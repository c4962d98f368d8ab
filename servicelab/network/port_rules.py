"""What kube-proxy's rules for one port of a Service on one node are about, in whichever form they are written."""

from base64 import b32encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from servicelab.network.families import of_family
from servicelab.network.objects import Backend, Node, Service, ServicePort
from servicelab.network.policy_reading import is_in
from servicelab.network.proxy import By, Match, Origin, select
from servicelab.network.state import ClusterState


class PortRules:
    """Which endpoints the rules choose from, for whom, and which of the optional parts are there."""

    def __init__(self, state: ClusterState, service: Service, port: ServicePort, node: Node) -> None:
        self.service, self.port, self.node, self.cidr = service, port, node, state.cluster_cidr
        self.name = f"{service.key}:{port.name}" if port.name else service.key
        self.protocol = port.protocol.lower()
        # Those of IPv4: each family has rules of its own.
        self.cluster_ips = of_family(service.cluster_ips, False)
        self.external_ips = of_family(service.external_ips, False)
        self.load_balancer_ips = of_family(service.load_balancer_ips, False)
        self.source_ranges = of_family(service.source_ranges, False)
        self.accessible = bool(port.node_port or self.external_ips or self.load_balancer_ips)
        # Whom a Pod on this node reaches by each sort of address, and whom a client outside does.
        self.inner = _sorted(select(Match(port, By.VIRTUAL_IP), node, Origin.POD).backends)
        self.outer = _sorted(select(Match(port, By.NODE_PORT), node, Origin.ELSEWHERE).backends)
        self.everywhere = _sorted(select(Match(port, By.NODE_PORT), node, Origin.POD).backends)
        self.any = bool(self.everywhere)
        self.uses_all = self.any and (self.accessible or not service.internal_traffic_local)
        local_outside = self.accessible and service.external_traffic_local
        self.uses_local = self.any and (service.internal_traffic_local or local_outside)
        self.has_firewall = self.any and bool(self.source_ranges and self.load_balancer_ips)

    @property
    def local_backends(self) -> Sequence[Backend]:
        """Those on this node, whichever of the two traffic policies asks for them."""
        return self.inner if self.service.internal_traffic_local else self.outer

    def reachable(self) -> Sequence[Backend]:
        """All endpoints that some rule leads to."""
        outer = self.outer if self.accessible else ()
        everywhere = self.everywhere if self.uses_all else ()
        found = {f"{one.address}:{one.port}": one for one in (*self.inner, *outer, *everywhere)}
        return _sorted(found.values()) if self.any else ()

    def allowed_sources(self) -> Sequence[str]:
        """`loadBalancerSourceRanges`, and the address itself where the node is allowed (a node may send with it)."""
        ranges, own = list(self.source_ranges), self.node.address_of(False)
        if own and any(is_in(own, one) for one in ranges):
            ranges += [f"{one}/32" for one in self.load_balancer_ips]
        return ranges


def name_hash(text: str, letters: int) -> str:
    """What kube-proxy puts into the names of its chains: the beginning of a SHA-256 in base 32."""
    return b32encode(sha256(text.encode()).digest()).decode()[:letters]


def _sorted(backends: Iterable[Backend]) -> Sequence[Backend]:
    return sorted(backends, key=lambda one: f"{one.address}:{one.port}")
