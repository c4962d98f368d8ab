"""The cells of each kind's table, compared with what a real API server fills in."""

from collections.abc import Callable, Sequence
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded import resources as kinds
from servicelab.embedded.api import workload_cells
from servicelab.embedded.api.ages import age
from servicelab.embedded.api.custom_cells import custom_cells
from servicelab.embedded.api.pod_cells import pod_cells
from servicelab.embedded.label_selectors import labels_text, selector_text
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object

NONE = "<none>"
UNSET = "<unset>"
MOST_ENDPOINTS = 3
NODE_ROLE = "node-role.kubernetes.io/"
Cells = list[Any]


def cells_of(resource: Resource, object: Object, now: float) -> Cells:
    """One row; kinds without an own function show name and age, custom ones what their definition says."""
    definition = facts.definition(resource)
    if definition is not None:
        return custom_cells(definition, object, now)
    return CELLS.get(resource.qualified, _name_and_age)(object, now)


def _created(object: Object, now: float) -> str:
    return age(object["metadata"].get("creationTimestamp"), now)


def _name_and_age(object: Object, now: float) -> Cells:
    return [object["metadata"]["name"], _created(object, now)]


def _namespace(object: Object, now: float) -> Cells:
    phase = (object.get("status") or {}).get("phase", "")
    return [object["metadata"]["name"], phase, _created(object, now)]


def _config_map(object: Object, now: float) -> Cells:
    count = len(object.get("data") or {}) + len(object.get("binaryData") or {})
    return [object["metadata"]["name"], count, _created(object, now)]


def _secret(object: Object, now: float) -> Cells:
    return [object["metadata"]["name"], object.get("type", ""), len(object.get("data") or {}), _created(object, now)]


def _node(object: Object, now: float) -> Cells:
    status, info = object.get("status") or {}, (object.get("status") or {}).get("nodeInfo") or {}
    states = [
        "Ready" if condition["status"] == "True" else "NotReady"
        for condition in status.get("conditions") or ()
        if condition["type"] == "Ready"
    ] or ["Unknown"]
    if (object.get("spec") or {}).get("unschedulable"):
        states.append("SchedulingDisabled")
    labels = object["metadata"].get("labels") or {}
    roles = {label.removeprefix(NODE_ROLE) for label in labels if label.startswith(NODE_ROLE)}
    if labels.get("kubernetes.io/role"):
        roles.add(labels["kubernetes.io/role"])
    addresses: dict[str, str] = {}
    for address in status.get("addresses") or ():
        addresses.setdefault(address["type"], address["address"])
    operating_system = info.get("osImage") or "<unknown>"
    kernel = info.get("kernelVersion") or "<unknown>"
    if info.get("architecture"):
        kernel = f"{kernel} ({info['architecture']})"
    return [
        object["metadata"]["name"],
        ",".join(states),
        ",".join(sorted(roles)) or NONE,
        _created(object, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        operating_system,
        kernel,
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _service(object: Object, now: float) -> Cells:
    spec = object.get("spec") or {}
    ports = ",".join(
        f"{port['port']}:{port['nodePort']}/{port.get('protocol', 'TCP')}"
        if port.get("nodePort")
        else f"{port['port']}/{port.get('protocol', 'TCP')}"
        for port in spec.get("ports") or ()
    )
    return [
        object["metadata"]["name"],
        spec.get("type", ""),
        (spec.get("clusterIPs") or [spec.get("clusterIP")])[0] or NONE,
        _external_address(object),
        ports or NONE,
        _created(object, now),
        labels_text(spec.get("selector")),
    ]


def _external_address(service: Object) -> str:
    spec = service["spec"]
    external = spec.get("externalIPs") or []
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName") or NONE)
        case "LoadBalancer":
            entries = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
            given = [entry.get("ip") or entry.get("hostname") or "" for entry in entries]
            return ",".join([*given, *external]) or "<pending>"
    return ",".join(external) or NONE


def _endpoints(object: Object, now: float) -> Cells:
    listed: list[str] = []
    for subset in object.get("subsets") or ():
        ports = subset.get("ports") or ()
        addresses = subset.get("addresses") or ()
        if not ports:
            listed += [address["ip"] for address in addresses]
        for port in ports:
            listed += [_host_port(address["ip"], port["port"]) for address in addresses]
    return [object["metadata"]["name"], _first_ones(listed, " "), _created(object, now)]


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _first_ones(items: Sequence[str], separator: str) -> str:
    if not items:
        return NONE
    shown = ",".join(items[:MOST_ENDPOINTS])
    return f"{shown}{separator}+ {len(items) - MOST_ENDPOINTS} more..." if len(items) > MOST_ENDPOINTS else shown


def _endpoint_slice(object: Object, now: float) -> Cells:
    ports = [str(port["port"]) if port.get("port") else "*" for port in object.get("ports") or ()]
    addresses = [address for endpoint in object.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    return [
        object["metadata"]["name"],
        object.get("addressType", ""),
        _or_unset(ports),
        _or_unset(addresses),
        _created(object, now),
    ]


def _or_unset(items: Sequence[str]) -> str:
    return UNSET if not items else _first_ones(items, " ")


def _network_policy(object: Object, now: float) -> Cells:
    selector = (object.get("spec") or {}).get("podSelector") or {}
    return [object["metadata"]["name"], selector_text(selector), _created(object, now)]


def _disruption_budget(object: Object, now: float) -> Cells:
    spec, status = object.get("spec") or {}, object.get("status") or {}
    return [
        object["metadata"]["name"],
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        status.get("disruptionsAllowed", 0),
        _created(object, now),
    ]


def _lease(object: Object, now: float) -> Cells:
    return [object["metadata"]["name"], (object.get("spec") or {}).get("holderIdentity", ""), _created(object, now)]


def _ip_address(object: Object, now: float) -> Cells:
    parent = (object.get("spec") or {}).get("parentRef") or {}
    kind = ".".join(part for part in (parent.get("resource"), parent.get("group")) if part)
    place = [part for part in (kind, parent.get("namespace"), parent.get("name")) if part]
    return [object["metadata"]["name"], "/".join(place), _created(object, now)]


def _service_cidr(object: Object, now: float) -> Cells:
    return [object["metadata"]["name"], ",".join((object.get("spec") or {}).get("cidrs") or ()), _created(object, now)]


def _definition(object: Object, now: float) -> Cells:
    return [object["metadata"]["name"], object["metadata"].get("creationTimestamp")]


def _event(object: Object, now: float) -> Cells:
    series, source = object.get("series") or {}, object.get("source") or {}
    first = object.get("firstTimestamp") or object.get("eventTime")
    last = object.get("lastTimestamp") or first
    count = object.get("count") or 1
    last_seen = age(series.get("lastObservedTime") or last, now)
    if series:
        count = series.get("count", 1)
    involved = object.get("involvedObject") or {}
    component = source.get("component") or object.get("reportingComponent", "")
    instance = source.get("host") or object.get("reportingInstance", "")
    return [
        last_seen,
        object.get("type", ""),
        object.get("reason", ""),
        f"{involved.get('kind', '').lower()}/{involved['name']}" if involved.get("name") else involved.get("kind", ""),
        involved.get("fieldPath", ""),
        f"{component}, {instance}" if instance else component,
        (object.get("message") or "").strip(),
        age(first, now),
        count,
        object["metadata"]["name"],
    ]


CELLS: dict[str, Callable[[Object, float], Cells]] = {
    kinds.NAMESPACES.qualified: _namespace,
    kinds.NODES.qualified: _node,
    kinds.PODS.qualified: pod_cells,
    kinds.SERVICES.qualified: _service,
    kinds.ENDPOINTS.qualified: _endpoints,
    kinds.EVENTS.qualified: _event,
    kinds.CONFIG_MAPS.qualified: _config_map,
    kinds.SECRETS.qualified: _secret,
    kinds.DEPLOYMENTS.qualified: workload_cells.deployment,
    kinds.REPLICA_SETS.qualified: workload_cells.replica_set,
    kinds.STATEFUL_SETS.qualified: workload_cells.stateful_set,
    kinds.DAEMON_SETS.qualified: workload_cells.daemon_set,
    kinds.CONTROLLER_REVISIONS.qualified: workload_cells.controller_revision,
    kinds.JOBS.qualified: workload_cells.job,
    kinds.NETWORK_POLICIES.qualified: _network_policy,
    kinds.POD_DISRUPTION_BUDGETS.qualified: _disruption_budget,
    kinds.LEASES.qualified: _lease,
    kinds.IP_ADDRESSES.qualified: _ip_address,
    kinds.SERVICE_CIDRS.qualified: _service_cidr,
    kinds.CUSTOM_RESOURCE_DEFINITIONS.qualified: _definition,
    kinds.ENDPOINT_SLICES.qualified: _endpoint_slice,
}
