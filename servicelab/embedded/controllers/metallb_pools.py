"""MetalLB's pools: which addresses there are, and which Services may have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from servicelab.embedded.admission.metallb_rules import Network, networks
from servicelab.embedded.controllers.objects import labels_of
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import IP_ADDRESS_POOLS, NAMESPACES
from servicelab.embedded.store import Object, Store

SYSTEM = "metallb-system"
Address = IPv4Address | IPv6Address
LAST = (0, 255)
"""Last numbers that `avoidBuggyIPs` leaves out."""


@dataclass(frozen=True)
class Pool:
    """One IPAddressPool as MetalLB reads it."""

    name: str
    networks: tuple[Network, ...]
    auto_assign: bool
    avoids_buggy: bool
    is_for_some: bool
    """Whether it has a `serviceAllocation`: then it is never everybody's."""
    namespaces: frozenset[str]
    selectors: tuple[dict[str, Any], ...]
    priority: int

    def has(self, address: Address) -> bool:
        """Whether the address is one of the pool's."""
        return any(address in one for one in self.networks) and not self._is_left_out(address)

    def addresses(self) -> Iterator[Address]:
        """All IPv4 addresses, in the order in which they are given."""
        for network in self.networks:
            if network.version == 4:
                yield from (address for address in network if not self._is_left_out(address))

    def size(self, version: int) -> int:
        """How many addresses of an IP version it has."""
        mine = [one for one in self.networks if one.version == version]
        total = sum(one.num_addresses for one in mine)
        if self.avoids_buggy and version == 4:
            total -= sum(_count_ending(one, number) for one in mine for number in LAST)
        return total

    def is_for(self, service: Object) -> bool:
        """Whether `serviceAllocation` lets a Service have its addresses."""
        if self.namespaces and service["metadata"]["namespace"] not in self.namespaces:
            return False
        return not self.selectors or any(matches(one, labels_of(service)) for one in self.selectors)

    def is_pinned_to(self, service: Object) -> bool:
        """Whether it is meant for this Service more than for others, so that it is tried first."""
        return self.auto_assign and bool(self.namespaces or self.selectors) and self.is_for(service)

    def _is_left_out(self, address: Address) -> bool:
        return self.avoids_buggy and address.version == 4 and int(address) % 256 in LAST


def pools_of(store: Store) -> dict[str, Pool]:
    """The pools there are, by name."""
    found = (_read(store, one) for one in store.objects(IP_ADDRESS_POOLS, SYSTEM))
    return {pool.name: pool for pool in found}


def by_priority(pools: list[Pool]) -> list[Pool]:
    """The smaller number first; pools without one (0) last."""
    return sorted(pools, key=lambda pool: (pool.priority == 0, pool.priority))


def _read(store: Store, object: Object) -> Pool:
    spec = object["spec"]
    allocation = spec.get("serviceAllocation") or {}
    namespaces = set(allocation.get("namespaces") or ())
    for selector in allocation.get("namespaceSelectors") or ():
        namespaces |= {
            one["metadata"]["name"] for one in store.objects(NAMESPACES) if matches(selector, labels_of(one))
        }
    return Pool(
        object["metadata"]["name"],
        tuple(networks(object)),
        spec.get("autoAssign", True),
        spec.get("avoidBuggyIPs", False),
        bool(spec.get("serviceAllocation")),
        frozenset(namespaces),
        tuple(allocation.get("serviceSelectors") or ()),
        allocation.get("priority", 0),
    )


def _count_ending(network: Network, number: int) -> int:
    """How many addresses of a network end in this number."""
    first, last = int(network[0]), int(network[-1])
    return (last - number) // 256 - (first - 1 - number) // 256
