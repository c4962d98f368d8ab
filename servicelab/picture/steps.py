"""A path as what a picture shows: stations, and what is said on the way between them."""

from dataclasses import dataclass

from servicelab.network.path import Hop, HopKind, Path
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, PortForward
from servicelab.network.verdict import Outcome, Verdict

ENDINGS = {
    Outcome.ANSWERED: "answered",
    Outcome.REFUSED: "connection refused",
    Outcome.TIMED_OUT: "no answer: timed out",
    Outcome.NO_SUCH_NAME: "no such name",
    Outcome.RESET: "connection reset",
}


@dataclass(frozen=True)
class Station:
    """A place on the way. `arrow` is said on the way to it; `lines` stand under its title."""

    title: str
    lines: tuple[str, ...] = ()
    arrow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Steps:
    """The stations of a path in order, and how it ended: a few words and, on failure, the reason."""

    stations: tuple[Station, ...]
    ending: str
    reason: str
    answered: bool


def steps_of(path: Path) -> Steps:
    """What a picture of a path shows."""
    address = f"  {path.source_address}" if path.source_address else ""
    stations = [Station(f"{place_in_words(path.source)}{address}", (f"asks for {path.target}",))]
    arrow: list[str] = []
    for hop in path.hops:
        if hop.kind is HopKind.SOURCE_REWRITE:
            before = f"source {hop.source_before} becomes" if hop.source_before else "source becomes"
            arrow.append(f"{before} {hop.source_after}  ({hop.who})")
            continue
        if hop.kind is HopKind.NODE and hop is not path.hops[-1]:
            arrow.append(hop.said.rstrip("."))
            continue
        station = _station(hop)
        stations.append(Station(station.title, station.lines, tuple(arrow)))
        arrow = _leaving(hop)
    reason = "" if path.verdict.answered or not path.hops else path.hops[-1].said
    return Steps(tuple(stations), ending_of(path.verdict), reason, path.verdict.answered)


def place_in_words(place: Place) -> str:
    """A vantage point as a sentence names it."""
    match place:
        case PodPlace(namespace=namespace, name=name):
            return f"Pod {namespace}/{name}"
        case NodePlace(name=name):
            return f"node {name}"
        case Outside():
            return "a client outside the cluster"
        case PortForward(kind=kind, name=name):
            return f"kubectl port-forward {kind}/{name}"


def owner_of(hop: Hop) -> str:
    """The object a hop's cause names: `Service shop/web` of `Service shop/web spec.ports[0].port; …`, or ""."""
    words = hop.because.split()
    return " ".join(words[:2]) if len(words) >= 2 and words[0][:1].isupper() else ""


def _station(hop: Hop) -> Station:
    owner = filter(None, [owner_of(hop)])
    match hop.kind:
        case HopKind.NAME:
            name = hop.destination_before.address if hop.destination_before else "?"
            return Station(f"name {name}", (f"looked up by {hop.who}",))
        case HopKind.VIRTUAL_IP | HopKind.NODE_PORT | HopKind.LOAD_BALANCER | HopKind.EXTERNAL_IP | HopKind.HOST_PORT:
            return Station(f"{hop.kind} {hop.destination_before}", tuple(owner))
        case HopKind.POLICY:
            return Station(hop.who, tuple(owner))
        case HopKind.POD:
            return Station(hop.who, (hop.said.rstrip(".").replace(f" is {hop.who}", ""),))
        case HopKind.PROGRAM if hop.who.startswith("container"):
            port = f", port {hop.destination_before.port}" if hop.destination_before else ""
            return Station(f"program in {hop.who}{port}")
    return Station(hop.who)


def _leaving(hop: Hop) -> list[str]:
    if hop.destination_after is None:
        return []
    if hop.kind is HopKind.NAME:
        return [f"is {hop.destination_after}"]
    return [f"destination becomes {hop.destination_after}  ({hop.who})"]


def ending_of(verdict: Verdict) -> str:
    """How a request ended, in a few words."""
    words = ENDINGS[verdict.outcome]
    if not verdict.answered:
        return words
    if verdict.by is None:
        return f"{words}; seen as the source: {verdict.seen_source}" if verdict.seen_source else words
    seen = f", which sees {verdict.seen_source} as the source" if verdict.seen_source else ""
    return f"{words} by {verdict.by}{seen}"
