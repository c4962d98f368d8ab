"""What is broken on purpose below Kubernetes: machines that are off, nodes' firewalls, nodes cut off from each other.

No Kubernetes object shows these; whoever made the fault tells the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple


class PortRange(NamedTuple):
    """Ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def covers(self, port: int) -> bool:
        """Whether the port lies in the range."""
        return self.first <= port <= self.last


NODE_PORTS = PortRange(30000, 32767)
"""The range Kubernetes hands node ports out from, unless the API server is told otherwise."""


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of a cluster's machines and network, by the names of its nodes. Without arguments there are none.

    `stopped`: nodes whose machine is off. `firewalls`: by node, the ports (TCP and UDP) at which it drops what other
    machines begin, whatever address it is for, before kube-proxy sees it; Pods of the node, the node itself and answers
    are let through. `partitions`: pairs of nodes between which nothing passes in either direction; machines outside
    still reach each of them.
    """

    stopped: frozenset[str] = frozenset()
    firewalls: Mapping[str, tuple[PortRange, ...]] = field(default_factory=dict)
    partitions: frozenset[frozenset[str]] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is broken."""
        return bool(self.stopped or self.firewalls or self.partitions)

    @classmethod
    def of(
        cls,
        stopped: Iterable[str] = (),
        firewalls: Mapping[str, Iterable[tuple[int, int]]] | None = None,
        partitions: Iterable[Iterable[str]] = (),
    ) -> "Faults":
        """Faults from plain lists; each partition names the nodes that no longer reach each other."""
        closed = {node: tuple(PortRange(*one) for one in ranges) for node, ranges in (firewalls or {}).items()}
        pairs = (combinations(sorted(some), 2) for some in partitions)
        return cls(frozenset(stopped), closed, frozenset(frozenset(pair) for some in pairs for pair in some))

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> "Faults":
        """What `to_json` wrote; a missing key means no such fault."""
        return cls.of(json.get("stopped", ()), json.get("firewalls"), json.get("partitions", ()))

    def to_json(self) -> dict[str, Any]:
        """As `{"stopped": ["a"], "firewalls": {"b": [[30000, 32767]]}, "partitions": [["a", "b"]]}`."""
        return {
            "stopped": sorted(self.stopped),
            "firewalls": {node: [list(one) for one in ranges] for node, ranges in sorted(self.firewalls.items())},
            "partitions": sorted(sorted(pair) for pair in self.partitions),
        }

    def part(self, one: str, other: str) -> bool:
        """Whether nothing gets from one node to the other: that is off, or they are cut off from each other."""
        return other in self.stopped or (bool(self.partitions) and frozenset((one, other)) in self.partitions)

    def closed(self, node: str, port: int) -> PortRange | None:
        """The range of the node's firewall that a port from another machine lies in, or None."""
        ranges = self.firewalls.get(node, ())
        return next((one for one in ranges if one.covers(port)), None)
