"""The Services a picture is about: their fields, and what of them stands in every node's rules."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from servicelab.network.objects import Pod, Service, ServicePort
from servicelab.network.path import Path
from servicelab.network.state import ClusterState

MOST_PORTS = 4
NAMED = re.compile(r"\bService ([^\s/]+)/([^\s/,;]+)(?: spec\.ports\[(\d+)\])?")
"""A Service, and perhaps one of its ports, as a hop's `because` names them."""


@dataclass(frozen=True)
class Involved:
    """A Service and those of its ports (by their index) that requests met."""

    service: Service
    met: frozenset[int]

    def selects(self, pod: Pod) -> bool:
        """Whether the Pod is one of those the Service's selector means."""
        service = self.service
        same = service.namespace == pod.namespace
        return bool(service.selector) and same and service.selector.items() <= pod.labels.items()

    def entries(self) -> str:
        """What stands in every node's rules for the ports that requests met, or for all when they met none."""
        service = self.service
        ports = [one for one in service.ports if one.index in self.met] or list(service.ports)
        shown = ports[:MOST_PORTS]
        numbers = ", ".join(_number(one) for one in shown)
        words = [f"virtual IP {address}:{numbers}" for address in map(_host, service.cluster_ips) if shown]
        node_ports = ", ".join(str(one.node_port) for one in shown if one.node_port)
        words += [f"node port {node_ports}"] if node_ports else []
        words += [f"load balancer {address}:{numbers}" for address in map(_host, service.load_balancer_ips)]
        words += [f"external IP {address}:{numbers}" for address in map(_host, service.external_ips)]
        if not words:
            return f"no rules for {service.key}"
        hidden = len(service.ports) - len(shown)
        more = f" · and for {_count(hidden, 'more port')}" if hidden else ""
        return f"rules for {service.key}: {' · '.join(words)}{more}"

    def fields(self) -> list[str]:
        """The Service's own fields, as its manifest spells them; a line for each port, then its addresses."""
        service = self.service
        lines = [_port(one) for one in service.ports[:MOST_PORTS]]
        if len(service.ports) > MOST_PORTS:
            lines.append(f"and {_count(len(service.ports) - MOST_PORTS, 'more port')}")
        known = {
            "clusterIP": service.cluster_ips or (("None",) if service.headless else ()),
            "load balancer": (*service.load_balancer_ips, *service.proxied_ips),
            "externalIPs": service.external_ips,
            "externalName": (service.external_name,) if service.external_name else (),
        }
        addresses = [f"{name} {', '.join(values)}" for name, values in known.items() if values]
        selector = ", ".join(f"{key}={value}" for key, value in service.selector.items())
        return [*lines, *([" · ".join(addresses)] if addresses else []), f"selector {selector or 'none'}"]


def involved(paths: Iterable[Path], state: ClusterState) -> list[Involved]:
    """The Services that hops name as their reasons, in the order they are met."""
    met: dict[tuple[str, str], set[int]] = {}
    for hop in (hop for path in paths for hop in path.hops):
        for namespace, name, port in NAMED.findall(hop.because):
            if (namespace, name) in state.services:
                met.setdefault((namespace, name), set()).update([int(port)] if port else [])
    return [Involved(state.services[key], frozenset(ports)) for key, ports in met.items()]


def _host(address: str) -> str:
    """An address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def _port(port: ServicePort) -> str:
    node_port = f" · nodePort {port.node_port}" if port.node_port else ""
    return f"port {_number(port)} → targetPort {port.target_port}{node_port}"


def _number(port: ServicePort) -> str:
    return f"{port.port}" if port.protocol == "TCP" else f"{port.port} {port.protocol}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
