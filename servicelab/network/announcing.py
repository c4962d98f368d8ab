"""MetalLB in layer-2 mode: the one node whose speaker answers for a load balancer's address."""

from hashlib import sha256

from servicelab.network.objects import Node, Service
from servicelab.network.state import ClusterState

CLASS = "metallb"
"""MetalLB takes Services of this `loadBalancerClass` only when told so; without a class it takes all."""


def announcer(state: ClusterState, service: Service, address: str) -> Node | None:
    """The node that answers ARP for a Service's address, or None when none does.

    What the speakers themselves report (ServiceL2Status) goes first, unless that node was stopped since. A cluster
    that knows of every address who answers for it (`state.announcers`) is believed.
    """
    if state.announcers is not None:
        return state.nodes.get(state.announcers.get(service.key) or "")
    if service.load_balancer_class and CLASS not in service.load_balancer_class:
        return None
    told = state.announced.get(service.key)
    if told is not None and told in state.nodes and told not in state.faults.stopped:
        return state.nodes[told]
    return elect(state, service, address)


def elect(state: ClusterState, service: Service, address: str) -> Node | None:
    """The node MetalLB's speakers choose: each sorts the candidates by a hash of name and address.

    Candidates are nodes that take load balancers (label `node.kubernetes.io/exclude-from-external-load-balancers`),
    with `externalTrafficPolicy: Local` only those with an endpoint that can serve; without any such endpoint there
    is no candidate at all. Every choice is compared with the recorded ServiceL2Status.
    """
    endpoints = [one for port in service.ports for one in port.backends if one.ready or one.serving]
    if not endpoints:
        return None
    with_endpoint = {one.node for one in endpoints}
    candidates = [
        node
        for node in state.nodes.values()
        if node.takes_load_balancers
        and node.ready
        and node.name not in state.faults.stopped
        and (not service.external_traffic_local or node.name in with_endpoint)
    ]
    return min(candidates, key=lambda node: sha256(f"{node.name}#{address}".encode()).digest(), default=None)
