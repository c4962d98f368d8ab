"""One request under way: what `route` writes down as it goes."""

from collections.abc import Callable, Sequence
from typing import Any

from servicelab.network.families import first_of
from servicelab.network.objects import Node, Pod
from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.places import Place, Target
from servicelab.network.proxy import Affinity, Origin
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome, Verdict


def known(source: str | None, field: str) -> str:
    """A packet's source address, for a field that decides by it. Raises Unmodelled where it is not known."""
    if source is None:
        raise Unmodelled(f"{field} decides by the client's address, which is not known here")
    return source


class Trip:
    """The request's source and target, where it is now, and the hops so far."""

    __slots__ = (
        "affinity", "before", "candidates", "choose", "has_choice", "hops", "node", "origin", "own_address", "pod",
        "protocol", "six", "source", "source_address", "source_addresses", "specified", "start", "state", "target",
        "translated", "translated_anew", "verdict",
    )  # fmt: skip

    def __init__(
        self,
        state: ClusterState,
        source: Place,
        target: Target,
        choose: Callable[[Sequence[Any]], Any],
        affinity: Affinity | None,
        pod: Pod | None,
        node: Node | None,
        origin: Origin,
        source_addresses: tuple[str, ...],
    ) -> None:
        self.state, self.source, self.target = state, source, target
        self.choose, self.affinity, self.pod = choose, affinity, pod
        self.source_addresses = source_addresses
        self.start = (node, origin)
        self.six = False
        self.own_address = source_addresses[0] if source_addresses else None
        self.node, self.origin, self.source_address = node, origin, self.own_address
        self.protocol = target.protocol
        self.before: tuple[str, str | None] | None = None
        self.translated = False
        self.has_choice = False
        self.translated_anew = False
        self.specified: list[str] = []
        self.hops: list[Hop] = []
        self.candidates: list[str] = []
        self.verdict: Verdict | None = None

    @property
    def here(self) -> Node:
        """The node whose rules handle the packet now."""
        assert self.node is not None, "a packet is on a node once it has entered the cluster"
        return self.node

    def set_out(self, six: bool) -> None:
        """Begin (anew) from the source, for an address of a family; `own_address` is the source's of that family."""
        self.six = six
        self.own_address = self.source_address = first_of(self.source_addresses, six)
        self.node, self.origin = self.start
        self.before, self.translated = None, False
        self.has_choice, self.translated_anew = False, False

    def source_at(self, node: str | None) -> str | None:
        """The source address as `node` sees it when the packet comes in, before it puts in one of its own."""
        return self.before[1] if self.before is not None and self.before[0] == node else self.source_address

    def by_specification(self, what: str) -> None:
        """Note that this part of the way is known from the specification, not from a recording."""
        if what not in self.specified:
            self.specified.append(what)

    def add(self, hop: Hop) -> None:
        """Write a hop down."""
        self.hops.append(hop)

    def rewrite(self, new: str, who: str, said: str, because: str) -> None:
        """Give the packet another source address."""
        if new == self.source_address:
            return
        before = Endpoint(self.source_address) if self.source_address else None
        self.add(Hop(HopKind.SOURCE_REWRITE, who, said, because, source_before=before, source_after=Endpoint(new)))
        if self.before is None or self.before[0] != self.here.name:
            self.before = self.here.name, self.source_address
        self.source_address = new

    def end(
        self, kind: HopKind, who: str, said: str, because: str, outcome: Outcome, destination: Endpoint | None = None
    ) -> Verdict:
        """Write down the hop that ends the request without an answer."""
        self.add(Hop(kind, who, said, because, destination))
        return Verdict(outcome)
