"""A path hop by hop: the packet's two addresses before and after, and which objects' fields are responsible."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from servicelab.network.path import Endpoint, Hop, Path

CAUSE = re.compile(
    r"(?P<kind>[A-Z]\w+) (?:(?P<namespace>[\w.-]+)/)?(?P<name>[\w.-]+) "
    r"(?P<field>(?:spec|status|metadata|endpoints)\b[\w.\[\]-]*)"
)
"""How a hop's `because` names an object and its field."""


@dataclass(frozen=True)
class Addresses:
    """What a packet carries: where it comes from (None where that is not known) and where it is to go."""

    source: Endpoint | None
    destination: Endpoint | None


@dataclass(frozen=True)
class Moment:
    """What one hop does to the packet."""

    hop: Hop
    before: Addresses
    after: Addresses

    @property
    def causes(self) -> tuple["Cause", ...]:
        """The fields that the hop's reason names."""
        return tuple(Cause(**found.groupdict(default="")) for found in CAUSE.finditer(self.hop.because))


@dataclass(frozen=True)
class Cause:
    """A field of an object; `namespace` is empty for objects that have none."""

    kind: str
    namespace: str
    name: str
    field: str

    def __str__(self) -> str:
        return f"{self.kind} {'/'.join(filter(None, [self.namespace, self.name]))} {self.field}"


def asked(path: Path) -> Addresses:
    """The request as its client asks it: a name, as a rule, and no address yet."""
    target = path.target
    return Addresses(Endpoint(path.source_address) if path.source_address else None, Endpoint(target.host, target.port))


def moments(path: Path) -> Iterator[Moment]:
    """Each hop in turn."""
    now = asked(path)
    for hop in path.hops:
        before = Addresses(hop.source_before or now.source, hop.destination_before or now.destination)
        now = Addresses(hop.source_after or before.source, hop.destination_after or before.destination)
        yield Moment(hop, before, now)
