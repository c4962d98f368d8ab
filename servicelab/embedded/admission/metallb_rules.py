"""What MetalLB's own webhooks refuse: pools with wrong or overlapping addresses, and wrong selectors.

The words are those of MetalLB 0.16.2; each has a recorded case.
"""

from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from typing import Any

from servicelab.embedded.admission import words
from servicelab.embedded.admission.causes import Refused, shown
from servicelab.embedded.resources import IP_ADDRESS_POOLS
from servicelab.embedded.store import Object, Store

NAMESPACE = "metallb-system"
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
Json = dict[str, Any]
Network = IPv4Network | IPv6Network


def refuse_pool(store: Store, pool: Object, old: Object | None) -> None:
    """Raise Refused (403) when MetalLB would not take an IPAddressPool."""
    try:
        _check_namespace(pool)
        name = _name(pool)
        try:
            networks(pool)
            _check_allocation(pool)
        except ValueError as problem:
            raise ValueError(f"parsing address pool {name}: {problem}") from None
        pools = [pool if _name(one) == name else one for one in store.objects(IP_ADDRESS_POOLS, NAMESPACE)]
        is_there = store.get(IP_ADDRESS_POOLS, NAMESPACE, name) is not None
        _check_overlaps(pools if is_there else [*pools, pool])
    except ValueError as problem:
        raise _denied("ipaddresspool", problem) from None


def refuse_advertisement(store: Store, advertisement: Object, old: Object | None) -> None:
    """Raise Refused (403) when MetalLB would not take an L2Advertisement."""
    spec, name = advertisement.get("spec") or {}, _name(advertisement)
    try:
        _check_namespace(advertisement)
        pools = spec.get("ipAddressPools") or []
        for index, pool in enumerate(pools):
            if pool in pools[:index]:
                raise ValueError(f'duplicate definition of ipAddressPools "{pool}"')
        for selector in spec.get("ipAddressPoolSelectors") or []:
            _check_selector(selector, f"invalid label selector {_structs(selector)}")
        for selector in spec.get("nodeSelectors") or []:
            what = f"invalid label selector {_structs(selector)}\nfailed to parse node selector for {name}"
            _check_selector(selector, what)
    except ValueError as problem:
        raise _denied("l2advertisement", problem) from None


def networks(pool: Object) -> list[Network]:
    """The networks of a pool, in its order; a range from one address to another is several. ValueError says why not."""
    found: list[Network] = []
    for text in pool["spec"]["addresses"]:
        try:
            found += list(_networks(text))
        except ValueError as problem:
            raise ValueError(f'invalid CIDR {shown(text)} in pool "{_name(pool)}": {problem}') from None
    if not found:
        raise ValueError("pool has no prefixes defined")
    return found


def _networks(text: str) -> Iterator[Network]:
    if "-" not in text:
        try:
            if "/" not in text:
                raise ValueError
            yield ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"invalid CIDR {shown(text)}") from None
        return
    start, end = (part.strip() for part in text.split("-", 1))
    invalid = f"invalid IP range {shown(text)}"
    first, last = _address(start, f"{invalid}: invalid start IP"), _address(end, f"{invalid}: invalid end IP")
    if first.version != last.version:
        raise ValueError(f"{invalid}: start and end IPs must be the same family")
    if int(first) > int(last):
        raise ValueError(f"{invalid}: start IP {shown(start)} is after the end IP {shown(end)}")
    yield from summarize_address_range(first, last)


def _address(text: str, problem: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError:
        raise ValueError(f"{problem} {shown(text)}") from None


def _name(object: Object) -> str:
    return str(object["metadata"]["name"])


def _check_namespace(object: Object) -> None:
    if object["metadata"].get("namespace") != NAMESPACE:
        raise ValueError(f"resource must be created in {NAMESPACE} namespace")


def _check_overlaps(pools: list[Object]) -> None:
    defined: list[Network] = []
    for pool in pools:
        for network in networks(pool):
            for other in defined:
                if network.version == other.version and network.overlaps(other):
                    where = f'CIDR "{network}" in pool "{_name(pool)}"'
                    raise ValueError(f'{where} overlaps with already defined CIDR "{other}"')
            defined.append(network)


def _check_allocation(pool: Object) -> None:
    allocation, name = pool["spec"].get("serviceAllocation") or {}, _name(pool)
    namespaces = allocation.get("namespaces") or []
    if len(set(namespaces)) < len(namespaces):
        raise ValueError("duplicate definition in namespaces field")
    for selector in allocation.get("namespaceSelectors") or []:
        _check_selector(selector, f"invalid namespace label selector {_named_structs(selector)} in ip pool {name}")
    for selector in allocation.get("serviceSelectors") or []:
        _check_selector(selector, f"invalid service label selector {_structs(selector)} in ip pool {name}")


def _check_selector(selector: Json, what: str) -> None:
    for key, value in sorted((selector.get("matchLabels") or {}).items()):
        for problem in words.qualified_name(key):
            raise ValueError(f"key: Invalid value: {shown(key)}: {problem}\n{what}")
        for problem in words.label_value(value):
            raise ValueError(f"values[0][{key}]: Invalid value: {shown(value)}: {problem}\n{what}")
    for expression in selector.get("matchExpressions") or []:
        if expression["operator"] not in OPERATORS:
            raise ValueError(f"{shown(expression['operator'])} is not a valid label selector operator\n{what}")


def _structs(selector: Json) -> str:
    """A label selector as Go prints its value."""
    terms = [f"{{{one['key']} {one['operator']} {_list(one)}}}" for one in selector.get("matchExpressions") or []]
    return f"{{{_map(selector)} [{' '.join(terms)}]}}"


def _named_structs(selector: Json) -> str:
    """A label selector as Kubernetes' own String method prints it."""
    terms = [
        f"LabelSelectorRequirement{{Key:{one['key']},Operator:{one['operator']},Values:{_list(one)},}},"
        for one in selector.get("matchExpressions") or []
    ]
    labels = ",".join(f"{key}: {value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))
    labels = f"{labels}," if labels else ""
    expressions = f"[]LabelSelectorRequirement{{{''.join(terms)}}}"
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:{expressions},}}"


def _map(selector: Json) -> str:
    labels = sorted((selector.get("matchLabels") or {}).items())
    return f"map[{' '.join(f'{key}:{value}' for key, value in labels)}]"


def _list(expression: Json) -> str:
    return f"[{' '.join(expression.get('values') or [])}]"


def _denied(webhook: str, problem: ValueError) -> Refused:
    message = f'admission webhook "{webhook}validationwebhook.metallb.io" denied the request: {problem}'
    return Refused(403, "Forbidden", message, has_details=False)
