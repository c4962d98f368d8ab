"""The cells of each kind's table, compared with what a real API server fills in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from servicelab.embedded import resources as kinds
from servicelab.embedded.api.ages import age
from servicelab.embedded.api.pod_cells import pod_cells
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object

NONE = "<none>"
UNSET = "<unset>"
MOST_ENDPOINTS = 3
NODE_ROLE = "node-role.kubernetes.io/"
OPERATORS = {"In": "in", "NotIn": "notin"}
Cells = list[Any]


def cells_of(resource: Resource, object: Object, now: float) -> Cells:
    """One row; kinds without an own function show name and age."""
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
        _labels(spec.get("selector")),
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


def _deployment(object: Object, now: float) -> Cells:
    spec, status = object.get("spec") or {}, object.get("status") or {}
    return [
        object["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _created(object, now),
        *_template_cells(spec),
    ]


def _replica_set(object: Object, now: float) -> Cells:
    spec, status = object.get("spec") or {}, object.get("status") or {}
    return [
        object["metadata"]["name"],
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        _created(object, now),
        *_template_cells(spec),
    ]


def _template_cells(spec: Mapping[str, Any]) -> Cells:
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    return [
        ",".join(container["name"] for container in containers),
        ",".join(container.get("image", "") for container in containers),
        selector_text(spec.get("selector") or {}),
    ]


def selector_text(selector: Mapping[str, Any]) -> str:
    """A `matchLabels` and `matchExpressions` selector on one line."""
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        values = ",".join(sorted(expression.get("values") or ()))
        if operator in OPERATORS:
            terms.append((key, f"{key} {OPERATORS[operator]} ({values})"))
        else:
            terms.append((key, key if operator == "Exists" else f"!{key}"))
    return ",".join(text for _, text in sorted(terms)) or NONE


def _labels(labels: Mapping[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


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
    kinds.DEPLOYMENTS.qualified: _deployment,
    kinds.REPLICA_SETS.qualified: _replica_set,
    kinds.ENDPOINT_SLICES.qualified: _endpoint_slice,
}
