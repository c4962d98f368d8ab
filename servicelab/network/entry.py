"""From outside: which node a packet enters the cluster by, or what becomes of it on the way."""

from servicelab.network.announcing import announcer
from servicelab.network.crossing import NETWORK, reach
from servicelab.network.families import is_six
from servicelab.network.objects import Node, Service
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.trip import Trip
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict


def enter(trip: Trip, destination: Endpoint) -> Node | Verdict:
    """The node the packet reaches, or the verdict when it reaches none."""
    address = destination.address
    state = trip.state
    node = state.node_of_address.get(address)
    if node is not None and address in node.addresses:
        lost = reach(trip, node.name, destination)
        if lost is not None:
            return lost
        said = f"The request reaches node {node.name} at {destination}."
        trip.add(Hop(HopKind.NODE, NETWORK, said, f"Node {node.name} status.addresses"))
        return node
    service = state.service_of_address.get(address)
    if service is not None:
        said = f"{address} is a virtual IP, known only to the rules on the nodes; no machine outside has a way to it."
        return trip.end(HopKind.NODE, NETWORK, said, f"Service {service.key} spec.clusterIP", Outcome.TIMED_OUT)
    if address in state.external:
        return _by_external_address(trip, state.external[address], destination)
    if state.is_of_cluster(address):
        said = f"{address} is an address of the cluster's own networks; machines outside have no way to it."
        pod = state.pod_of_address.get(address)
        node = state.node_of_pod_range(address)
        because = f"Node {node.name} spec.podCIDR" if node is not None else "no Service's spec.clusterIP"
        if pod is not None:
            because = f"Pod {pod.key} status.podIP"
        return trip.end(HopKind.NODE, NETWORK, said, because, Outcome.TIMED_OUT)
    raise Unmodelled(f"{address} is no address of the cluster; the model does not know what is there")


def _by_external_address(trip: Trip, service: Service, destination: Endpoint) -> Node | Verdict:
    address = destination.address
    if address in service.external_ips:
        field = f"Service {service.key} spec.externalIPs"
        said = (
            f"{address} is only written in the Service: no machine of this network has the address, so nobody "
            "answers for it and the packet never reaches a node."
        )
        return trip.end(HopKind.NODE, NETWORK, said, field, Outcome.TIMED_OUT, destination)
    field = f"Service {service.key} status.loadBalancer.ingress"
    node = announcer(trip.state, service, address)
    if node is None:
        said = f"No node answers for {address} on the network; the packet never reaches the cluster."
        return trip.end(HopKind.NODE, NETWORK, said, _why_nobody(service), Outcome.TIMED_OUT, destination)
    asks = "neighbour discovery" if is_six(address) else "ARP"
    said = (
        f"MetalLB's speaker on {node.name} answers {asks} for {address}, so the packet enters the cluster by node "
        f"{node.name}."
    )
    trip.add(Hop(HopKind.NODE, f"MetalLB's speaker on {node.name}", said, field))
    return reach(trip, node.name, destination) or node


def _why_nobody(service: Service) -> str:
    if service.load_balancer_class:
        return f"Service {service.key} spec.loadBalancerClass: {service.load_balancer_class}"
    if service.external_traffic_local:
        return f"Service {service.key} spec.externalTrafficPolicy: Local; no node has a ready endpoint"
    return f"Service {service.key} has no ready endpoint"
