"""What a Service gets from the cluster: IP families, a virtual IP, node ports; and what a change of type gives back."""

import random
from typing import Any

from servicelab.embedded.admission import allocation, causes, words
from servicelab.embedded.admission.allocation import SERVICE_NETWORK
from servicelab.embedded.admission.causes import Cause, Invalid, Refused
from servicelab.embedded.admission.service_defaults import WITH_NODE_PORTS
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
        if spec["type"] != "LoadBalancer" and old["spec"]["type"] == "LoadBalancer":
            new["status"]["loadBalancer"] = {}


def _keep_allocated(spec: Spec, before: Spec) -> None:
    if not is_alias(spec) and not is_alias(before):
        if not spec.get("clusterIP"):
            spec["clusterIP"] = before["clusterIP"]
        if not spec.get("clusterIPs") and spec["clusterIP"] == before["clusterIP"]:
            spec["clusterIPs"] = list(before["clusterIPs"])
    if allocation.needs_node_ports(spec) and allocation.needs_node_ports(before):
        _keep_node_ports(spec, before)
    if _has_health_check(spec) and _has_health_check(before) and "healthCheckNodePort" in before:
        spec.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _keep_node_ports(spec: Spec, before: Spec) -> None:
    """A port without a node port gets back what the port of its name had, unless another port asks for that."""
    known = {port.get("name", ""): port.get("nodePort", 0) for port in before.get("ports", [])}
    taken = {port.get("nodePort", 0) for port in spec.get("ports", [])} & set(known.values())
    for port in spec.get("ports", []):
        number = known.get(port.get("name", ""), 0)
        if "nodePort" not in port and number and number not in taken:
            port["nodePort"] = number
            taken.add(number)


def _copy_cluster_ip(spec: Spec, before: Spec) -> None:
    """`clusterIP` and the first of `clusterIPs` are one; who changes only the old field means both."""
    single, several = spec.get("clusterIP"), spec.get("clusterIPs")
    if before and single != before.get("clusterIP") and several == before.get("clusterIPs"):
        spec["clusterIPs"] = several = None
    if single and not several:
        spec["clusterIPs"] = [single]
    if not spec.get("clusterIPs"):
        spec.pop("clusterIPs", None)


def _drop_unused(spec: Spec, before: Spec) -> None:
    if is_alias(spec) and not is_alias(before):
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
        ("internalTrafficPolicy", lambda one: not is_alias(one)),
    ):
        if used(before) and not used(spec) and spec.get(name) == before.get(name):
            spec.pop(name, None)


def is_alias(spec: Spec) -> bool:
    """An ExternalName Service: a name in DNS, without any address."""
    return bool(spec["type"] == "ExternalName")


def _is_load_balancer(spec: Spec) -> bool:
    return bool(spec["type"] == "LoadBalancer")


def _has_health_check(spec: Spec) -> bool:
    return bool(spec) and allocation.needs_health_check_port(spec)


def externally_accessible(spec: Spec) -> bool:
    """Whether traffic from outside can reach the Service."""
    return spec["type"] in WITH_NODE_PORTS or (spec["type"] == "ClusterIP" and bool(spec.get("externalIPs")))


def allocate(store: Store, service: Object, old: Object | None, randomness: random.Random) -> None:
    """After validation: fill in IP families, virtual IP and node ports. Raises Invalid."""
    spec = service["spec"]
    if is_alias(spec):
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
    found: list[Cause] = []
    for name, several in (("cluster IPs", spec.get("clusterIPs", [])), ("IP families", families)):
        if policy == "SingleStack" and len(several) == 2:
            detail = f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {name} are specified"
            found.append(causes.invalid("spec.ipFamilyPolicy", policy, detail))
            break
    for index, address in enumerate(spec.get("clusterIPs", [])):
        if ":" in address and index >= len(families):
            detail = "IPv6 is not configured on this cluster"
            found.append(causes.invalid(f"spec.clusterIPs[{index}]", spec["clusterIPs"], detail))
    if found:
        raise Invalid(found)
    if headless_by_hand:
        families = families or ["IPv4"]
        if len(families) == 1 and policy != "SingleStack":
            families = [*families, "IPv6" if families[0] == "IPv4" else "IPv4"]
        spec["ipFamilies"] = families
        return
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
    if old is not None and old["spec"].get("clusterIP"):
        return  # kept, or changed, which validation refuses
    used = allocation.used_ips(store, service)
    if not wished:
        wished = allocation.free_ip(used, randomness)
        if wished is None:
            raise Invalid([causes.invalid("spec.clusterIPs", [], "failed to allocate IP: range is full")])
        _check_owner_of_address(service["metadata"].get("name", ""), wished)
    elif not _in_network(wished):
        detail = f"failed to allocate IP {wished}: the provided network does not match the current range"
        raise Invalid([causes.invalid("spec.clusterIPs", [wished], detail)])
    elif wished in used:
        detail = f"failed to allocate IP {wished}: provided IP is already allocated"
        raise Invalid([causes.invalid("spec.clusterIPs", [wished], detail)])
    spec["clusterIP"], spec["clusterIPs"] = wished, [wished]


def _check_owner_of_address(name: str, address: str) -> None:
    """The IPAddress that stands for the virtual IP names its Service, which must have a name for that."""
    problems = [f"Invalid value: {causes.shown(name)}: {problem}" for problem in words.path_segment(name)]
    if not name:
        problems = ["Required value"]
    for problem in problems[:1]:
        found = f'IPAddress.networking.k8s.io "{address}" is invalid: spec.parentRef.name: {problem}'
        raise Invalid([causes.invalid("spec.clusterIPs", [""], f"failed to allocate IP: {found}")])


def _in_network(address: str) -> bool:
    first, last = str(SERVICE_NETWORK.network_address), str(SERVICE_NETWORK.broadcast_address)
    return address.startswith("10.96.") and address not in (first, last)


def _allocate_node_ports(store: Store, service: Object, old: Object | None, randomness: random.Random) -> None:
    """A number is given to one Service alone, whatever the protocol; one Service may use it for several protocols."""
    spec = service["spec"]
    if spec["type"] not in WITH_NODE_PORTS:
        return
    ports = spec.get("ports", [])
    used = allocation.used_node_ports(store, service)
    own = allocation.node_ports_of(old) if old is not None else set()
    shared: dict[int, int] = {}
    """On creation: the node port that each port has got already."""
    for index, port in enumerate(ports):
        wished = port.get("nodePort", 0)
        if not wished and not allocation.needs_node_ports(spec):
            continue
        twin = shared.get(port.get("port", 0), 0) if old is None else 0
        if not wished and old is None:
            wished = twin or _asked_by_twin(ports, port)
        if not wished:
            wished = allocation.free_node_port(used | own, randomness)
            if wished is None:
                raise causes.internal("failed to allocate a nodePort: range is full")
        elif wished != twin and wished not in own:
            _check_node_port(f"spec.ports[{index}].nodePort", wished, wished in used)
        port["nodePort"] = wished
        if old is None:
            used.add(wished)
            shared.setdefault(port.get("port", 0), wished)
        else:
            own.add(wished)
    if old is not None:
        _refuse_doubles(ports)
    _allocate_health_check(spec, old["spec"] if old else {}, used | own, randomness)


def _asked_by_twin(ports: list[Spec], port: Spec) -> int:
    """The node port that a later entry asks for the same port over another protocol."""
    return next((one["nodePort"] for one in ports if one.get("port") == port.get("port") and one.get("nodePort")), 0)


def _check_node_port(field: str, wished: int, is_used: bool) -> None:
    if problem := allocation.node_port_problem(wished, is_used):
        raise Invalid([causes.invalid(field, wished, problem)])


def _refuse_doubles(ports: list[Spec]) -> None:
    """On a change the API server finds the same node port twice before validation does, and fails."""
    seen = set()
    for port in ports:
        key = (port["protocol"], port.get("nodePort", 0))
        if key in seen and key[1]:
            said = f"duplicate nodePort: {{{key[0]} {key[1]}}}"
            raise Refused(500, "", said, has_details=False)
        seen.add(key)


def _allocate_health_check(spec: Spec, before: Spec, used: set[int], randomness: random.Random) -> None:
    if not _has_health_check(spec):
        return
    wished = spec.get("healthCheckNodePort", 0)
    if _has_health_check(before) and before.get("healthCheckNodePort") and wished:
        return  # kept, or changed, which validation refuses
    if wished:
        if problem := allocation.node_port_problem(wished, wished in used):
            raise causes.internal(f"failed to allocate requested HealthCheck NodePort {wished}: {problem}")
    elif (found := allocation.free_node_port(used, randomness)) is not None:
        spec["healthCheckNodePort"] = found
