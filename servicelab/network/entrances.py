"""Every address at which a Service can be asked for, and what to ask there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from servicelab.network.objects import Service, ServicePort
from servicelab.network.places import DEFAULT_PORTS, NodePlace, Place, PodPlace, Target
from servicelab.network.state import ClusterState

WHO_ARE_YOU = "/hostname"
"""The path at which agnhost tells which Pod it is; other web servers answer something else there, but they answer."""
MODELLED = ("TCP", "UDP")


class Way(StrEnum):
    """By which kind of address a Service is asked for."""

    NAME = "name"
    VIRTUAL_IP = "virtual IP"
    NODE_PORT = "node port"
    LOAD_BALANCER = "load balancer"
    EXTERNAL_IP = "external IP"


@dataclass(frozen=True)
class Entrance:
    """One address and port of a Service (`namespace/name`); `node` says whose address it is for a node port.

    `port` is the port's name in `spec.ports`, or its number where it has none.
    """

    service: str
    port: str
    way: Way
    target: Target
    node: str = ""

    def __str__(self) -> str:
        return f"{self.way}{f' of {self.node}' if self.node else ''}"


def entrances(state: ClusterState, service: Service) -> list[Entrance]:
    """All of a Service's, port by port: its name first, then its addresses from the inside to the outside."""
    name = f"{service.name}.{service.namespace}"
    if service.type == "ExternalName" and not service.ports:
        target = Target("http", name, DEFAULT_PORTS["http"], WHO_ARE_YOU)
        return [Entrance(service.key, str(target.port), Way.NAME, target)]
    return [
        Entrance(service.key, port.name or str(port.port), way, _target(state, port, host, number), node)
        for port in service.ports
        if port.protocol in MODELLED
        for way, host, number, node in _addresses(state, service, port, name)
    ]


def best_entrance(found: Sequence[Entrance], source: Place) -> Entrance:
    """The address somebody at `source` would use: Pods the name, nodes the virtual IP, others what is open to them."""
    match source:
        case PodPlace():
            wanted = [Way.NAME]
        case NodePlace():
            wanted = [Way.VIRTUAL_IP, Way.NAME]
        case _:
            wanted = [Way.LOAD_BALANCER, Way.EXTERNAL_IP, Way.NODE_PORT, Way.VIRTUAL_IP, Way.NAME]
    return min((one for one in found if one.way in wanted), key=lambda one: wanted.index(one.way))


def _addresses(
    state: ClusterState, service: Service, port: ServicePort, name: str
) -> Iterator[tuple[Way, str, int, str]]:
    yield Way.NAME, name, port.port, ""
    for address in service.cluster_ips:
        yield Way.VIRTUAL_IP, address, port.port, ""
    for node in state.nodes.values() if port.node_port else ():
        if node.address:
            yield Way.NODE_PORT, node.address, port.node_port or 0, node.name
    for address in (*service.load_balancer_ips, *service.proxied_ips):
        yield Way.LOAD_BALANCER, address, port.port, ""
    for address in service.external_ips:
        yield Way.EXTERNAL_IP, address, port.port, ""


def _target(state: ClusterState, port: ServicePort, host: str, number: int) -> Target:
    if port.protocol == "UDP":
        return Target("udp", host, number)
    return Target("http", host, number, WHO_ARE_YOU) if _speaks_http(state, port) else Target("tcp", host, number)


def _speaks_http(state: ClusterState, port: ServicePort) -> bool:
    """Whether HTTP can be asked here: unless the model knows of an endpoint that speaks something else, or not at all
    what an endpoint is."""
    for backend in port.backends:
        named = state.pod(*backend.pod.split("/")) if backend.pod else None
        pod = named or state.pod_of_address.get(backend.address)
        if pod is None or not all(container.program.known for container in pod.containers):
            return False
        heard = [
            listener.speaks
            for container in pod.containers
            for listener in container.program.listeners
            if (listener.protocol, listener.port) == (port.protocol, backend.port)
        ]
        if heard and "http" not in heard:
            return False
    return True
