"""Faults on purpose between machines: a node's firewall and a cut between two nodes, as both clusters make them."""

from collections.abc import Iterable
from dataclasses import replace

from servicelab.cluster import node_words
from servicelab.cluster.base import MachineError
from servicelab.network.faults import NODE_PORTS, Faults


def check_nodes(wanted: Iterable[str], nodes: Iterable[str]) -> None:
    """MachineError when one of these is no node of the cluster."""
    nodes = tuple(nodes)
    for name in wanted:
        if name not in nodes:
            raise node_words.no_such_node(name, nodes)


def with_firewall(faults: Faults, node: str, *, on: bool) -> Faults:
    """The faults when the node's firewall closes the range of node ports, or closes nothing."""
    others = {name: ranges for name, ranges in faults.firewalls.items() if name != node}
    return replace(faults, firewalls={**others, node: (NODE_PORTS,)} if on else others)


def with_partition(faults: Faults, one: str, other: str, *, on: bool) -> Faults:
    """The faults when nothing passes between the two nodes, or everything does. MachineError when that cannot be."""
    if one == other:
        raise MachineError(f"{one} cannot be cut off from itself", "Name two different nodes.")
    for node in (one, other):
        if node.endswith("-control-plane"):
            raise MachineError(
                f"{node} is the control plane: a node without it no longer learns what changes, and is soon NotReady",
                "Cut two workers off from each other; `lab cluster node stop` shows a node that is NotReady.",
            )
    pair = frozenset((one, other))
    return replace(faults, partitions=faults.partitions | {pair} if on else faults.partitions - {pair})


def told(faults: Faults) -> str:
    """What is broken on purpose, in sentences; "" when nothing is. Stopped nodes are told by the cluster's status."""
    said = [f"The firewall of {node} drops {ranges[0]}." for node, ranges in sorted(faults.firewalls.items()) if ranges]
    said += [f"Nothing passes between {' and '.join(sorted(pair))}." for pair in sorted(map(sorted, faults.partitions))]
    return " ".join(said)
