"""What a Service may be. One function per field or group of fields, in the order kind reports them."""

import json
from collections.abc import Iterable
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.allocation import needs_health_check_port
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_labels, judge_metadata
from servicelab.embedded.admission.service_allocation import externally_accessible
from servicelab.embedded.admission.service_defaults import WITH_VIRTUAL_IP
from servicelab.embedded.admission.service_ip_rules import is_headless, judge_cluster_ips, judge_ip_change
from servicelab.embedded.admission.service_status_rules import judge_status
from servicelab.embedded.store import Object

Spec = dict[str, Any]
TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
AFFINITIES = ("ClientIP", "None")
POLICIES = ("Cluster", "Local")
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
LONGEST_AFFINITY = 86_400
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
METADATA_TIMES_ON_CHANGE = 3


def judge_service(service: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Service, as kind lists it."""
    spec = service["spec"]
    before: Spec | None = old["spec"] if old else None
    found = judge_metadata(service, old, words.label, METADATA_TIMES_ON_CHANGE)
    if before is not None:
        found += judge_ip_change(spec, before)
        found += judge_class_change(spec, before)
    found += judge_type_fields(spec)
    found += judge_ports(spec)
    found += judge_labels(spec.get("selector", {}), "spec.selector")
    found += judge_affinity(spec)
    found += judge_cluster_ips(spec)
    found += judge_external_ips(spec)
    found += judge_type(spec)
    found += judge_duplicate_ports(spec)
    found += judge_source_ranges(spec, service["metadata"].get("annotations", {}))
    found += judge_load_balancer_fields(spec)
    found += judge_policies(spec)
    if before is not None:
        found += judge_health_check_change(spec, before)
    if old is not None and service.get("status") != old.get("status"):
        found += judge_status(service)
    return found


def judge_type_fields(spec: Spec) -> list[Cause]:
    """Fields that a type needs or forbids."""
    found = []
    if not spec.get("ports") and not is_headless(spec) and spec["type"] != "ExternalName":
        found.append(causes.required("spec.ports"))
    if spec["type"] in ("LoadBalancer", "NodePort") and is_headless(spec):
        detail = f"may not be set to 'None' for {spec['type']} services"
        found.append(causes.invalid("spec.clusterIPs[0]", "None", detail))
    if spec["type"] == "ExternalName":
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(field):
                found.append(causes.forbidden(f"spec.{field}", "may not be set for ExternalName services"))
        name = spec.get("externalName", "").removesuffix(".")
        if not name:
            found.append(causes.required("spec.externalName"))
        else:
            found += [causes.invalid("spec.externalName", name, problem) for problem in words.subdomain(name)]
    return found


def judge_ports(spec: Spec) -> list[Cause]:
    """Each port by itself, and their names."""
    ports, names = spec.get("ports", []), set()
    found = []
    for index, port in enumerate(ports):
        field, name = f"spec.ports[{index}]", port.get("name", "")
        if not name and len(ports) > 1:
            found.append(causes.required(f"{field}.name"))
        elif name:
            found += [causes.invalid(f"{field}.name", name, problem) for problem in words.label(name)]
            if name in names:
                found.append(causes.duplicate(f"{field}.name", name))
            names.add(name)
        number = port.get("port", 0)
        found += [causes.invalid(f"{field}.port", number, problem) for problem in words.port_number(number)]
        if port["protocol"] not in PROTOCOLS:
            found.append(causes.not_supported(f"{field}.protocol", port["protocol"], PROTOCOLS))
        found += judge_number_or_name(port.get("targetPort", number), f"{field}.targetPort")
        protocol = port.get("appProtocol")
        if protocol is not None:
            problems = words.qualified_name(protocol)
            found += [causes.invalid(f"{field}.appProtocol", protocol, problem) for problem in problems]
    return found


def judge_number_or_name(port: int | str, field: str) -> list[Cause]:
    """A port given by its number or by the name of a container's port."""
    problems = words.port_number(port) if isinstance(port, int) else words.port_name(port)
    return [causes.invalid(field, port, problem) for problem in problems]


def judge_affinity(spec: Spec) -> list[Cause]:
    """`sessionAffinity` and its configuration."""
    affinity, config = spec["sessionAffinity"], spec.get("sessionAffinityConfig")
    if affinity not in AFFINITIES:
        return [causes.not_supported("spec.sessionAffinity", affinity, AFFINITIES)]
    if affinity == "None" and config is not None:
        return [causes.forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")]
    if affinity == "ClientIP" and config is not None:
        seconds = config["clientIP"]["timeoutSeconds"]
        if not 0 < seconds <= LONGEST_AFFINITY:
            detail = f"must be greater than 0 and less than {LONGEST_AFFINITY}"
            return [causes.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail)]
    return []


def judge_external_ips(spec: Spec) -> list[Cause]:
    """`externalIPs`."""
    found = []
    for index, address in enumerate(spec.get("externalIPs", [])):
        problems = words.first((words.address, words.endpoint_address), address)
        found += [causes.invalid(f"spec.externalIPs[{index}]", address, problem) for problem in problems]
    return found


def judge_type(spec: Spec) -> list[Cause]:
    """`type`, and node ports where the type has none."""
    found = []
    if spec["type"] not in TYPES:
        found.append(causes.not_supported("spec.type", spec["type"], TYPES))
    if spec["type"] == "ClusterIP":
        for index, port in enumerate(spec.get("ports", [])):
            if port.get("nodePort"):
                detail = "may not be used when `type` is 'ClusterIP'"
                found.append(causes.forbidden(f"spec.ports[{index}].nodePort", detail))
    return found


def judge_duplicate_ports(spec: Spec) -> list[Cause]:
    """No two ports with the same protocol and node port, or the same protocol and port."""
    found: list[Cause] = []
    ports = spec.get("ports", [])
    for index in _repeated((p["protocol"], p.get("nodePort")) for p in ports):
        if ports[index].get("nodePort"):
            found.append(causes.duplicate(f"spec.ports[{index}].nodePort", ports[index]["nodePort"]))
    for index in _repeated((p["protocol"], p.get("port", 0)) for p in ports):
        port = ports[index]
        shown = {"Name": "", "Protocol": port["protocol"], "AppProtocol": None, "Port": port.get("port", 0)}
        found.append(causes.duplicate(f"spec.ports[{index}]", shown | {"TargetPort": 0, "NodePort": 0}))
    return found


def _repeated(keys: Iterable[object]) -> list[int]:
    seen: set[str] = set()
    repeated = []
    for index, key in enumerate(keys):
        text = json.dumps(key)
        if text in seen:
            repeated.append(index)
        seen.add(text)
    return repeated


def judge_source_ranges(spec: Spec, annotations: dict[str, str]) -> list[Cause]:
    """`loadBalancerSourceRanges` (kind spells the field with a capital here), or the old annotation for it."""
    ranges = spec.get("loadBalancerSourceRanges", [])
    said = annotations.get(SOURCE_RANGES, "")
    if ranges:
        field, entries = "spec.LoadBalancerSourceRanges", [(f"[{index}]", one) for index, one in enumerate(ranges)]
        rule = words.exact_address_range
    elif SOURCE_RANGES in annotations:
        field, entries = f"metadata.annotations[{SOURCE_RANGES}]", [("", one) for one in said.split(",")]
        rule = words.address_range
        if not said.strip() and spec["type"] == "LoadBalancer":
            return []
    else:
        return []
    if spec["type"] != "LoadBalancer":
        entries = entries if ranges else []
    found = []
    if spec["type"] != "LoadBalancer":
        found.append(causes.forbidden(field, ONLY_LOAD_BALANCER))
    for place, one in entries:
        text = one.strip()
        found += [causes.invalid(f"{field}{place}", text, problem) for problem in rule(text)]
    return found


def judge_load_balancer_fields(spec: Spec) -> list[Cause]:
    """Fields that only a LoadBalancer may have."""
    if spec["type"] == "LoadBalancer":
        name = spec.get("loadBalancerClass")
        problems = words.qualified_name(name) if name is not None else []
        return [causes.invalid("spec.loadBalancerClass", name, problem) for problem in problems]
    found = []
    if "allocateLoadBalancerNodePorts" in spec:
        found.append(causes.forbidden("spec.allocateLoadBalancerNodePorts", ONLY_LOAD_BALANCER))
    if "loadBalancerClass" in spec:
        found.append(causes.forbidden("spec.loadBalancerClass", ONLY_LOAD_BALANCER))
    return found


def judge_class_change(spec: Spec, before: Spec) -> list[Cause]:
    """`loadBalancerClass` stays while the type does; a change of type has it judged once more."""
    if spec["type"] == before["type"] == "LoadBalancer":
        new, old = spec.get("loadBalancerClass"), before.get("loadBalancerClass")
        if new != old:
            return [causes.invalid("spec.loadBalancerClass", new, "may not change once set")]
        return []
    return [cause for cause in judge_load_balancer_fields(spec) if cause.field == "spec.loadBalancerClass"]


def judge_health_check_change(spec: Spec, before: Spec) -> list[Cause]:
    """`healthCheckNodePort` stays while the Service needs one."""
    new, old = spec.get("healthCheckNodePort"), before.get("healthCheckNodePort")
    if new != old and old and needs_health_check_port(spec) and needs_health_check_port(before):
        return [causes.forbidden("spec.healthCheckNodePort", "field is immutable")]
    return []


def judge_policies(spec: Spec) -> list[Cause]:
    """Traffic policies, the health check's node port, and traffic distribution."""
    found = []
    external = spec.get("externalTrafficPolicy")
    if not externally_accessible(spec):
        if external is not None:
            detail = "may only be set for externally-accessible services"
            found.append(causes.invalid("spec.externalTrafficPolicy", external, detail))
    elif external is None:
        found.append(causes.required("spec.externalTrafficPolicy"))
    elif external not in POLICIES:
        found.append(causes.not_supported("spec.externalTrafficPolicy", external, POLICIES))
    check = spec.get("healthCheckNodePort")
    if check and not (spec["type"] == "LoadBalancer" and external == "Local"):
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        found.append(causes.invalid("spec.healthCheckNodePort", check, detail))
    internal = spec.get("internalTrafficPolicy")
    if internal is None and spec["type"] in WITH_VIRTUAL_IP:
        found.append(causes.required("spec.internalTrafficPolicy"))
    elif internal is not None and internal not in POLICIES:
        found.append(causes.not_supported("spec.internalTrafficPolicy", internal, POLICIES))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in DISTRIBUTIONS:
        found.append(causes.not_supported("spec.trafficDistribution", distribution, DISTRIBUTIONS))
    return found
