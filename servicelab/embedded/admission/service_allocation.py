"""What a Service gets from the cluster: IP families, a virtual IP, node ports; and what a change of type gives back."""

import random
from typing import Any

from servicelab.embedded.admission import allocation, causes
from servicelab.embedded.admission.allocation import NODE_PORTS, SERVICE_NETWORK
from servicelab.embedded.admission.causes import Cause, Invalid
from servicelab.embedded.admission.service_defaults import WITH_NODE_PORTS, WITH_VIRTUAL_IP
from servicelab.embedded.admission.service_ip_rules import judge_cluster_ips
from servicelab.embedded.store import Object, Store

Spec = dict[str, Any]
NONE = "None"


def carry_over(new: Object, old: Object | None) -> None:
    """Before validation: what was allocated stays where a change does not mention it, and goes where it has no use."""
    spec = new["spec"]
    if old is not None:
        _keep_allocated(spec, old["spec"])
    _copy_cluster_ip(spec, old["spec"] if old else {})
    if old is not None:
        _drop_unused(spec, old["spec"])
        if spec["type"] != "LoadBalancer":
            new["status"]["loadBalancer"] = {}


def _keep_allocated(spec: Spec, before: Spec) -> None:
    if spec["type"] in WITH_VIRTUAL_IP and before["type"] in WITH_VIRTUAL_IP:
        if not spec.get("clusterIP"):
            spec["clusterIP"] = before["clusterIP"]
        if not spec.get("clusterIPs") and spec["clusterIP"] == before["clusterIP"]:
            spec["clusterIPs"] = list(before["clusterIPs"])
    if spec["type"] in WITH_NODE_PORTS and before["type"] in WITH_NODE_PORTS:
        known = {(p["protocol"], p["port"]): p["nodePort"] for p in before.get("ports", []) if "nodePort" in p}
        for port in spec.get("ports", []):
            key = (port["protocol"], port.get("port"))
            if "nodePort" not in port and key in known:
                port["nodePort"] = known[key]
    if _has_health_check(spec) and _has_health_check(before) and "healthCheckNodePort" in before:
        spec.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _copy_cluster_ip(spec: Spec, before: Spec) -> None:
    """`clusterIP` and the first of `clusterIPs` are one; who changes only the old field means both."""
    single, several = spec.get("clusterIP"), spec.get("clusterIPs")
    if before and single != before.get("clusterIP") and several == before.get("clusterIPs"):
        spec["clusterIPs"] = several = None
    if single and not several:
        spec["clusterIPs"] = [single]
    elif several and not single and not before:
        spec["clusterIP"] = several[0]
    if not spec.get("clusterIPs"):
        spec.pop("clusterIPs", None)


def _drop_unused(spec: Spec, before: Spec) -> None:
    if before["type"] in WITH_VIRTUAL_IP and spec["type"] not in WITH_VIRTUAL_IP:
        names: tuple[tuple[str, ...], ...] = (("clusterIP", "clusterIPs"), ("ipFamilies",), ("ipFamilyPolicy",))
        for group in names:
            if all(spec.get(name) == before.get(name) for name in group):
                for name in group:
                    spec.pop(name, None)
    if before["type"] in WITH_NODE_PORTS and spec["type"] not in WITH_NODE_PORTS:
        known = {port.get("nodePort") for port in before.get("ports", [])}
        if all(port.get("nodePort") in (None, *known) for port in spec.get("ports", [])):
            for port in spec.get("ports", []):
                port.pop("nodePort", None)
    for name, used in (
        ("healthCheckNodePort", _has_health_check),
        ("allocateLoadBalancerNodePorts", _is_load_balancer),
        ("loadBalancerClass", _is_load_balancer),
        ("externalTrafficPolicy", externally_accessible),
        ("internalTrafficPolicy", lambda one: one["type"] in WITH_VIRTUAL_IP),
    ):
        if used(before) and not used(spec) and spec.get(name) == before.get(name):
            spec.pop(name, None)


def _is_load_balancer(spec: Spec) -> bool:
    return bool(spec["type"] == "LoadBalancer")


def _has_health_check(spec: Spec) -> bool:
    return allocation.needs_health_check_port(spec)


def externally_accessible(spec: Spec) -> bool:
    """Whether traffic from outside can reach the Service."""
    return spec["type"] in WITH_NODE_PORTS or (spec["type"] == "ClusterIP" and bool(spec.get("externalIPs")))


def allocate(store: Store, service: Object, old: Object | None, randomness: random.Random) -> None:
    """After validation: fill in IP families, virtual IP and node ports. Raises Invalid."""
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return
    _settle_families(spec, old["spec"] if old else {})
    if spec.get("clusterIP") != NONE:
        _allocate_ip(store, service, old, randomness)
    _allocate_node_ports(store, service, old, randomness)


def _settle_families(spec: Spec, before: Spec) -> None:
    """The cluster is single stack, IPv4, as kind is by default."""
    headless_by_hand = spec.get("clusterIP") == NONE and not spec.get("selector")
    if "ipFamilyPolicy" not in spec:
        fallback = "RequireDualStack" if headless_by_hand else "SingleStack"
        spec["ipFamilyPolicy"] = before.get("ipFamilyPolicy", fallback)
    if problems := judge_cluster_ips(spec):
        raise Invalid(problems)
    policy, families = spec["ipFamilyPolicy"], spec.get("ipFamilies", [])
    for index, address in enumerate(spec.get("clusterIPs", [])):
        if ":" in address and index >= len(families):
            detail = "IPv6 is not configured on this cluster"
            raise Invalid([causes.invalid(f"spec.clusterIPs[{index}]", spec["clusterIPs"], detail)])
    if policy == "SingleStack" and len(families) == 2:
        detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"
        raise Invalid([causes.invalid("spec.ipFamilyPolicy", policy, detail)])
    if headless_by_hand:
        families = families or ["IPv4"]
        if len(families) == 1 and policy != "SingleStack":
            families = [*families, "IPv6" if families[0] == "IPv4" else "IPv4"]
        spec["ipFamilies"] = families
        return
    found: list[Cause] = []
    if policy == "RequireDualStack":
        detail = "this cluster is not configured for dual-stack services"
        found.append(causes.invalid("spec.ipFamilyPolicy", policy, detail))
    for index, family in enumerate(families):
        if family != "IPv4":
            found.append(causes.invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster"))
    if found:
        raise Invalid(found)
    spec["ipFamilies"] = families or ["IPv4"]


def _allocate_ip(store: Store, service: Object, old: Object | None, randomness: random.Random) -> None:
    spec = service["spec"]
    wished = spec.get("clusterIP")
    if old is not None and wished and wished == old["spec"].get("clusterIP"):
        return
    used = allocation.used_ips(store, service)
    if not wished:
        wished = allocation.free_ip(used, randomness)
        if wished is None:
            raise Invalid([causes.invalid("spec.clusterIPs", [], "failed to allocate IP: range is full")])
    elif not _in_network(wished):
        detail = f"failed to allocate IP {wished}: the provided network does not match the current range"
        raise Invalid([causes.invalid("spec.clusterIPs", [wished], detail)])
    elif wished in used:
        detail = f"failed to allocate IP {wished}: provided IP is already allocated"
        raise Invalid([causes.invalid("spec.clusterIPs", [wished], detail)])
    spec["clusterIP"], spec["clusterIPs"] = wished, [wished]


def _in_network(address: str) -> bool:
    first, last = str(SERVICE_NETWORK.network_address), str(SERVICE_NETWORK.broadcast_address)
    return address.startswith("10.96.") and address not in (first, last)


def _allocate_node_ports(store: Store, service: Object, old: Object | None, randomness: random.Random) -> None:
    spec = service["spec"]
    own = allocation.node_ports_of(old) if old is not None else set()
    taken: set[tuple[str, int]] = set()
    used: set[tuple[str, int]] | None = None
    for index, port in enumerate(spec.get("ports", []) if spec["type"] in WITH_NODE_PORTS else []):
        protocol, wished = port["protocol"], port.get("nodePort")
        if wished and (protocol, wished) in own:
            taken.add((protocol, wished))
            continue
        used = allocation.used_node_ports(store, service) if used is None else used
        if wished:
            _check_node_port(f"spec.ports[{index}].nodePort", wished, (protocol, wished) in used | taken)
        elif allocation.needs_node_ports(spec):
            wished = _twin(spec, index, used | taken) or allocation.free_node_port(
                used | taken | own, protocol, randomness
            )
            if wished is None:
                detail = "failed to allocate a nodePort: range is full"
                raise Invalid([causes.invalid(f"spec.ports[{index}].nodePort", 0, detail)])
            port["nodePort"] = wished
        if wished:
            taken.add((protocol, wished))
    if _has_health_check(spec) and not spec.get("healthCheckNodePort"):
        used = allocation.used_node_ports(store, service) if used is None else used
        found = allocation.free_node_port(used | taken, "TCP", randomness)
        if found is not None:
            spec["healthCheckNodePort"] = found


def _twin(spec: Spec, index: int, used: set[tuple[str, int]]) -> int | None:
    """The same port over another protocol gets the same node port where it is free."""
    port = spec["ports"][index]
    for other in spec["ports"][:index]:
        number = other.get("nodePort")
        if number and other.get("port") == port.get("port") and other["protocol"] != port["protocol"]:
            return None if (port["protocol"], number) in used else int(number)
    return None


def _check_node_port(field: str, wished: int, is_used: bool) -> None:
    if wished not in NODE_PORTS:
        detail = (
            "provided port is not in the valid range. "
            f"The range of valid ports is {NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
        )
        raise Invalid([causes.invalid(field, wished, detail)])
    if is_used:
        raise Invalid([causes.invalid(field, wished, "provided port is already allocated")])
