"""What NetworkPolicies have by default and what they may be."""

from ipaddress import ip_network
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.workload_rules import judge_label_selector
from servicelab.embedded.store import Object

Json = dict[str, Any]
TYPES = ("Ingress", "Egress")
PROTOCOLS = ("TCP", "UDP", "SCTP")
METADATA_TIMES_ON_CHANGE = 3


def default_network_policy(policy: Object) -> None:
    """Fill in a NetworkPolicy: it is about incoming traffic, and about outgoing where it says something of it."""
    spec: Json = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
        for port in rule.get("ports", []):
            port.setdefault("protocol", "TCP")


def judge_network_policy(policy: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a NetworkPolicy."""
    spec = policy["spec"]
    found = judge_metadata(policy, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_label_selector(spec["podSelector"], "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction, [])):
            field = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports", [])):
                found += _judge_port(port, f"{field}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers, [])):
                found += _judge_peer(peer, f"{field}.{peers}[{number}]")
    types = spec["policyTypes"]
    if len(types) > len(TYPES):
        return [*found, causes.invalid("spec.policyTypes", types, "may not specify more than two policyTypes")]
    for index, kind in enumerate(types):
        if kind not in TYPES:
            found.append(causes.not_supported(f"spec.policyTypes[{index}]", kind, TYPES))
    return found


def _judge_port(entry: Json, field: str) -> list[Cause]:
    found: list[Cause] = []
    if entry["protocol"] not in PROTOCOLS:
        found.append(causes.not_supported(f"{field}.protocol", entry["protocol"], PROTOCOLS))
    port, end = entry.get("port"), entry.get("endPort")
    if isinstance(port, int):
        found += [causes.invalid(f"{field}.port", port, problem) for problem in words.port_number(port)]
        if end is not None and end < port:
            found.append(causes.invalid(f"{field}.endPort", port, "must be greater than or equal to `port`"))
        elif end is not None:
            found += [causes.invalid(f"{field}.endPort", end, problem) for problem in words.port_number(end)]
    elif port is not None:
        if end is not None:
            found.append(causes.invalid(f"{field}.endPort", end, "may not be specified when `port` is non-numeric"))
        found += [causes.invalid(f"{field}.port", port, problem) for problem in words.port_name(port)]
    elif end is not None:
        found.append(causes.invalid(f"{field}.endPort", end, "may not be specified when `port` is not specified"))
    return found


def _judge_peer(peer: Json, field: str) -> list[Cause]:
    found: list[Cause] = []
    for name in ("podSelector", "namespaceSelector"):
        if name in peer:
            found += judge_label_selector(peer[name], f"{field}.{name}")
    if "ipBlock" in peer:
        found += _judge_block(peer["ipBlock"], f"{field}.ipBlock")
    if not peer:
        found.append(causes.required(field, "must specify a peer"))
    elif "ipBlock" in peer and len(peer) > 1:
        found.append(causes.forbidden(field, "may not specify both ipBlock and another peer"))
    return found


def _judge_block(block: Json, field: str) -> list[Cause]:
    text = block.get("cidr", "")
    if not text:
        return [causes.required(f"{field}.cidr")]
    if problems := words.exact_address_range(text):
        return [causes.invalid(f"{field}.cidr", text, problem) for problem in problems]
    found, whole = [], ip_network(text)
    for index, exception in enumerate(block.get("except", [])):
        place = f"{field}.except[{index}]"
        if problems := words.exact_address_range(exception):
            found += [causes.invalid(place, exception, problem) for problem in problems]
            continue
        part = ip_network(exception)
        is_inside = part.version == whole.version and part.network_address in whole
        if not is_inside or part.prefixlen <= whole.prefixlen:
            found.append(causes.invalid(place, exception, "must be a strict subset of `cidr`"))
    return found
