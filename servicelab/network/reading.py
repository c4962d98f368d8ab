"""Plain Kubernetes JSON read into the network model's objects."""

from collections.abc import Iterable
from ipaddress import ip_network

from servicelab.network.families import NAMES, is_six
from servicelab.network.listeners import program_of
from servicelab.network.objects import (
    Backend,
    Container,
    HeadlessAddress,
    Json,
    Node,
    Pod,
    PodPort,
    Service,
    ServicePort,
)


def _condition(conditions: Iterable[Json], type_: str) -> str | None:
    for one in conditions:
        if one.get("type") == type_:
            return str(one.get("status"))
    return None


def read_node(json: Json) -> Node:
    """A Node object."""
    spec, status = json.get("spec") or {}, json.get("status") or {}
    addresses = tuple(a["address"] for a in status.get("addresses") or () if a["type"] == "InternalIP")
    cidrs = tuple(spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else ()))
    ready = _condition(status.get("conditions") or (), "Ready") in (None, "True")
    labels = json["metadata"].get("labels") or {}
    return Node(
        json["metadata"]["name"],
        addresses,
        cidrs,
        tuple(str(ip_network(one)[1]) for one in cidrs),
        ready,
        control_plane="node-role.kubernetes.io/control-plane" in labels,
        zone=labels.get("topology.kubernetes.io/zone", ""),
        takes_load_balancers="node.kubernetes.io/exclude-from-external-load-balancers" not in labels,
    )


def read_pod(json: Json) -> Pod:
    """A Pod object; a container without a status runs when the Pod's phase is Running."""
    metadata, spec, status = json["metadata"], json.get("spec") or {}, json.get("status") or {}
    phase = status.get("phase", "Pending")
    addresses = tuple(one["ip"] for one in status.get("podIPs") or ()) or (
        (status["podIP"],) if status.get("podIP") else ()
    )
    statuses = (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ()))
    states = {one["name"]: one.get("state") or {} for one in statuses}
    # Init containers that restart always run beside the others.
    sidecars = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    containers = tuple(
        Container(
            one["name"],
            program_of(one),
            "running" in states[one["name"]] if one["name"] in states else phase == "Running",
            index,
        )
        for index, one in enumerate([*(spec.get("containers") or ()), *sidecars])
    )
    namespace = metadata.get("namespace", "default")
    ports = tuple(
        PodPort(
            port.get("name", ""),
            port.get("protocol", "TCP"),
            int(port["containerPort"]),
            int(port["hostPort"]) if port.get("hostPort") and not spec.get("hostNetwork") else None,
            port.get("hostIP", ""),
            f"Pod {namespace}/{metadata['name']} spec.containers[{number}].ports[{index}]",
        )
        for number, one in enumerate((*(spec.get("containers") or ()), *sidecars))
        for index, port in enumerate(one.get("ports") or ())
    )
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
        ports,
        _condition(status.get("conditions") or (), "Ready") != "False",
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
    balanced = [one for one in ingress if one.get("ip")] if type_ == "LoadBalancer" else []
    namespace = metadata.get("namespace", "default")
    families = spec.get("ipFamilies") or [NAMES[is_six(ip)] for ip in ips if ip not in ("", "None")] or [NAMES[False]]
    service = Service(
        key=f"{namespace}/{metadata['name']}",
        namespace=namespace,
        name=metadata["name"],
        type=type_,
        cluster_ips=() if headless or type_ == "ExternalName" else tuple(ip for ip in ips if ip),
        families=frozenset(one == NAMES[True] for one in families),
        headless=headless,
        external_name=spec.get("externalName", "") if type_ == "ExternalName" else "",
        external_traffic_local=spec.get("externalTrafficPolicy") == "Local",
        internal_traffic_local=spec.get("internalTrafficPolicy") == "Local",
        affinity_seconds=timeout if affinity else None,
        external_ips=tuple(spec.get("externalIPs") or ()),
        load_balancer_ips=tuple(one["ip"] for one in balanced if one.get("ipMode", "VIP") == "VIP"),
        proxied_ips=tuple(one["ip"] for one in balanced if one.get("ipMode", "VIP") != "VIP"),
        load_balancer_class=spec.get("loadBalancerClass", ""),
        source_ranges=tuple(spec.get("loadBalancerSourceRanges") or ()),
        health_port=spec.get("healthCheckNodePort"),
        uid=metadata.get("uid", ""),
        selector=spec.get("selector") or {},
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
                _hints(one.get("hints")),
            )


def _hints(json: Json | None) -> tuple[frozenset[str], frozenset[str]] | None:
    if not json:
        return None
    nodes, zones = json.get("forNodes") or (), json.get("forZones") or ()
    return frozenset(one["name"] for one in nodes), frozenset(one["name"] for one in zones)


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
