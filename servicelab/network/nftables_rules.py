"""The nftables rules kube-proxy writes for a Service on one node, as `nft list table ip kube-proxy` shows them.

A teaching text like `rules.py`, compared with the tables of kind's nodes (kube-proxy 1.36 in nftables mode). The
table's own chains, sets and maps are the same for all Services; here stand the elements that a Service adds to the
sets and maps, and the chains and sets that are its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from servicelab.network.objects import Backend, Node, Service, ServicePort
from servicelab.network.port_rules import PortRules, name_hash
from servicelab.network.state import ClusterState

HASH_LETTERS = 8
MARK = "meta mark set meta mark | 0x00004000"
"""Tells the table's chain `masquerading` to rewrite the source when the packet leaves."""
SHARED = ("hairpin-connections", "cluster-ips", "no-endpoint-services", "no-endpoint-nodeports", "firewall-ips",
          "service-ips", "service-nodeports")  # fmt: skip
MAPS = SHARED[2:]
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class NftablesRules:
    """`elements`: what the Service adds to the shared sets and maps; `sets` and `chains`: the lines of its own."""

    elements: Mapping[str, tuple[str, ...]]
    sets: Mapping[str, tuple[str, ...]]
    chains: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        parts = [
            _part("map" if name in MAPS else "set", name, (f"elements = {{ {_elements(elements)} }}",))
            for name, elements in self.elements.items()
        ]
        parts += [_part("set", name, lines) for name, lines in self.sets.items()]
        parts += [_part("chain", name, lines) for name, lines in self.chains.items()]
        return "table ip kube-proxy {\n" + "\n".join(parts) + "}\n"


def nftables_rules(state: ClusterState, service: Service, node: Node) -> NftablesRules:
    """The rules for all ports of a Service; none for headless and ExternalName ones."""
    elements: dict[str, dict[str, None]] = {name: {} for name in SHARED}
    sets: dict[str, tuple[str, ...]] = {}
    chains: dict[str, tuple[str, ...]] = {}
    for port in service.ports if service.cluster_ips and False in service.families else ():
        written = _Port(state, service, port, node)
        for name, element in written.elements():
            elements[name][element] = None
        sets |= written.sets()
        chains |= {name: tuple(lines) for name, lines in written.chains()}
    return NftablesRules({name: tuple(some) for name, some in elements.items() if some}, sets, chains)


def _part(kind: str, name: str, lines: Sequence[str]) -> str:
    return "\n".join((f"\t{kind} {name} {{", *(f"\t\t{line}" for line in lines), "\t}", ""))


def _elements(elements: Sequence[str]) -> str:
    return ",\n\t\t\t     ".join(elements)


class _Port(PortRules):
    """One port of a Service on one node: its elements of the shared sets and maps, its own chains and sets."""

    def __init__(self, state: ClusterState, service: Service, port: ServicePort, node: Node) -> None:
        super().__init__(state, service, port, node)
        self.base = f"{service.key}/{self.protocol}/{port.name}"
        ending = _named(self.base)
        self.all, self.local = f"service-{ending}", f"local-{ending}"
        self.external, self.firewall = f"external-{ending}", f"firewall-{ending}"

    def elements(self) -> Iterator[tuple[str, str]]:
        """Elements, each with the set or map it stands in."""
        service, number = self.service, self.port.port
        for one in self.reachable():
            if one.node == self.node.name:
                yield "hairpin-connections", f"{one.address} . {one.address} . {self.protocol} . {one.port}"
        for address in self.cluster_ips:
            yield "cluster-ips", address
            at = f"{address} . {self.protocol} . {number}"
            if self.inner:
                yield "service-ips", f"{at} : goto {self.local if service.internal_traffic_local else self.all}"
            else:
                yield "no-endpoint-services", f"{at} {self._refused()}"
        for address in (*self.external_ips, *self.load_balancer_ips):
            at = f"{address} . {self.protocol} . {number}"
            yield from self._outside("service-ips", "no-endpoint-services", at)
        for address in self.load_balancer_ips if self.has_firewall else ():
            yield "firewall-ips", f"{address} . {self.protocol} . {number} : goto {self.firewall}"
        if self.port.node_port:
            at = f"{self.protocol} . {self.port.node_port}"
            yield from self._outside("service-nodeports", "no-endpoint-nodeports", at)

    def _outside(self, taken: str, refused: str, at: str) -> Iterator[tuple[str, str]]:
        if self.any:
            yield taken, f"{at} : goto {self.external}"
        if not self.outer:
            yield refused, f"{at} {self._refused()}"

    def _refused(self) -> str:
        return f'comment "{self.name}" : {"drop" if self.any else "goto reject-chain"}'

    def sets(self) -> dict[str, tuple[str, ...]]:
        """For `sessionAffinity: ClientIP`: by endpoint, the clients that were sent there."""
        seconds = self.service.affinity_seconds
        if seconds is None:
            return {}
        lines = ("type ipv4_addr", "size 65535", "flags dynamic,timeout", f"timeout {_duration(seconds)}")
        return {self._endpoint("affinity", one): lines for one in self.reachable()}

    def chains(self) -> Iterator[tuple[str, list[str]]]:
        """The Service's own chains."""
        if self.uses_all:
            yield self.all, list(self._choose(self.everywhere))
        if self.uses_local and self.local_backends:
            yield self.local, list(self._choose(self.local_backends))
        if self.any and self.accessible:
            yield self.external, list(self._external_chain())
        if self.has_firewall:
            ranges = collapse_addresses(IPv4Network(one, strict=False) for one in self.allowed_sources())
            listed = ", ".join(
                str(one.network_address if one.prefixlen == one.max_prefixlen else one) for one in ranges
            )
            yield self.firewall, [f"ip saddr != {{ {listed} }} drop"]
        for one in self.reachable() if self.service.affinity_seconds is not None else ():
            remember = f"update @{self._endpoint('affinity', one)} {{ ip saddr }}"
            to = f"meta l4proto {self.protocol} dnat to {one.address}:{one.port}"
            yield self._endpoint("endpoint", one), [remember, to]

    def _choose(self, backends: Sequence[Backend]) -> Iterator[str]:
        """One rule for all endpoints, since nftables looks a number up; remembered clients go first."""
        numbered = list(enumerate(backends))
        among = f"numgen random mod {len(numbered)}"
        if self.service.affinity_seconds is None:
            listed = ", ".join(f"{number} : {one.address} . {one.port}" for number, one in numbered)
            yield f"meta l4proto {self.protocol} dnat ip to {among} map {{ {listed} }}"
            return
        for _, one in numbered:
            yield f"ip saddr @{self._endpoint('affinity', one)} goto {self._endpoint('endpoint', one)}"
        listed = ", ".join(f"{number} : goto {self._endpoint('endpoint', one)}" for number, one in numbered)
        yield f"{among} vmap {{ {listed} }}"

    def _external_chain(self) -> Iterator[str]:
        if self.service.external_traffic_local:
            yield f'ip saddr {self.cidr} goto {self.all} comment "short-circuit pod traffic"'
            yield f'fib saddr type local {MARK} comment "masquerade local traffic"'
            yield f'fib saddr type local goto {self.all} comment "short-circuit local traffic"'
        else:
            yield f'{MARK} comment "masquerade"'
        if self.outer:
            yield f"goto {self.local if self.service.external_traffic_local else self.all}"

    def _endpoint(self, kind: str, one: Backend) -> str:
        return f"{kind}-{_named(f'{self.base}__{one.address}/{one.port}')}"


def _named(text: str) -> str:
    return f"{name_hash(text, HASH_LETTERS)}-{text}"


def _duration(seconds: int) -> str:
    """As nft writes it: 3h, 1m, 1h30m."""
    written = ""
    for unit, length in UNITS:
        count, seconds = divmod(seconds, length)
        written += f"{count}{unit}" if count else ""
    return written
