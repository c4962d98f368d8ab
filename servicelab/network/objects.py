"""The objects of a cluster as the network model sees them: only what decides where a packet goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicelab.network.families import first_of
from servicelab.network.listeners import Program

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """A node. `gateways` are its own addresses on the Pods' network (the first of each of `pod_cidrs`).

    `zone` is its label `topology.kubernetes.io/zone`; `takes_load_balancers` is False with the label
    `node.kubernetes.io/exclude-from-external-load-balancers`, which kubeadm gives to control planes.
    """

    name: str
    addresses: tuple[str, ...]
    pod_cidrs: tuple[str, ...]
    gateways: tuple[str, ...]
    ready: bool
    control_plane: bool
    zone: str = ""
    takes_load_balancers: bool = True

    @property
    def address(self) -> str | None:
        """The node's InternalIP, of its first family."""
        return self.addresses[0] if self.addresses else None

    @property
    def pod_cidr(self) -> str | None:
        """The range of its Pods, of the first family."""
        return self.pod_cidrs[0] if self.pod_cidrs else None

    @property
    def gateway(self) -> str | None:
        """Its own address on the Pods' network, of the first family."""
        return self.gateways[0] if self.gateways else None

    def address_of(self, six: bool) -> str | None:
        """Its InternalIP of a family; kube-proxy in nftables mode takes node ports there only."""
        return first_of(self.addresses, six)

    def gateway_of(self, six: bool) -> str | None:
        """Its address on the Pods' network of a family."""
        return first_of(self.gateways, six)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a Pod and what runs in it; `running` is False while it waits or has ended."""

    name: str
    program: Program
    running: bool
    index: int


@dataclass(frozen=True, slots=True)
class PodPort:
    """One of `containers[].ports`; `host_port` is None without one, `host_ip` empty for every address of the node."""

    name: str
    protocol: str
    port: int
    host_port: int | None
    host_ip: str
    because: str


@dataclass(frozen=True, slots=True)
class Pod:
    """A Pod. `alive` says that its network namespace exists: it has an address and has not ended.

    `key` is `namespace/name`, made once because every hop names it.
    """

    key: str
    namespace: str
    name: str
    node: str | None
    addresses: tuple[str, ...]
    host_network: bool
    dns_policy: str
    labels: Mapping[str, str]
    containers: tuple[Container, ...]
    alive: bool
    hostname: str
    subdomain: str
    ports: tuple[PodPort, ...]
    ready: bool = True

    @property
    def address(self) -> str | None:
        """The Pod's first address."""
        return self.addresses[0] if self.addresses else None

    def address_of(self, six: bool) -> str | None:
        """The Pod's address of a family."""
        return first_of(self.addresses, six)


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint of an EndpointSlice with one of the slice's ports.

    `pod` is the Pod's `namespace/name` where the slice says which; `because` is the place in the slice; `hints`
    the nodes and zones it is meant for (`hints.forNodes`, `hints.forZones`).
    """

    address: str
    port: int
    node: str | None
    pod: str | None
    ready: bool
    serving: bool
    terminating: bool
    because: str
    hints: tuple[frozenset[str], frozenset[str]] | None


@dataclass(frozen=True, slots=True)
class HeadlessAddress:
    """One ready address of a headless Service as DNS gives it, with the name it has there."""

    address: str
    hostname: str
    ports: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One of `spec.ports`, with the endpoints behind it, of both families."""

    service: "Service"
    index: int
    name: str
    protocol: str
    port: int
    target_port: str
    node_port: int | None
    backends: tuple[Backend, ...]

    @property
    def field(self) -> str:
        """As a hop's `because` names it: `Service shop/web spec.ports[0]`."""
        return f"Service {self.service.key} spec.ports[{self.index}]"

    def of_family(self, six: bool) -> tuple[Backend, ...]:
        """The endpoints that packets of one family may be sent to."""
        return tuple([one for one in self.backends if (":" in one.address) == six])


@dataclass(slots=True, eq=False)
class Service:
    """A Service. `cluster_ips` is empty for headless and ExternalName ones; `key` is `namespace/name`.

    `load_balancer_ips` are those kube-proxy takes itself (`ipMode: VIP`), `proxied_ips` those it leaves to the
    load balancer (`ipMode: Proxy`). `families` has False for IPv4 and True for IPv6 (`spec.ipFamilies`).
    """

    key: str
    namespace: str
    name: str
    type: str
    cluster_ips: tuple[str, ...]
    families: frozenset[bool]
    headless: bool
    external_name: str
    external_traffic_local: bool
    internal_traffic_local: bool
    affinity_seconds: int | None
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    proxied_ips: tuple[str, ...]
    load_balancer_class: str
    source_ranges: tuple[str, ...]
    health_port: int | None
    uid: str
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...] = ()
    addresses: tuple[HeadlessAddress, ...] = ()
