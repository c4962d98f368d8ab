"""Which addresses of Docker's network this machine sends elsewhere, from what `ip -json` prints."""

import json
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from servicelab.cluster.machine.facts import Swallowed

OWN_KINDS = ("local", "broadcast", "multicast")
"""Routes of the machine's own addresses; no VPN makes them."""


def suspects(routes: Iterable[Mapping[str, Any]], subnet: IPv4Network, bridge: str) -> list[IPv4Address]:
    """Addresses of the subnet worth asking about: the first container's, and one in each overlap with another route."""
    asked = [subnet.network_address + 2]
    for route in routes:
        if route.get("dev") == bridge or route.get("dst") == "default" or route.get("type") in OWN_KINDS:
            continue
        network = IPv4Network(route["dst"])
        if network.subnet_of(subnet):
            asked.append(network[min(1, network.num_addresses - 1)])
        elif network.overlaps(subnet):
            asked.append(subnet.broadcast_address - 1)
    return list(dict.fromkeys(asked))


def swallowed(
    subnet: IPv4Network, bridge: str, run: Callable[[list[str]], str], most: int = 8
) -> tuple[Swallowed, ...]:
    """The kernel's own word, `ip route get`, on each suspect address. `run` runs a program and gives what it printed,
    empty when it failed (as `ip route get` does for an address that a route forbids)."""
    shown = run(["ip", "-4", "-json", "route", "show", "table", "all"])
    found = []
    for address in suspects(json.loads(shown or "[]"), subnet, bridge)[:most]:
        told = json.loads(run(["ip", "-4", "-json", "route", "get", str(address)]) or "[{}]")[0]
        device = told.get("dev", "no interface at all (a route forbids it)")
        if device not in (bridge, "lo"):
            found.append(Swallowed(str(address), str(subnet), device))
    return tuple(found)
