"""What IPAddresses and ServiceCIDRs may be."""

import re
from ipaddress import ip_address, ip_network
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.store import Object

Json = dict[str, Any]
MOST_RANGES = 2
METADATA_TIMES_ON_CHANGE = 4
IMMUTABLE = "field is immutable"


def judge_ip_address(object: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with an IPAddress: its name is the address, its parent is who has it."""
    parent = (object.get("spec") or {}).get("parentRef")
    found = judge_metadata(object, old, _address_name, METADATA_TIMES_ON_CHANGE)
    if old is not None and parent != (old.get("spec") or {}).get("parentRef"):
        shown = {name.capitalize(): (parent or {}).get(name, "") for name in ("group", "resource", "namespace", "name")}
        return [*found, causes.invalid("spec.parentRef", shown, IMMUTABLE)]
    return found + ([causes.required("spec.parentRef")] if parent is None else _judge_parent(parent))


def _judge_parent(parent: Json) -> list[Cause]:
    found: list[Cause] = []
    rules = (("group", words.subdomain), ("resource", words.path_segment), ("name", words.path_segment))
    for name, rule in (*rules, ("namespace", words.path_segment)):
        text = parent.get(name, "")
        if text:
            found += [causes.invalid(f"spec.parentRef.{name}", text, problem) for problem in rule(text)]
        elif name in ("resource", "name"):
            found.append(causes.required(f"spec.parentRef.{name}"))
    return found


def _address_name(text: str) -> words.Problems:
    if re.fullmatch(r"\d+(\.\d+){3}", text) and re.search(r"(^|\.)0\d", text):
        return ["must not have leading 0s"]
    if problems := words.address(text):
        return problems
    canonical = str(ip_address(text))
    return [] if text == canonical else [f'must be in canonical form ("{canonical}")']


def judge_service_cidr(object: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a ServiceCIDR."""
    ranges = (object.get("spec") or {}).get("cidrs", [])
    found = judge_metadata(object, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    if old is not None:
        return found + _judge_changed_ranges(ranges, (old.get("spec") or {}).get("cidrs", []))
    if not ranges:
        return [*found, causes.required("spec.cidrs", "at least one CIDR required")]
    if len(ranges) > MOST_RANGES:
        return [*found, causes.invalid("spec.cidrs", {"CIDRs": ranges}, "may only hold up to 2 values")]
    wrong = []
    for index, text in enumerate(ranges):
        wrong += [causes.invalid(f"spec.cidrs[{index}]", text, one) for one in words.exact_address_range(text)]
    if not wrong and len({ip_network(text).version for text in ranges}) < len(ranges):
        detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        wrong.append(causes.invalid("spec.cidrs", ranges, detail))
    return found + wrong


def _judge_changed_ranges(ranges: list[str], before: list[str]) -> list[Cause]:
    """A second range of the other family may be added; nothing else changes."""
    if len(ranges) < len(before):
        return [causes.invalid("spec.cidrs", ranges, IMMUTABLE)]
    changed = [index for index, text in enumerate(before) if ranges[index] != text]
    return [causes.invalid(f"spec.cidrs[{index}]", ranges[index], IMMUTABLE) for index in changed]


def warn_service_cidr(object: Object, old: Object | None) -> list[str]:
    """Further ranges are stored, and no Service gets an address of theirs here."""
    if object["metadata"].get("name") == "kubernetes":
        return []
    return ["spec.cidrs: the embedded cluster does not give Services addresses of further ranges; use a kind cluster"]
