"""What of a cluster decides where a packet goes, read from plain Kubernetes JSON and indexed once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from servicelab.network.listeners import Program, program_of

Json = Mapping[str, Any]
SERVICE_NAME_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Node:
    """A node. `gateway` is its own address on the Pods' network (the first of `pod_cidr`)."""

    name: str
    addresses: tuple[str, ...]
    pod_cidr: str | None
    gateway: str | None
    ready: bool
    control_plane: bool

    @property
    def address(self) -> str | None:
        """The node's InternalIP."""
        return self.addresses[0] if self.addresses else None


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a Pod and what runs in it; `running` is False while it waits or has ended."""

    name: str
    program: Program
    running: bool
    index: int


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

    @property
    def address(self) -> str | None:
        """The Pod's first address."""
        return self.addresses[0] if self.addresses else None


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint of an EndpointSlice with one of the slice's ports.

    `pod` is the Pod's `namespace/name` where the slice says which; `because` is the place in the slice.
    """

    address: str
    port: int
    node: str | None
    pod: str | None
    ready: bool
    serving: bool
    terminating: bool
    because: str


@dataclass(frozen=True, slots=True)
class HeadlessAddress:
    """One ready address of a headless Service as DNS gives it, with the name it has there."""

    address: str
    hostname: str
    ports: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One of `spec.ports`, with the endpoints behind it."""

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


@dataclass(slots=True, eq=False)
class Service:
    """A Service. `cluster_ips` is empty for headless and ExternalName ones; `key` is `namespace/name`."""

    key: str
    namespace: str
    name: str
    type: str
    cluster_ips: tuple[str, ...]
    headless: bool
    external_name: str
    external_traffic_local: bool
    internal_traffic_local: bool
    affinity_seconds: int | None
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    uid: str
    ports: tuple[ServicePort, ...] = ()
    addresses: tuple[HeadlessAddress, ...] = ()


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
    policies: tuple[Json, ...] = ()
    node_of_address: dict[str, Node] = field(default_factory=dict)
    pod_of_address: dict[str, Pod] = field(default_factory=dict)
    virtual: dict[SocketAddress, ServicePort] = field(default_factory=dict)
    node_ports: dict[tuple[str, int], ServicePort] = field(default_factory=dict)
    service_of_address: dict[str, Service] = field(default_factory=dict)
    external: dict[str, Service] = field(default_factory=dict)
    services_of_pod_address: dict[str, list[tuple[Service, str]]] = field(default_factory=dict)
    outside_address: str | None = None
    _ranges: set[str] = field(default_factory=set)

    @classmethod
    def from_objects(cls, objects: Iterable[Json], outside_address: str | None = None) -> "ClusterState":
        """Read Nodes, Namespaces, Pods, Services, EndpointSlices and NetworkPolicies; others are passed over.

        `outside_address` is the address of the client outside, where it is known.
        """
        by_kind: dict[str, list[Json]] = {}
        for one in objects:
            by_kind.setdefault(str(one.get("kind", "")), []).append(one)
        state = cls(policies=tuple(by_kind.get("NetworkPolicy", ())), outside_address=outside_address)
        for one in by_kind.get("Namespace", ()):
            state.namespaces.add(one["metadata"]["name"])
        for one in by_kind.get("Node", ()):
            state._add_node(read_node(one))
        for one in by_kind.get("Pod", ()):
            state._add_pod(read_pod(one))
        slices: dict[tuple[str, str], list[Json]] = {}
        for one in by_kind.get("EndpointSlice", ()):
            labels = one["metadata"].get("labels") or {}
            if SERVICE_NAME_LABEL in labels and one.get("addressType", "IPv4") != "FQDN":
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
        if node.gateway:
            self.node_of_address[node.gateway] = node

    def _add_pod(self, pod: Pod) -> None:
        self.namespaces.add(pod.namespace)
        self.pods[pod.namespace, pod.name] = pod
        if pod.alive and not pod.host_network:
            for address in pod.addresses:
                self.pod_of_address[address] = pod

    def _add_service(self, service: Service) -> None:
        self.namespaces.add(service.namespace)
        self.services[service.namespace, service.name] = service
        for address in service.cluster_ips:
            self.service_of_address[address] = service
        for address in (*service.external_ips, *service.load_balancer_ips):
            self.external[address] = service
        for one in service.ports:
            for address in service.cluster_ips:
                self.virtual[SocketAddress(one.protocol, address, one.port)] = one
            if one.node_port:
                self.node_ports[one.protocol, one.node_port] = one
        for known in service.addresses:
            self.services_of_pod_address.setdefault(known.address, []).append((service, known.hostname))

    def pod(self, namespace: str, name: str) -> Pod | None:
        """The Pod of that name, or None."""
        return self.pods.get((namespace, name))

    def is_of_cluster(self, address: str) -> bool:
        """Whether an address lies in the Pods' or the Services' range, whoever has it now.

        Both ranges are taken to be the /16 that kind gives them, around the nodes' and the Services' addresses.
        """
        if not self._ranges:
            known = [node.pod_cidr.split("/")[0] for node in self.nodes.values() if node.pod_cidr]
            known += self.service_of_address
            self._ranges.update(one.split(".", 2)[0] + "." + one.split(".", 2)[1] + "." for one in known if "." in one)
        return address.startswith(tuple(self._ranges))

    def node_of_pod_range(self, address: str) -> Node | None:
        """The node whose Pod addresses `address` lies among, or None."""
        wanted = ip_address(address)
        for node in self.nodes.values():
            if node.pod_cidr and wanted in ip_network(node.pod_cidr):
                return node
        return None


def _condition(conditions: Iterable[Json], type_: str) -> str | None:
    for one in conditions:
        if one.get("type") == type_:
            return str(one.get("status"))
    return None


def read_node(json: Json) -> Node:
    """A Node object."""
    spec, status = json.get("spec") or {}, json.get("status") or {}
    addresses = tuple(a["address"] for a in status.get("addresses") or () if a["type"] == "InternalIP")
    cidr = spec.get("podCIDR")
    gateway = str(ip_network(cidr)[1]) if cidr else None
    ready = _condition(status.get("conditions") or (), "Ready") in (None, "True")
    control_plane = "node-role.kubernetes.io/control-plane" in (json["metadata"].get("labels") or {})
    return Node(json["metadata"]["name"], addresses, cidr, gateway, ready, control_plane)


def read_pod(json: Json) -> Pod:
    """A Pod object; a container without a status runs when the Pod's phase is Running."""
    metadata, spec, status = json["metadata"], json.get("spec") or {}, json.get("status") or {}
    phase = status.get("phase", "Pending")
    addresses = tuple(one["ip"] for one in status.get("podIPs") or ()) or (
        (status["podIP"],) if status.get("podIP") else ()
    )
    states = {one["name"]: one.get("state") or {} for one in status.get("containerStatuses") or ()}
    containers = tuple(
        Container(
            one["name"],
            program_of(one),
            "running" in states[one["name"]] if one["name"] in states else phase == "Running",
            index,
        )
        for index, one in enumerate(spec.get("containers") or ())
    )
    namespace = metadata.get("namespace", "default")
    return Pod(
        f"{namespace}/{metadata['name']}",
        namespace,
        metadata["name"],
        spec.get("nodeName"),
        addresses,
        bool(spec.get("hostNetwork")),
        spec.get("dnsPolicy", "ClusterFirst"),
        metadata.get("labels") or {},
        containers,
        bool(addresses) and phase in ("Pending", "Running"),
        spec.get("hostname") or metadata["name"],
        spec.get("subdomain", ""),
    )


def read_service(json: Json, slices: Iterable[Json]) -> Service:
    """A Service object with its EndpointSlices."""
    metadata, spec, status = json["metadata"], json.get("spec") or {}, json.get("status") or {}
    first = spec.get("clusterIP", "")
    ips = tuple(spec.get("clusterIPs") or ([first] if first else []))
    type_ = spec.get("type", "ClusterIP")
    headless = type_ != "ExternalName" and "None" in (first, *ips)
    affinity = spec.get("sessionAffinity") == "ClientIP"
    timeout = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds", 10800)
    ingress = (status.get("loadBalancer") or {}).get("ingress") or ()
    namespace = metadata.get("namespace", "default")
    service = Service(
        key=f"{namespace}/{metadata['name']}",
        namespace=namespace,
        name=metadata["name"],
        type=type_,
        cluster_ips=() if headless or type_ == "ExternalName" else tuple(ip for ip in ips if ip),
        headless=headless,
        external_name=spec.get("externalName", "") if type_ == "ExternalName" else "",
        external_traffic_local=spec.get("externalTrafficPolicy") == "Local",
        internal_traffic_local=spec.get("internalTrafficPolicy") == "Local",
        affinity_seconds=timeout if affinity else None,
        external_ips=tuple(spec.get("externalIPs") or ()),
        load_balancer_ips=tuple(one["ip"] for one in ingress if one.get("ip")) if type_ == "LoadBalancer" else (),
        source_ranges=tuple(spec.get("loadBalancerSourceRanges") or ()),
        uid=metadata.get("uid", ""),
    )
    slices = sorted(slices, key=lambda one: str(one["metadata"]["name"]))
    if type_ != "ExternalName":
        service.ports = tuple(
            _service_port(service, index, one, slices) for index, one in enumerate(spec.get("ports") or ())
        )
        service.addresses = _named_addresses(slices)
    return service


def _service_port(service: Service, index: int, json: Json, slices: Iterable[Json]) -> ServicePort:
    protocol, port = json.get("protocol", "TCP"), int(json["port"])
    backends = {
        (one.address, one.port): one for slice_ in slices for one in _backends(slice_, json.get("name") or "", protocol)
    }
    return ServicePort(
        service,
        index,
        json.get("name") or "",
        protocol,
        port,
        str(json.get("targetPort", port)),
        json.get("nodePort") or None,
        tuple(backends.values()),
    )


def _backends(slice_: Json, port_name: str, protocol: str) -> Iterable[Backend]:
    metadata = slice_["metadata"]
    ports = [
        one["port"]
        for one in slice_.get("ports") or ()
        if (one.get("name") or "") == port_name and one.get("protocol", "TCP") == protocol and one.get("port")
    ]
    for number in ports:
        for index, one in enumerate(slice_.get("endpoints") or ()):
            conditions = one.get("conditions") or {}
            reference = one.get("targetRef") or {}
            is_pod = reference.get("kind") == "Pod"
            # Absent conditions mean: ready and serving, not terminating (the API's own words).
            ready = conditions.get("ready") is not False
            yield Backend(
                str(one["addresses"][0]),
                int(number),
                one.get("nodeName"),
                f"{reference.get('namespace', '')}/{reference['name']}" if is_pod else None,
                ready,
                conditions["serving"] is True if "serving" in conditions else ready,
                conditions.get("terminating") is True,
                f"EndpointSlice {metadata.get('namespace', 'default')}/{metadata['name']} endpoints[{index}]",
            )


def _named_addresses(slices: Iterable[Json]) -> tuple[HeadlessAddress, ...]:
    """The ready addresses, each once; DNS gives none that are not ready."""
    found: dict[str, HeadlessAddress] = {}
    for slice_ in slices:
        ports = tuple(
            (one.get("name") or "", one.get("protocol", "TCP"), int(one["port"]))
            for one in slice_.get("ports") or ()
            if one.get("port")
        )
        for one in slice_.get("endpoints") or ():
            if (one.get("conditions") or {}).get("ready") is False:
                continue
            for address in one["addresses"]:
                hostname = one.get("hostname") or address.replace(".", "-").replace(":", "-")
                known = found.get(address)
                found[address] = HeadlessAddress(address, hostname, (known.ports if known else ()) + ports)
    return tuple(found.values())
