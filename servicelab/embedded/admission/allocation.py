"""Virtual IPs and node ports: found free by looking at the store, kept only in the Service itself."""

import random
from ipaddress import ip_network
from typing import Any

from servicelab.embedded.admission.service_defaults import WITH_NODE_PORTS
from servicelab.embedded.resources import IP_ADDRESSES, SERVICES
from servicelab.embedded.store import Object, Store

SERVICE_NETWORK = ip_network("10.96.0.0/16")
NODE_PORTS = range(30_000, 32_768)
DYNAMIC_FROM = 257
"""Virtual IPs that are not asked for come from above the first 256, so that those can be asked for."""
DYNAMIC_PORTS_FROM = 30_086
"""The same for node ports: the first 86 are left to those who ask for one."""


def used_ips(store: Store, but: Object) -> set[str]:
    """Virtual IPs of all Services except `but`, and those that somebody made an IPAddress for."""
    used = {ip for service in _others(store, but) for ip in service["spec"].get("clusterIPs", [])}
    own = (but["metadata"].get("namespace", ""), but["metadata"].get("name"))
    for address in store.objects(IP_ADDRESSES):
        parent = address["spec"]["parentRef"]
        if (parent.get("namespace", ""), parent["name"]) != own:
            used.add(address["metadata"]["name"])
    return used


def used_node_ports(store: Store, but: Object) -> set[int]:
    """All node ports of Services except `but`, health checks included."""
    used: set[int] = set()
    for service in _others(store, but):
        used |= node_ports_of(service)
    return used


def node_ports_of(service: Object) -> set[int]:
    """One Service's node ports and that of its health check."""
    spec = service["spec"]
    ports = {port["nodePort"] for port in spec.get("ports", []) if port.get("nodePort")}
    return ports | {spec["healthCheckNodePort"]} if spec.get("healthCheckNodePort") else ports


def node_port_problem(wished: int, is_used: bool) -> str:
    """Why a node port cannot be given to who asks for it; empty when it can."""
    if wished not in NODE_PORTS:
        last = NODE_PORTS.stop - 1
        return f"provided port is not in the valid range. The range of valid ports is {NODE_PORTS.start}-{last}"
    return "provided port is already allocated" if is_used else ""


def needs_node_ports(spec: dict[str, Any]) -> bool:
    """Whether ports of this Service get a node port where they have none."""
    if spec["type"] == "LoadBalancer":
        return bool(spec.get("allocateLoadBalancerNodePorts", True))
    return spec["type"] in WITH_NODE_PORTS


def needs_health_check_port(spec: dict[str, Any]) -> bool:
    """Whether load balancers ask the nodes which of them have a Pod of this Service."""
    return spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def free_ip(used: set[str], randomness: random.Random) -> str | None:
    """A virtual IP nobody has."""
    count = SERVICE_NETWORK.num_addresses
    start = randomness.randrange(DYNAMIC_FROM, count - 1)
    for offset in range(count):
        position = DYNAMIC_FROM + (start - DYNAMIC_FROM + offset) % (count - 1 - DYNAMIC_FROM)
        address = str(SERVICE_NETWORK[position])
        if address not in used:
            return address
    return None


def free_node_port(used: set[int], randomness: random.Random) -> int | None:
    """A node port nobody has."""
    dynamic = range(DYNAMIC_PORTS_FROM, NODE_PORTS.stop)
    start = randomness.randrange(len(dynamic))
    for offset in range(len(dynamic)):
        port = dynamic[(start + offset) % len(dynamic)]
        if port not in used:
            return port
    return None


def _others(store: Store, but: Object) -> list[Object]:
    own = (but["metadata"].get("namespace", ""), but["metadata"].get("name"))
    return [s for s in store.objects(SERVICES) if (s["metadata"]["namespace"], s["metadata"]["name"]) != own]
