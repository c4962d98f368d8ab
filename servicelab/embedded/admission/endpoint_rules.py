"""EndpointSlices and Endpoints: what they have by default and what they may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.service_rules import PROTOCOLS
from servicelab.embedded.store import Object

Json = dict[str, Any]
ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
MOST_ENDPOINTS, MOST_PORTS = 1000, 100
SLICE_METADATA_TIMES, ENDPOINTS_METADATA_TIMES = 3, 4


def default_slice(slice: Object) -> None:
    """Names of ports are empty, protocols TCP; lists that are not there are stored as null."""
    for port in slice.get("ports") or []:
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")
    for endpoint in slice.get("endpoints") or []:
        endpoint.setdefault("conditions", {})
        endpoint.pop("deprecatedTopology", None)
    slice["ports"] = slice.get("ports") or None
    slice["endpoints"] = slice.get("endpoints") or None


def judge_slice(slice: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with an EndpointSlice."""
    found = judge_metadata(slice, old, words.subdomain, SLICE_METADATA_TIMES)
    kind = slice.get("addressType", "")
    if not kind:
        found.append(causes.required("addressType"))
    elif kind not in ADDRESS_TYPES:
        found.append(causes.not_supported("addressType", kind, ADDRESS_TYPES))
    found += _judge_ports(slice["ports"] or [])
    found += _judge_endpoints(slice["endpoints"] or [], kind)
    if old is not None and old["addressType"] != kind:
        found.append(causes.invalid("addressType", kind, "field is immutable"))
    return found


def _judge_ports(ports: list[Json]) -> list[Cause]:
    if len(ports) > MOST_PORTS:
        return [Cause("ports", causes.TOO_MANY, f"Too many: {len(ports)}: must have at most {MOST_PORTS} items")]
    found, names = [], set()
    for index, port in enumerate(ports):
        field, name = f"ports[{index}]", port["name"]
        if name:
            found += [causes.invalid(f"{field}.name", name, problem) for problem in words.label(name)]
        if name in names:
            found.append(causes.duplicate(f"{field}.name", name))
        names.add(name)
        if port["protocol"] not in PROTOCOLS:
            found.append(causes.not_supported(f"{field}.protocol", port["protocol"], PROTOCOLS))
        found += _judge_app_protocol(port, field)
    return found


def _judge_app_protocol(port: Json, field: str) -> list[Cause]:
    protocol = port.get("appProtocol")
    problems = words.qualified_name(protocol) if protocol is not None else []
    return [causes.invalid(f"{field}.appProtocol", protocol, problem) for problem in problems]


def _judge_endpoints(endpoints: list[Json], kind: str) -> list[Cause]:
    if len(endpoints) > MOST_ENDPOINTS:
        message = f"Too many: {len(endpoints)}: must have at most {MOST_ENDPOINTS} items"
        return [Cause("endpoints", causes.TOO_MANY, message)]
    found = []
    for index, endpoint in enumerate(endpoints):
        field, addresses = f"endpoints[{index}]", endpoint.get("addresses") or []
        if not addresses:
            found.append(causes.required(f"{field}.addresses", "must contain at least 1 address"))
        for number, address in enumerate(addresses):
            found += _judge_address(address, kind, f"{field}.addresses", number)
        if endpoint.get("hostname"):
            name = endpoint["hostname"]
            found += [causes.invalid(f"{field}.hostname", name, problem) for problem in words.label(name)]
        if endpoint.get("nodeName"):
            name = endpoint["nodeName"]
            found += [causes.invalid(f"{field}.nodeName", name, problem) for problem in words.subdomain(name)]
        zones = [zone.get("name", "") for zone in endpoint.get("hints", {}).get("forZones", [])]
        for number, zone in enumerate(zones):
            if zone in zones[:number]:
                found.append(causes.duplicate(f"{field}.hints.forZones[{number}].name", zone))
    return found


def _judge_address(address: str, kind: str, field: str, number: int) -> list[Cause]:
    place = f"{field}[{number}]"
    if kind == "FQDN":
        problems = words.full_name(address)
        return [causes.invalid(place, address, problem) for problem in problems]
    if kind not in ADDRESS_TYPES:
        return []
    problems = words.address(address)
    if problems:
        return [causes.invalid(place, address, problem) for problem in problems]
    found = []
    if (":" in address) != (kind == "IPv6"):
        found.append(causes.invalid(field, address, f"must be an {kind} address"))
    return found + [causes.invalid(place, address, problem) for problem in words.endpoint_address(address)]


def warn_slice(slice: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:` although the object is stored."""
    return ["spec.addressType: FQDN endpoints are deprecated"] if slice.get("addressType") == "FQDN" else []


def default_endpoints(endpoints: Object) -> None:
    """Protocols are TCP."""
    for subset in endpoints.get("subsets", []):
        for port in subset.get("ports", []):
            port.setdefault("protocol", "TCP")


def judge_endpoints(endpoints: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with an Endpoints object."""
    found = judge_metadata(endpoints, old, words.subdomain, ENDPOINTS_METADATA_TIMES)
    for index, subset in enumerate(endpoints.get("subsets", [])):
        field = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            found.append(causes.required(field, "must specify `addresses` or `notReadyAddresses`"))
        for kind in ("addresses", "notReadyAddresses"):
            for number, entry in enumerate(subset.get(kind, [])):
                place, address = f"{field}.{kind}[{number}]", entry.get("ip", "")
                problems = words.address(address)
                if problems != [words.ZEROS_WORDS]:
                    problems += words.endpoint_address(address)
                found += [causes.invalid(f"{place}.ip", address, problem) for problem in problems]
                name = entry.get("hostname", "")
                problems = words.label(name) if name else []
                found += [causes.invalid(f"{place}.hostname", name, problem) for problem in problems]
        ports = subset.get("ports", [])
        for number, port in enumerate(ports):
            found += _judge_subset_port(port, len(ports) > 1, f"{field}.ports[{number}]")
    return found


def _judge_subset_port(port: Json, is_name_needed: bool, field: str) -> list[Cause]:
    found, name = [], port.get("name", "")
    if is_name_needed and not name:
        found.append(causes.required(f"{field}.name"))
    elif name:
        found += [causes.invalid(f"{field}.name", name, problem) for problem in words.label(name)]
    number = port.get("port", 0)
    found += [causes.invalid(f"{field}.port", number, problem) for problem in words.port_number(number)]
    if port["protocol"] not in PROTOCOLS:
        found.append(causes.not_supported(f"{field}.protocol", port["protocol"], PROTOCOLS))
    return found + _judge_app_protocol(port, field)
