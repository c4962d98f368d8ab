"""From one machine to a node: what a stopped node, a partition or the node's firewall make of a packet."""

from servicelab.network.path import Endpoint, HopKind
from servicelab.network.trip import Trip
from servicelab.network.verdict import Outcome, Verdict

NETWORK = "the network"


def off(node: str) -> str:
    """A stopped node as a hop's `because`; no object says it."""
    return f"the machine of node {node} is off"


def reach(trip: Trip, node: str, destination: Endpoint) -> Verdict | None:
    """The end of a packet that does not get from where it is (`trip.node`, None outside) into another node."""
    faults = trip.state.faults
    if not faults:
        return None
    if node in faults.stopped:
        said = f"Node {node} is stopped: nothing answers for {destination.address}."
        return trip.end(HopKind.NODE, NETWORK, said, off(node), Outcome.TIMED_OUT, destination)
    if trip.node is not None and faults.part(trip.node.name, node):
        said = f"Nothing passes between nodes {trip.node.name} and {node}; the packet to {destination} is lost."
        because = f"the network between nodes {trip.node.name} and {node} is cut"
        return trip.end(HopKind.NODE, NETWORK, said, because, Outcome.TIMED_OUT, destination)
    closed = faults.closed(node, destination.port or 0) if trip.protocol != "ICMP" else None
    if closed is not None:
        said = f"The firewall of node {node} drops what other machines send to ports {closed.first} to {closed.last}."
        who, because = f"the firewall of {node}", f"the firewall of node {node} closes ports {closed}"
        return trip.end(HopKind.NODE, who, said, because, Outcome.TIMED_OUT, destination)
    return None
