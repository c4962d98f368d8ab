"""A `hostPort`: the network's plugin on the Pod's node leads a port of the node straight to the Pod.

No Service takes part, so neither readiness nor kube-proxy matters; other nodes know nothing of it.
"""

from servicelab.network import proxy
from servicelab.network.checkpoints import leave_pod
from servicelab.network.delivery import arrive
from servicelab.network.families import LOOPBACK, is_loopback, is_six
from servicelab.network.objects import Node, Pod, PodPort
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.proxy import Origin
from servicelab.network.state import ClusterState
from servicelab.network.trip import Trip
from servicelab.network.verdict import Verdict

ANY = ("", "0.0.0.0", "::")


def find(state: ClusterState, node: Node, protocol: str, destination: Endpoint) -> tuple[Pod, PodPort] | None:
    """The Pod of `node` whose hostPort a packet to this address of the node meets, or None."""
    if not proxy.is_local(node, destination.address):
        return None
    six = is_six(destination.address)
    for pod, port in state.host_ports.get((node.name, protocol, destination.port or 0), ()):
        if (port.host_ip in ANY or port.host_ip == destination.address) and pod.address_of(six):
            return pod, port
    return None


def through_host_port(trip: Trip, destination: Endpoint, pod: Pod, port: PodPort) -> Verdict:
    """The destination becomes the Pod; the source stays, but for the node's loopback address and its own Pods."""
    here = trip.here
    who = f"the Pod network of {here.name}"
    chosen = Endpoint(pod.address_of(trip.six) or "", port.port)
    said = (
        f"{trip.protocol} port {destination.port} of {here.name} is a hostPort of Pod {pod.key}; it becomes {chosen}."
    )
    trip.add(Hop(HopKind.HOST_PORT, who, said, f"{port.because}.hostPort", destination, chosen))
    trip.translated = True
    dropped = leave_pod(trip, chosen) if trip.origin is Origin.POD else None
    if dropped is not None:
        return dropped
    loopback, gateway = is_loopback(destination.address), here.gateway_of(trip.six)
    if trip.origin is Origin.NODE:
        trip.source_address = LOOPBACK[trip.six] if loopback else destination.address
    if gateway and (loopback or trip.origin is Origin.POD):
        why = (
            "what comes from the node or its Pods must be answered by way of the node, which changes the addresses back"
        )
        trip.rewrite(gateway, who, f"The source becomes {gateway}: {why}.", f"{port.because}.hostPort")
    return arrive(trip, chosen, chosen.address)
