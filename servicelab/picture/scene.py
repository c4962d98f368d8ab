"""What a picture shows: areas with boxes in them, arrows between them, and the Services' fields. No coordinates yet."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from servicelab.network.objects import Node, Pod
from servicelab.network.path import Path
from servicelab.network.places import PodPlace
from servicelab.network.state import ClusterState
from servicelab.picture.journey import Area, Journey, Place, Remark, Sign, Sort, journey
from servicelab.picture.palette import Route
from servicelab.picture.services import Involved, involved
from servicelab.picture.steps import place_in_words

MOST_ROUTES = 8
MOST_OTHER_PODS = 4
"""Of a node, those that a Service involved selects and no route touches."""
MOST_SERVICES = 3
MOST_OTHER_NODES = 6
"""Nodes that no route touches and no selected Pod is on."""
RANKS = {Sort.CLIENT: 0, Sort.RULES: 1, Sort.LOST: 2, Sort.PROGRAM: 2, Sort.POD: 3}
"""Order in a frame: as packets take them. What a request comes from stands first, whatever it is."""


@dataclass(eq=False)
class Block:
    """Some lines of a box, with the route they belong to; arrows begin and end at its left or right edge."""

    remarks: tuple[Remark, ...]
    route: Route
    asked: str
    """The ports at the arrow that leads here."""


@dataclass(eq=False)
class Box:
    """A Pod, a client, the rules on a node that a packet meets, or the place where it is lost.

    `remarks` hold for all its blocks.
    """

    sort: Sort
    title: str
    remarks: tuple[Remark, ...] = ()
    blocks: list[Block] = field(default_factory=list)

    def block(self, wanted: Block) -> Block:
        """The block that says the same; the one given if there is none."""
        for known in self.blocks:
            if (known.remarks, known.route, known.asked) == (wanted.remarks, wanted.route, wanted.asked):
                return known
        self.blocks.append(wanted)
        return wanted

    def gather(self) -> None:
        """Say once, before all blocks, what each of them begins with, and that the packet meets only one of them."""
        if len(self.blocks) < 2:
            return
        columns = zip(*(block.remarks for block in self.blocks), strict=False)
        differ = [any(one != first for one in others) for first, *others in columns]
        count = differ.index(True) if True in differ else len(differ)
        self.remarks = (*self.blocks[0].remarks[:count], Remark(Sign.NOTE, "one of these:"))
        for block in self.blocks:
            block.remarks = block.remarks[count:]


@dataclass(eq=False)
class Frame:
    """An area: what is outside, the network, or a node with what runs on it."""

    title: str
    notes: tuple[str, ...]
    boxes: list[Box] = field(default_factory=list)


Slot = tuple[Box, Block | None]
"""Where an arrow begins or ends: at a block of a box, or (None) at its title."""


@dataclass(frozen=True)
class Leg:
    """An arrow; `right` once the packet's destination has been rewritten. `hop` as in Arrow: ways that share an arrow
    may differ in it."""

    route: Route
    start: Slot
    end: Slot
    ports: str
    right: bool
    hop: int = field(compare=False)


@dataclass(frozen=True)
class Fields:
    """What a Service says of itself. Fields are no stations: no packet visits them."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """All that is drawn. `more` says what is left out."""

    title: str
    subtitle: str
    frames: tuple[Frame, ...]
    legs: tuple[Leg, ...]
    fields: tuple[Fields, ...]
    more: tuple[str, ...]


def drawn(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths a picture shows: each way once, not more than fit."""
    return tuple(dict.fromkeys(paths))[:MOST_ROUTES]


def scene_of(paths: Sequence[Path], state: ClusterState) -> Scene:
    """What a picture of these paths shows."""
    shown = drawn(paths)
    services = involved(shown, state)
    home = _home(shown, services)
    builder = _Builder(state, services[:MOST_SERVICES], _shortener(home))
    for path in shown:
        builder.add(journey(path, state))
    builder.add_selected()
    left_out = {
        "more ways, not drawn": len(dict.fromkeys(paths)) - len(shown),
        "more Services": len(services[MOST_SERVICES:]),
    }
    return Scene(
        builder.short(_title(shown)),
        f"Names without a namespace are in the namespace {home}." if home else "",
        builder.ordered(),
        tuple(dict.fromkeys(builder.legs)),
        tuple(builder.fields(one) for one in services[:MOST_SERVICES]),
        (*(f"and {count} {what}" for what, count in left_out.items() if count), *builder.more),
    )


def _title(paths: Sequence[Path]) -> str:
    asked = list(dict.fromkeys(f"{place_in_words(path.source)} asks for {path.target}" for path in paths))
    if len(asked) == 1:
        return asked[0][:1].upper() + asked[0][1:]
    return f"{len(asked)} requests and the ways they take" if asked else "A cluster"


def _home(paths: Iterable[Path], services: Sequence[Involved]) -> str:
    """The namespace that needs no mention: of the Service it is about, else of the first client."""
    clients = (path.source.namespace for path in paths if isinstance(path.source, PodPlace))
    return services[0].service.namespace if services else next(clients, "")


def _shortener(home: str) -> Callable[[str], str]:
    """Writes `web` for `shop/web`: it leaves out the one namespace that need not be said each time."""
    return partial(re.compile(rf"(?<![\w./-]){re.escape(home)}/(?=\w)").sub, "") if home else str


class _Builder:
    """Collects frames, boxes and legs; equal parts of several ways of one request become one."""

    def __init__(self, state: ClusterState, services: Sequence[Involved], short: Callable[[str], str]) -> None:
        self.state, self.services, self.short = state, services, short
        self.frames: dict[tuple[Area, str], Frame] = {}
        self.boxes: dict[object, Box] = {}
        self.legs: list[Leg] = []
        self.origins: set[Box] = set()
        self.more: list[str] = []

    def add(self, one: Journey) -> None:
        """Put a journey in."""
        visited: list[tuple[Box, Block]] = []
        asked = {arrow.end: arrow.ports for arrow in one.arrows}
        for number, stop in enumerate(one.stops):
            title = self.short(stop.title or self._name(stop.place, one))
            # The same rules may treat two requests differently: each has its own box of them.
            request = (one.path.source, one.path.target, title) if stop.place.sort is Sort.RULES else ()
            box = self._box((stop.place, request), stop.place, title)
            remarks = tuple(Remark(remark.sign, self.short(remark.text)) for remark in stop.remarks)
            visited.append((box, box.block(Block(remarks, one.route, asked.get(number, "")))))
        self.origins.add(visited[0][0])
        for arrow in one.arrows:
            start, (box, block) = visited[arrow.start], visited[arrow.end]
            end = (box, None if box.sort is Sort.RULES else block)
            self.legs.append(Leg(one.route, start, end, arrow.ports, arrow.translated, arrow.hop))

    def add_selected(self) -> None:
        """The Pods that the Services involved select, as far as no route touches them, and the other nodes."""
        known = {box.title for box in self.boxes.values()}
        others: dict[str, list[Pod]] = {}
        for pod in self.state.pods.values():
            if any(one.selects(pod) for one in self.services) and self._pod_title(pod) not in known:
                others.setdefault(pod.node or "", []).append(pod)
        for node, pods in others.items():
            if node not in self.state.nodes:
                self.more.append(f"and on no node: {len(pods)} of the Services' Pods")
                continue
            frame = self._frame(Area.NODE, node)
            frame.boxes += [Box(Sort.POD, self._pod_title(pod)) for pod in pods[:MOST_OTHER_PODS]]
            if len(pods) > MOST_OTHER_PODS:
                frame.notes += (f"and {len(pods) - MOST_OTHER_PODS} more Pods of the Services",)
        if self.services or not self.frames:
            rest = [name for name in self.state.nodes if (Area.NODE, name) not in self.frames]
            for name in rest[:MOST_OTHER_NODES]:
                self._frame(Area.NODE, name)
            if rest[MOST_OTHER_NODES:]:
                self.more.append(f"and {len(rest) - MOST_OTHER_NODES} more nodes with the same rules")

    def ordered(self) -> tuple[Frame, ...]:
        """Frames from top to bottom, the boxes in each in the order that packets take."""
        for box in self.boxes.values():
            if box.sort is Sort.RULES:
                box.gather()
        for frame in self.frames.values():
            frame.boxes.sort(key=lambda box: -1 if box in self.origins else RANKS[box.sort])
        order = sorted(self.frames, key=lambda key: key[0] not in (Area.LEARNER, Area.OUTSIDE))
        return tuple(self.frames[key] for key in order)

    def fields(self, one: Involved) -> Fields:
        """The panel of a Service's fields."""
        return Fields(f"Service {self.short(one.service.key)}, type {one.service.type}", tuple(one.fields()))

    def _box(self, key: object, place: Place, title: str) -> Box:
        if key not in self.boxes:
            self.boxes[key] = Box(place.sort, title)
            self._frame(place.area, place.node).boxes.append(self.boxes[key])
        return self.boxes[key]

    def _frame(self, area: Area, node: str) -> Frame:
        if (area, node) not in self.frames:
            found = self.state.nodes.get(node)
            self.frames[area, node] = Frame(area.value, ()) if found is None else self._node(found)
        return self.frames[area, node]

    def _node(self, node: Node) -> Frame:
        words = [f"node {node.name}", *node.addresses]
        if node.name in self.state.faults.stopped:
            words.append("stopped")
        elif not node.ready:
            words.append("not Ready")
        return Frame(" · ".join(words), tuple(self.short(one.entries()) for one in self.services))

    def _name(self, place: Place, one: Journey) -> str:
        if place.sort is Sort.POD:
            namespace, name = place.name.split("/")
            return self._pod_title(self.state.pods[namespace, name])
        if place.sort is Sort.LOST:
            return "the packet is lost"
        if place.area is Area.OUTSIDE:
            return f"client {one.path.source_address or ''}".strip()
        return place.name

    def _pod_title(self, pod: Pod) -> str:
        where = ["on the node's network"] if pod.host_network else pod.addresses or ["no address"]
        words = [f"Pod {self.short(pod.key)}", *where]
        return " · ".join(words if pod.ready else [*words, "not ready"])
