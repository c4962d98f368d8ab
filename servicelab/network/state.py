"""What of a cluster decides where a packet goes, read from plain Kubernetes JSON and indexed once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from servicelab.network.enforcement import NOT_KNOWN, Enforcement, policy_enforcement
from servicelab.network.families import is_six, of_family
from servicelab.network.faults import Faults
from servicelab.network.objects import Json, Node, Pod, PodPort, Service, ServicePort
from servicelab.network.policy_reading import Policy, read_policy
from servicelab.network.proxy_configuration import CLUSTER_CIDR, DEFAULT_MODE, proxy_configuration
from servicelab.network.reading import read_node, read_pod, read_service

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
ADDRESS_TYPES = ("IPv4", "IPv6")
"""Of EndpointSlices; kube-proxy passes over those with names (FQDN)."""


class SocketAddress(NamedTuple):
    """The key of the index of virtual addresses."""

    protocol: str
    address: str
    port: int


@dataclass(slots=True)
class ClusterState:
    """Everything `route` looks at, indexed. Made by `from_objects`; not changed afterwards."""

    nodes: dict[str, Node] = field(default_factory=dict)
    pods: dict[tuple[str, str], Pod] = field(default_factory=dict)
    services: dict[tuple[str, str], Service] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    namespace_labels: dict[str, Mapping[str, str]] = field(default_factory=dict)
    policies: dict[str, list[Policy]] = field(default_factory=dict)
    node_of_address: dict[str, Node] = field(default_factory=dict)
    pod_of_address: dict[str, Pod] = field(default_factory=dict)
    virtual: dict[SocketAddress, ServicePort] = field(default_factory=dict)
    node_ports: dict[tuple[str, int], ServicePort] = field(default_factory=dict)
    service_of_address: dict[str, Service] = field(default_factory=dict)
    external: dict[str, Service] = field(default_factory=dict)
    external_ports: dict[SocketAddress, list[ServicePort]] = field(default_factory=dict)
    announced: dict[str, str] = field(default_factory=dict)
    announcers: Mapping[str, str] | None = None
    host_pods: dict[str, list[Pod]] = field(default_factory=dict)
    host_ports: dict[tuple[str, str, int], list[tuple[Pod, PodPort]]] = field(default_factory=dict)
    health_ports: dict[int, Service] = field(default_factory=dict)
    services_of_pod_address: dict[str, list[tuple[Service, str]]] = field(default_factory=dict)
    outside_address: str | None = None
    outside_ipv6: str | None = None
    faults: Faults = field(default_factory=Faults)
    proxy_mode: str = DEFAULT_MODE
    cluster_cidr: str = CLUSTER_CIDR
    enforcement: Enforcement = NOT_KNOWN
    has_six: bool = False
    _ranges: set[str] = field(default_factory=set)
    _node_of_range: dict[str, Node | None] = field(default_factory=dict)

    @classmethod
    def from_objects(
        cls,
        objects: Iterable[Json],
        outside_address: str | None = None,
        faults: Faults | None = None,
        proxy_mode: str | None = None,
        announcers: Mapping[str, str] | None = None,
        outside_ipv6: str | None = None,
    ) -> "ClusterState":
        """Read the objects that decide where packets go; others are passed over.

        Read are Nodes, Namespaces, Pods, Services, EndpointSlices, NetworkPolicies, MetalLB's ServiceL2Statuses,
        which say which node answers for a load balancer's address, kube-proxy's ConfigMap, and DaemonSets, which
        say who enforces policies.

        `outside_address` and `outside_ipv6` are those of the client outside, where they are known. `faults` says what
        is broken below Kubernetes. `proxy_mode` is kube-proxy's where it is not that of its ConfigMap.
        `announcers` says of every Service (`namespace/name`) which node answers for its load-balancer address, where
        the cluster knows; without it the model finds out as MetalLB's speakers do.
        """
        by_kind: dict[str, list[Json]] = {}
        for one in objects:
            by_kind.setdefault(str(one.get("kind", "")), []).append(one)
        proxy = proxy_configuration(by_kind.get("ConfigMap", ()))
        state = cls(
            outside_address=outside_address,
            outside_ipv6=outside_ipv6,
            faults=faults or Faults(),
            proxy_mode=proxy_mode or proxy.mode,
            cluster_cidr=proxy.cluster_cidr,
            announcers=announcers,
            enforcement=policy_enforcement(by_kind.get("DaemonSet", ())),
        )
        for one in by_kind.get("Namespace", ()):
            state.namespaces.add(one["metadata"]["name"])
            state.namespace_labels[one["metadata"]["name"]] = one["metadata"].get("labels") or {}
        for policy in map(read_policy, by_kind.get("NetworkPolicy", ())):
            state.policies.setdefault(policy.namespace, []).append(policy)
        for one in by_kind.get("ServiceL2Status", ()):
            told = one.get("status") or {}
            if told.get("node"):
                state.announced[f"{told['serviceNamespace']}/{told['serviceName']}"] = told["node"]
        for one in by_kind.get("Node", ()):
            state._add_node(read_node(one))
        for one in by_kind.get("Pod", ()):
            state._add_pod(read_pod(one))
        slices: dict[tuple[str, str], list[Json]] = {}
        for one in by_kind.get("EndpointSlice", ()):
            labels = one["metadata"].get("labels") or {}
            if SERVICE_NAME_LABEL in labels and one.get("addressType", "IPv4") in ADDRESS_TYPES:
                key = (one["metadata"].get("namespace", "default"), labels[SERVICE_NAME_LABEL])
                slices.setdefault(key, []).append(one)
        for one in by_kind.get("Service", ()):
            metadata = one["metadata"]
            key = (metadata.get("namespace", "default"), metadata["name"])
            state._add_service(read_service(one, slices.get(key, ())))
        return state

    def _add_node(self, node: Node) -> None:
        self.nodes[node.name] = node
        for address in node.addresses:
            self.node_of_address[address] = node
        for address in node.gateways:
            self.node_of_address[address] = node
        self.has_six |= any(map(is_six, node.addresses))

    def _add_pod(self, pod: Pod) -> None:
        self.namespaces.add(pod.namespace)
        self.pods[pod.namespace, pod.name] = pod
        for one in pod.ports if pod.alive else ():
            if one.host_port:
                self.host_ports.setdefault((pod.node or "", one.protocol, one.host_port), []).append((pod, one))
        if pod.alive and pod.host_network:
            self.host_pods.setdefault(pod.node or "", []).append(pod)
        if pod.alive and not pod.host_network:
            for address in pod.addresses:
                self.pod_of_address[address] = pod

    def _add_service(self, service: Service) -> None:
        self.namespaces.add(service.namespace)
        self.services[service.namespace, service.name] = service
        for address in service.cluster_ips:
            self.service_of_address[address] = service
        for address in (*service.external_ips, *service.load_balancer_ips, *service.proxied_ips):
            self.external[address] = service
        self.has_six |= True in service.families
        for one in service.ports:
            for address in service.cluster_ips:
                self.virtual[SocketAddress(one.protocol, address, one.port)] = one
            for address in (*service.load_balancer_ips, *service.external_ips):
                if is_six(address) in service.families:
                    self.external_ports.setdefault(SocketAddress(one.protocol, address, one.port), []).append(one)
            if one.node_port:
                self.node_ports[one.protocol, one.node_port] = one
        if service.health_port:
            self.health_ports[service.health_port] = service
        for known in service.addresses:
            self.services_of_pod_address.setdefault(known.address, []).append((service, known.hostname))

    def pod(self, namespace: str, name: str) -> Pod | None:
        """The Pod of that name, or None."""
        return self.pods.get((namespace, name))

    def is_of_cluster(self, address: str) -> bool:
        """Whether an address lies in the Pods' or the Services' range, whoever has it now.

        The ranges are taken to be those kind gives them around the nodes' and the Services' addresses: two numbers of
        IPv4 (/16), three of IPv6 (/48).
        """
        if not self._ranges:
            known = [one.split("/")[0] for node in self.nodes.values() for one in node.pod_cidrs]
            known += self.service_of_address
            self._ranges.update(".".join(one.split(".")[:2]) + "." for one in of_family(known, False))
            self._ranges.update(":".join(one.split(":")[:3]) + ":" for one in of_family(known, True))
        return address.startswith(tuple(self._ranges))

    def node_of_pod_range(self, address: str) -> Node | None:
        """The node whose Pod addresses `address` lies among, or None."""
        if address not in self._node_of_range:
            wanted = ip_address(address)
            ranges = ((ip_network(cidr), node) for node in self.nodes.values() for cidr in node.pod_cidrs)
            self._node_of_range[address] = next((node for network, node in ranges if wanted in network), None)
        return self._node_of_range[address]
