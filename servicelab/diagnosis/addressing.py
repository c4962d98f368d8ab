"""The address and port that are asked: whether they are the Service's."""

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, spoken
from servicelab.network import names
from servicelab.network.entrances import Way
from servicelab.network.objects import Service, ServicePort
from servicelab.network.places import NO_PORT, Target


def broken(request: Request) -> Finding | None:
    """What is wrong with the address or port, or None."""
    target, service = request.question.target, request.service
    if target is not None and request.way is None:
        return _nobodys(request, target)
    if target is None or service is None or service.external_name:
        return None
    if target.port == NO_PORT:
        return (
            request.finding("virtual-ip-pinged") if request.way is not Way.NODE_PORT and not service.headless else None
        )
    if service.headless:
        return _headless(request, service, target)
    if request.port is not None:
        return None
    ports = spoken(f"{one.protocol} {one.port}" for one in service.ports)
    numbers = {one.port: one for one in service.ports}
    if request.way is Way.NODE_PORT:
        return _at_node(request, service, target)
    if target.port in numbers:
        return request.finding("protocol-differs", ports=ports)
    if any(target.port == one.node_port for one in service.ports):
        return request.finding("node-port-asked-inside", ports=ports)
    if any(_leads_to(one, target.port) for one in service.ports):
        return request.finding("target-port-asked", ports=ports)
    return request.finding("port-unknown", ports=ports)


def _leads_to(port: ServicePort, number: int) -> bool:
    return port.target_port == str(number) or any(one.port == number for one in port.backends)


def _nobodys(request: Request, target: Target) -> Finding | None:
    """An address that is neither a Service's nor a node's."""
    if target.host in request.state.pod_of_address or not names.is_address(target.host):
        return None
    if not request.state.is_of_cluster(target.host):
        return None
    return request.finding("address-nobodys")


def _at_node(request: Request, service: Service, target: Target) -> Finding | None:
    node_ports = [one for one in service.ports if one.node_port]
    if not node_ports:
        return None  # what opens it to the outside comes last on the way
    listed = spoken(f"{one.protocol} {one.node_port}" for one in node_ports)
    if any(one.node_port == target.port for one in node_ports):
        return request.finding("protocol-differs", ports=listed)
    if any(one.port == target.port or _leads_to(one, target.port) for one in service.ports):
        return request.finding("port-asked-at-node", ports=listed)
    return request.finding("node-port-unknown", ports=listed)


def _headless(request: Request, service: Service, target: Target) -> Finding | None:
    """A headless name leads to the Pods themselves, where the Service's port means nothing."""
    wanted = request.alive_pods
    heard = [request.hears(pod, target.protocol, target.port) for pod in wanted]
    is_of_service = any(one.port == target.port and one.target_port != str(target.port) for one in service.ports)
    if not wanted or any(one is not False for one in heard) or not is_of_service:
        return None
    return request.finding("headless-port", listens=request.listening_words(wanted[0]), pod=wanted[0].name)
