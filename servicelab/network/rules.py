"""The iptables rules kube-proxy writes for a Service on one node, as `iptables-save` shows them.

A teaching text, to put beside a real node's rules; `route` does not read them. Chains, their order, the comments and
the numbers are compared with `iptables-save` of kind's nodes (kube-proxy 1.36 in iptables mode).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from servicelab.network.objects import Backend, Node, Service, ServicePort
from servicelab.network.port_rules import PortRules, name_hash
from servicelab.network.state import ClusterState

HASH_LETTERS = 16
STEPS = 2**31
"""iptables keeps a probability as a whole number of these."""
REJECT = "REJECT --reject-with icmp-port-unreachable"


@dataclass(frozen=True, slots=True)
class Rules:
    """Lines as in `iptables-save -t nat` and `-t filter`: chains that are the Service's own, then rules."""

    chains: tuple[str, ...]
    nat: tuple[str, ...]
    filter: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(("*nat", *self.chains, *self.nat, "*filter", *self.filter)) + "\n"


def iptables_rules(state: ClusterState, service: Service, node: Node) -> Rules:
    """The rules for all ports of a Service; none for headless and ExternalName ones."""
    chains: list[str] = []
    nat: list[str] = []
    filter_: list[str] = []
    for port in service.ports if service.cluster_ips and False in service.families else ():
        written = _Port(state, service, port, node)
        nat += written.nat()
        filter_ += written.filter()
        chains += written.chains()
    return Rules(tuple(f":{chain} - [0:0]" for chain in sorted(chains)), tuple(nat), tuple(filter_))


def _comment(text: str) -> str:
    return f'-m comment --comment "{text}"'


class _Port(PortRules):
    """One port of a Service on one node: which chains it uses, and what stands in them."""

    def __init__(self, state: ClusterState, service: Service, port: ServicePort, node: Node) -> None:
        super().__init__(state, service, port, node)
        ending = name_hash(self.name + self.protocol, HASH_LETTERS)
        self.all, self.local = f"KUBE-SVC-{ending}", f"KUBE-SVL-{ending}"
        self.external, self.firewall = f"KUBE-EXT-{ending}", f"KUBE-FW-{ending}"
        self.inner_chain = self.local if service.internal_traffic_local else self.all
        self.outer_chain = self.local if service.external_traffic_local else self.all

    def chains(self) -> list[str]:
        """The names of the Service's own chains."""
        wanted = [
            (self.uses_all, self.all),
            (self.uses_local and bool(self.local_backends), self.local),
            (self.any and self.accessible, self.external),
            (self.has_firewall, self.firewall),
        ]
        return [name for is_used, name in wanted if is_used] + [self._endpoint(one) for one in self.reachable()]

    def nat(self) -> Iterator[str]:
        """The rules that choose an endpoint and rewrite addresses."""
        if self.inner:
            for address in self.cluster_ips:
                yield self._to_service(address, "cluster IP", self.inner_chain)
        if self.any:
            for address in self.external_ips:
                yield self._to_service(address, "external IP", self.external)
            chain = self.firewall if self.has_firewall else self.external
            for address in self.load_balancer_ips:
                yield self._to_service(address, "loadbalancer IP", chain)
            yield from self._node_port()
            yield from self._external_chain()
            yield from self._firewall_chain()
        if self.inner:
            for address in self.cluster_ips:
                match = f"-d {address}/32 -p {self.protocol} {_comment(self.name + ' cluster IP')}"
                ports = f"-m {self.protocol} --dport {self.port.port}"
                yield f"-A {self.inner_chain} ! -s {self.cidr} {match} {ports} -j KUBE-MARK-MASQ"
        if self.uses_all:
            yield from self._choose(self.all, self.everywhere)
        if self.uses_local:
            yield from self._choose(self.local, self.local_backends)
        for one in self.reachable():
            yield from self._endpoint_chain(one)

    def filter(self) -> Iterator[str]:
        """The rules that refuse and drop, and the one that lets health checks in."""
        if self.service.health_port and self.port.index == 0:
            said = _comment(f"{self.service.key}{self._port_suffix()} health check node port")
            yield f"-A KUBE-NODEPORTS -p tcp {said} -m tcp --dport {self.service.health_port} -j ACCEPT"
        if not self.inner:
            for address in self.cluster_ips:
                yield self._refuse("KUBE-SERVICES", f"-d {address}/32 ", "", self.port.port)
        if not self.outer:
            for address in (*self.external_ips, *self.load_balancer_ips):
                yield self._refuse("KUBE-EXTERNAL-SERVICES", f"-d {address}/32 ", "", self.port.port)
            if self.port.node_port:
                local = " -m addrtype --dst-type LOCAL"
                yield self._refuse("KUBE-EXTERNAL-SERVICES", "", local, self.port.node_port)
        if self.has_firewall:
            for address in self.load_balancer_ips:
                said = _comment(f"{self.name} traffic not accepted by {self.firewall}")
                match = f"-d {address}/32 -p {self.protocol} {said} -m {self.protocol} --dport {self.port.port}"
                yield f"-A KUBE-PROXY-FIREWALL {match} -j DROP"

    def _port_suffix(self) -> str:
        return f":{self.port.name}" if self.port.name else ""

    def _endpoint(self, backend: Backend) -> str:
        return f"KUBE-SEP-{name_hash(f'{self.name}{self.protocol}{backend.address}:{backend.port}', HASH_LETTERS)}"

    def _to_service(self, address: str, what: str, chain: str) -> str:
        match = f"-d {address}/32 -p {self.protocol} {_comment(f'{self.name} {what}')}"
        return f"-A KUBE-SERVICES {match} -m {self.protocol} --dport {self.port.port} -j {chain}"

    def _refuse(self, chain: str, destination: str, local: str, port: int) -> str:
        which, target = ("local endpoints", "DROP") if self.any else ("endpoints", REJECT)
        match = f"{destination}-p {self.protocol} {_comment(f'{self.name} has no {which}')}{local}"
        return f"-A {chain} {match} -m {self.protocol} --dport {port} -j {target}"

    def _node_port(self) -> Iterator[str]:
        if self.port.node_port:
            match = f"-p {self.protocol} {_comment(self.name)} -m {self.protocol} --dport {self.port.node_port}"
            counted = "-m nfacct --nfacct-name  localhost_nps_accepted_pkts"
            yield f"-A KUBE-NODEPORTS -d 127.0.0.0/8 {match} {counted} -j {self.external}"
            yield f"-A KUBE-NODEPORTS {match} -j {self.external}"

    def _external_chain(self) -> Iterator[str]:
        if not self.accessible:
            return
        to = f"{self.name} external destinations"
        if self.service.external_traffic_local:
            source = "-m addrtype --src-type LOCAL"
            yield f"-A {self.external} -s {self.cidr} {_comment('pod traffic for ' + to)} -j {self.all}"
            yield f"-A {self.external} {_comment('masquerade LOCAL traffic for ' + to)} {source} -j KUBE-MARK-MASQ"
            yield f"-A {self.external} {_comment('route LOCAL traffic for ' + to)} {source} -j {self.all}"
        else:
            yield f"-A {self.external} {_comment('masquerade traffic for ' + to)} -j KUBE-MARK-MASQ"
        if self.outer:
            yield f"-A {self.external} -j {self.outer_chain}"

    def _firewall_chain(self) -> Iterator[str]:
        if not self.has_firewall:
            return
        said = _comment(f"{self.name} loadbalancer IP")
        for one in self.allowed_sources():
            yield f"-A {self.firewall} -s {one} {said} -j {self.external}"
        yield f"-A {self.firewall} {_comment(f'other traffic to {self.name} will be dropped by KUBE-PROXY-FIREWALL')}"

    def _choose(self, chain: str, backends: Sequence[Backend]) -> Iterator[str]:
        """Each rule takes its share of what the ones before it left."""
        said = [(_comment(f"{self.name} -> {one.address}:{one.port}"), self._endpoint(one)) for one in backends]
        seconds = self.service.affinity_seconds
        if seconds is not None:
            for comment, endpoint in said:
                recent = f"-m recent --rcheck --seconds {seconds} --reap {_list(endpoint)}"
                yield f"-A {chain} {comment} {recent} -j {endpoint}"
        for index, (comment, endpoint) in enumerate(said):
            left = len(said) - index
            share = f" -m statistic --mode random --probability {round(STEPS / left) / STEPS:.11f}" if left > 1 else ""
            yield f"-A {chain} {comment}{share} -j {endpoint}"

    def _endpoint_chain(self, one: Backend) -> Iterator[str]:
        chain, comment = self._endpoint(one), _comment(self.name)
        remember = f" -m recent --set {_list(chain)}" if self.service.affinity_seconds is not None else ""
        yield f"-A {chain} -s {one.address}/32 {comment} -j KUBE-MARK-MASQ"
        to = f"-m {self.protocol} -j DNAT --to-destination {one.address}:{one.port}"
        yield f"-A {chain} -p {self.protocol} {comment}{remember} {to}"


def _list(name: str) -> str:
    return f"--name {name} --mask 255.255.255.255 --rsource"
