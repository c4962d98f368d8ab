"""A path as a journey: where the packet is, hop by hop, and what happens to it there. Only what the hops say."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from servicelab.network.path import Endpoint, Hop, HopKind, Path
from servicelab.network.places import NO_PORT, NodePlace, Outside, PodPlace, PortForward
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome
from servicelab.picture.palette import Route
from servicelab.picture.steps import owner_of


class Area(Enum):
    """The large parts of the picture: what a place lies in."""

    OUTSIDE = "outside the cluster"
    LEARNER = "the learner's machine"
    NETWORK = "on the network, between the machines"
    NODE = "node"


class Sort(StrEnum):
    """What a place is."""

    CLIENT = "client"
    RULES = "rules"
    POD = "Pod"
    PROGRAM = "program"
    LOST = "lost"


class Sign(StrEnum):
    """What a remark is about; it stands before it."""

    DNAT = "DNAT"
    SNAT = "SNAT"
    ANSWERED = "answered"
    DROPPED = "dropped"
    REFUSED = "refused"
    NOTE = ""


@dataclass(frozen=True)
class Place:
    """A box of the picture. `node` is empty outside the nodes; `name` tells apart what stands in the same area."""

    area: Area
    node: str
    sort: Sort
    name: str


@dataclass(frozen=True)
class Remark:
    """One thing that happens at a place."""

    sign: Sign
    text: str


@dataclass
class Stop:
    """The packet at a place. `title` says what the place is to this packet, where that depends on the packet."""

    place: Place
    title: str = ""
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class Arrow:
    """The packet goes from one stop (its number) to another; `ports` is what is written at the arrow.

    `translated` says that its destination has been rewritten before; `hop` is the number of the hop that happens first
    where it arrives, from 0.
    """

    start: int
    end: int
    ports: str
    translated: bool
    hop: int


@dataclass(frozen=True)
class Journey:
    """All stops of one path, the source first, and the arrows between them."""

    path: Path
    route: Route
    stops: tuple[Stop, ...]
    arrows: tuple[Arrow, ...]


DOORS = {
    HopKind.VIRTUAL_IP: Route.CLUSTER_IP,
    HopKind.NODE_PORT: Route.NODE_PORT,
    HopKind.LOAD_BALANCER: Route.LOAD_BALANCER,
    HopKind.EXTERNAL_IP: Route.EXTERNAL_IP,
    HopKind.HOST_PORT: Route.HOST_PORT,
    HopKind.FORWARD: Route.FORWARD,
}
ENDS = {
    Outcome.REFUSED: Remark(Sign.REFUSED, "refused"),
    Outcome.RESET: Remark(Sign.REFUSED, "reset"),
    Outcome.TIMED_OUT: Remark(Sign.DROPPED, "no answer"),
    Outcome.NO_SUCH_NAME: Remark(Sign.DROPPED, "no such name"),
}


def route_of(path: Path, state: ClusterState) -> Route:
    """By which door a request goes: what the rules took it for, else whose address it asked for."""
    for hop in path.hops:
        if hop.kind in DOORS and not (hop.kind is HopKind.VIRTUAL_IP and _address(hop) in state.external):
            return DOORS[hop.kind]
    address = path.connected.address if path.connected else ""
    if address in state.service_of_address:
        return Route.CLUSTER_IP
    if address in state.external and address not in state.node_of_address:
        return Route.EXTERNAL_IP if address in state.external[address].external_ips else Route.LOAD_BALANCER
    asked = (path.target.protocol, path.target.port)
    if address in state.node_of_address and asked in state.node_ports:
        return Route.NODE_PORT
    return Route.DIRECT


def journey(path: Path, state: ClusterState) -> Journey:
    """Where a path's packet goes."""
    return _Walk(path, state).whole()


def _address(hop: Hop) -> str:
    return hop.destination_before.address if hop.destination_before else ""


class _Walk:
    """Goes along the hops and writes down stops and arrows."""

    def __init__(self, path: Path, state: ClusterState) -> None:
        self.path, self.state = path, state
        self.stops = [Stop(self._start(), remarks=[Remark(Sign.NOTE, f"asks for {path.target}")])]
        self.arrows: list[Arrow] = []
        self._set_out()

    def _start(self) -> Place:
        match self.path.source:
            case PodPlace(namespace=namespace, name=name):
                return self._pod(f"{namespace}/{name}")
            case NodePlace(name=name):
                return Place(Area.NODE, name, Sort.CLIENT, "a client on the node itself")
            case Outside():
                return Place(Area.OUTSIDE, "", Sort.CLIENT, "client")
            case PortForward(kind=kind, name=name):
                return Place(Area.LEARNER, "", Sort.CLIENT, f"client of kubectl port-forward {kind}/{name}")

    def _set_out(self) -> None:
        self.at = 0
        self.asked: Endpoint | None = None
        self.now = self.path.connected

    def whole(self) -> Journey:
        hops = self.path.hops
        for number, hop in enumerate(hops):
            last = number == len(hops) - 1
            if hop.kind is HopKind.NAME:
                self._name(hop, last)
                continue
            if hop.destination_before is not None:
                self.now = hop.destination_before
            self.asked = self.asked or self.now
            place = self._place(hop, last)
            if place is not None:
                self._go(place, number)
                self._happens(hop, last)
            if hop.destination_after is not None:
                self.now = hop.destination_after
            if not last and hop.kind is HopKind.PROGRAM and hops[number + 1].kind is not HopKind.FORWARD:
                # Refused: the client tries the next address that the name has.
                self._set_out()
        return Journey(self.path, route_of(self.path, self.state), tuple(self.stops), tuple(self.arrows))

    def _name(self, hop: Hop, last: bool) -> None:
        if last and not self.path.verdict.answered:
            end = ENDS[self.path.verdict.outcome]
            self._remark(end.sign, f"{end.text}: {hop.said}")
        elif hop.destination_after is None or last:
            self._remark(Sign.NOTE, hop.said)
        else:
            self._remark(Sign.NOTE, f"{_address(hop)} is {hop.destination_after.address}, says {hop.who}")

    def _place(self, hop: Hop, last: bool) -> Place | None:
        """Where a hop happens; None for a mere passage from machine to machine, which is an arrow."""
        here = self.stops[self.at].place
        node = hop.who.rsplit(" ", 1)[-1]
        if hop.kind is HopKind.POD:
            return self._pod(hop.who.removeprefix("Pod "))
        if hop.kind is HopKind.PROGRAM:
            return self._program(hop, here)
        if hop.kind is HopKind.FORWARD:
            # What kubectl does once the Pod has refused is told there: the way back is not drawn.
            return here if here.sort is Sort.POD else Place(Area.LEARNER, "", Sort.RULES, "")
        if node not in self.state.nodes:
            return Place(Area.NETWORK, "", Sort.LOST, hop.said) if last else None
        return Place(Area.NODE, node, Sort.RULES, "")

    def _pod(self, key: str) -> Place:
        namespace, name = key.split("/")
        return Place(Area.NODE, self.state.pods[namespace, name].node or "", Sort.POD, key)

    def _program(self, hop: Hop, here: Place) -> Place:
        if here.sort is Sort.POD and here.name == hop.who.removeprefix("the kernel of ").removeprefix("Pod "):
            return here
        if hop.who.startswith("container ") and hop.because.startswith("Pod "):
            return self._pod(hop.because.split()[1])
        address = self.now.address if self.now else ""
        node = self.state.node_of_address.get(address)
        what = "the node itself" if "node " in hop.who else hop.who.rsplit(" on ", 1)[0]
        return Place(Area.NODE, node.name if node else here.node, Sort.PROGRAM, what)

    def _go(self, place: Place, hop: int) -> None:
        """To another place, unless the packet is there already."""
        here = self.stops[self.at]
        if place == here.place and (self.at or place.sort is Sort.RULES):
            return
        self.stops.append(Stop(place))
        self.arrows.append(Arrow(self.at, len(self.stops) - 1, self._ports(), self.now != self.asked, hop))
        self.at = len(self.stops) - 1

    def _ports(self) -> str:
        """The port asked for, and what it has become."""
        if self.path.connected is None or self.now is None or self.asked is None:
            return "DNS"
        if self.now.port == NO_PORT:
            return "ping"
        asked = f"UDP {self.asked.port}" if self.path.target.protocol == "UDP" else f"{self.asked.port}"
        return asked if self.now == self.asked else f"{asked} → {self.now.port}"

    def _remark(self, sign: Sign, text: str) -> None:
        self.stops[self.at].remarks.append(Remark(sign, text))

    def _happens(self, hop: Hop, last: bool) -> None:
        stop = self.stops[self.at]
        if stop.place.sort is Sort.RULES and (hop.kind in DOORS or not stop.title):
            stop.title = self._title(hop)
        if hop.kind is HopKind.PROGRAM and last and self.path.verdict.answered:
            seen = self.path.verdict.seen_source
            self._remark(Sign.ANSWERED, f"{self._listener(hop)} answers" + (f", sees source {seen}" if seen else ""))
        elif last and not self.path.verdict.answered:
            end = ENDS[self.path.verdict.outcome]
            self._remark(end.sign, f"{end.text}: {hop.said}")
        elif hop.kind is HopKind.PROGRAM:
            self._remark(Sign.REFUSED, f"refused: {hop.said}")
        elif hop.kind is HopKind.SOURCE_REWRITE:
            self._remark(Sign.SNAT, f"source {hop.source_before or 'unknown'} → {hop.source_after}")
        elif hop.kind is HopKind.POLICY:
            self._remark(Sign.NOTE, f"{owner_of(hop)} lets it pass")
        elif hop.kind is HopKind.FORWARD:
            self._remark(Sign.NOTE, f"carries {hop.destination_before} to {hop.destination_after} in the Pod")
        elif hop.destination_after is not None:
            self._remark(Sign.DNAT, f"{hop.destination_before} → {hop.destination_after}")
        elif hop.kind is HopKind.NODE:
            self._remark(Sign.NOTE, hop.said)

    def _listener(self, hop: Hop) -> str:
        if self.path.target.protocol == "ICMP":
            return hop.who
        return f"{hop.who}, port {self.now.port if self.now else ''},"

    def _title(self, hop: Hop) -> str:
        """What an address is to the rules, with the Service that they are for; else whose rules they are."""
        if hop.kind in DOORS and hop.kind is not HopKind.FORWARD:
            return f"{hop.kind} of {owner_of(hop)}"
        return hop.who.rsplit(" on ", 1)[0].rsplit(" of ", 1)[0]
