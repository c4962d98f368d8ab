"""NetworkPolicies read from plain Kubernetes JSON: whom they select, and what their rules allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from servicelab.network.objects import Json


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector: `matchLabels` and `matchExpressions`. Without any it selects everything."""

    labels: tuple[tuple[str, str], ...]
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        if any(labels.get(key) != value for key, value in self.labels):
            return False
        return all(_holds(key, operator, values, labels) for key, operator, values in self.expressions)


@dataclass(frozen=True, slots=True)
class Block:
    """`ipBlock`: a range of addresses, without those in `but`."""

    range: str
    but: tuple[str, ...]

    def has(self, address: str) -> bool:
        """Whether an address lies in the range and in none of its exceptions."""
        return is_in(address, self.range) and not any(is_in(address, one) for one in self.but)


@dataclass(frozen=True, slots=True)
class Peer:
    """One entry of `from` or `to`. Without `spaces` a Pod selector looks in the policy's own namespace."""

    pods: Selector | None
    spaces: Selector | None
    block: Block | None


@dataclass(frozen=True, slots=True)
class PortRule:
    """One entry of `ports`: a number, a range, a name of a container port, or (neither) every port of a protocol."""

    protocol: str
    first: int | None
    last: int | None
    name: str

    def __str__(self) -> str:
        if self.name:
            return f"{self.protocol} {self.name}"
        if self.first is None:
            return f"every {self.protocol} port"
        return f"{self.protocol} {self.first}" + (f"–{self.last}" if self.last != self.first else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `ingress` or `egress`. Empty `peers` mean everybody, empty `ports` every port and protocol."""

    peers: tuple[Peer, ...]
    ports: tuple[PortRule, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy. A direction that it does not restrict is None; `key` is `namespace/name`."""

    key: str
    namespace: str
    selector: Selector
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None


def read_policy(json: Json) -> Policy:
    """A NetworkPolicy object. Without `policyTypes` it restricts ingress, and egress when it has such rules."""
    metadata, spec = json["metadata"], json.get("spec") or {}
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    namespace = metadata.get("namespace", "default")
    return Policy(
        f"{namespace}/{metadata['name']}",
        namespace,
        _selector(spec.get("podSelector") or {}),
        tuple(_rule(one, "from") for one in spec.get("ingress") or ()) if "Ingress" in types else None,
        tuple(_rule(one, "to") for one in spec.get("egress") or ()) if "Egress" in types else None,
    )


def _rule(json: Json, key: str) -> Rule:
    peers = tuple(_peer(one) for one in json.get(key) or ())
    return Rule(peers, tuple(_port(one) for one in json.get("ports") or ()))


def _peer(json: Json) -> Peer:
    block = json.get("ipBlock")
    return Peer(
        _selector(json["podSelector"] or {}) if "podSelector" in json else None,
        _selector(json["namespaceSelector"] or {}) if "namespaceSelector" in json else None,
        Block(block["cidr"], tuple(block.get("except") or ())) if block else None,
    )


def _port(json: Json) -> PortRule:
    protocol, port = json.get("protocol", "TCP"), json.get("port")
    if port is None:
        return PortRule(protocol, None, None, "")
    if isinstance(port, str) and not port.isdigit():
        return PortRule(protocol, None, None, port)
    return PortRule(protocol, int(port), int(json.get("endPort") or port), "")


def _selector(json: Json) -> Selector:
    expressions = json.get("matchExpressions") or ()
    return Selector(
        tuple((json.get("matchLabels") or {}).items()),
        tuple((one["key"], one["operator"], tuple(one.get("values") or ())) for one in expressions),
    )


def _holds(key: str, operator: str, values: tuple[str, ...], labels: Mapping[str, str]) -> bool:
    match operator:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


@cache
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def is_in(address: str, block: str) -> bool:
    """Whether an address lies in a range such as `10.244.0.0/16`."""
    return ip_address(address) in _network(block)
