"""Where everything stands. Nothing here is by chance or by search: rows of text from top to bottom, arrows beside them.

Each area (a node, what is outside) is a frame as wide as the picture; its boxes stand below each other in the middle.
What a client sent runs in lanes to the left of the boxes, what has been readdressed in lanes to the right. Arrows
within a frame have lanes in it, arrows between frames run outside all frames, so that no line passes through a
machine its packet does not visit. Two lines of label stand over and under the level part of an arrow, where nothing
else is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from servicelab.picture.journey import Remark, Sign
from servicelab.picture.measure import width, wrap
from servicelab.picture.palette import LOOKS, Route
from servicelab.picture.scene import Block, Box, Fields, Frame, Leg, Scene

WIDTH = 480.0
"""Of the picture in its own units: shown 400 pixels wide, letters are 9 pixels high."""
SIZE, TITLE_SIZE = 11.0, 12.5
LINE, TITLE_LINE = 15.0, 18.0
MARGIN, GAP, PADDING = 8.0, 9.0, 7.0
LANE = 8.0
"""From one lane to the next."""
LEVEL = 30.0
"""High enough for the level part of an arrow with a line of label over it and one under it."""
HEAD = 9.0
MOST_LINES = 8
"""Of one remark; the text alternative has all of it."""
SAMPLE = 44.0
LEAST_BOX = 150.0


@dataclass(frozen=True)
class Text:
    """A line of text; `x` is its left end and `y` its baseline."""

    x: float
    y: float
    words: str
    style: str = ""
    size: float = SIZE
    bold: bool = False

    @property
    def width(self) -> float:
        """An upper bound."""
        return width(self.words, self.size, self.bold)


@dataclass(frozen=True)
class Rectangle:
    """A frame, a box, or the ground of a tag."""

    x: float
    y: float
    width: float
    height: float
    style: str
    radius: float = 5.0


@dataclass(frozen=True)
class Way:
    """An arrow: level and upright lines from point to point, with its head at the last one."""

    route: Route
    points: tuple[tuple[float, float], ...]
    to_right: bool


@dataclass(frozen=True)
class Mark:
    """The sign for an end: answered, dropped or refused; `x`, `y` is its middle."""

    x: float
    y: float
    sign: Sign


@dataclass(frozen=True)
class Layout:
    """All that is to be drawn, in the order it is drawn."""

    width: float
    height: float
    rectangles: tuple[Rectangle, ...]
    ways: tuple[Way, ...]
    marks: tuple[Mark, ...]
    texts: tuple[Text, ...]


Slot = tuple[Box, Block | None]
"""Where an arrow begins or ends: a block of a box, or (None) its title."""


def lay_out(scene: Scene) -> Layout:
    """The picture's geometry."""
    return _Layout(scene).whole()


def label_of(leg: Leg) -> tuple[str, str]:
    """What stands over an arrow and under it."""
    return leg.route.value, leg.ports


def lanes_of(spans: Sequence[tuple[int, int]]) -> list[int]:
    """A lane for each span, short ones first, so that no two in one lane touch."""
    lanes: list[list[tuple[int, int]]] = []
    found = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda one: (spans[one][1] - spans[one][0], one)):
        first, last = spans[number]
        lane = next((n for n, taken in enumerate(lanes) if all(last < a or b < first for a, b in taken)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(spans[number])
        found[number] = lane
    return found


class _Layout:
    """Lanes first, because they decide how wide boxes may be; then rows; then arrows, whose ends the rows decide."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rectangles: list[Rectangle] = []
        self.ways: list[Way] = []
        self.marks: list[Mark] = []
        self.texts: list[Text] = []
        self.heights: dict[tuple[int, int], float] = {}
        """The level of each slot, by the identities of its box and block."""
        self.frame_of = {id(box): frame for frame in scene.frames for box in frame.boxes}
        self._find_lanes()
        self._find_columns()

    def whole(self) -> Layout:
        y = self._lines(MARGIN, [(self.scene.title, "", True)], MARGIN, WIDTH - 2 * MARGIN, TITLE_SIZE, TITLE_LINE)
        y = (
            self._lines(MARGIN, [(self.scene.subtitle, "muted", False)], y, WIDTH - 2 * MARGIN)
            if self.scene.subtitle
            else y
        )
        y += GAP
        for frame in self.scene.frames:
            y = self._frame(frame, y) + GAP
        for number, leg in enumerate(self.scene.legs):
            self._leg(number, leg)
        for fields in self.scene.fields:
            y = self._fields(fields, y) + GAP
        y = self._legend(y)
        y = self._lines(MARGIN, [(one, "muted", False) for one in self.scene.more], y, WIDTH - 2 * MARGIN) + MARGIN
        return Layout(WIDTH, y, *map(tuple, (self.rectangles, self.ways, self.marks, self.texts)))  # type: ignore[arg-type]

    # Lanes and columns

    def _find_lanes(self) -> None:
        """Which lane each leg runs in: by side, and inside or outside the frames; arrows from one slot share theirs."""
        order: dict[tuple[int, int], int] = {}
        for frame in self.scene.frames:
            for box in frame.boxes:
                for block in (None, *box.blocks):
                    order[id(box), id(block)] = len(order)
        groups: dict[tuple[object, ...], list[int]] = {}
        for number, leg in enumerate(self.scene.legs):
            groups.setdefault((self._area(leg), leg.right, _key(leg.start), leg.route), []).append(number)
        areas: dict[tuple[object, bool], list[tuple[tuple[int, int], list[int]]]] = {}
        for (area, right, *_), numbers in groups.items():
            ends = [order[_key(slot)] for n in numbers for slot in (self.scene.legs[n].start, self.scene.legs[n].end)]
            areas.setdefault((area, bool(right)), []).append(((min(ends), max(ends)), numbers))
        self.lane = [0] * len(self.scene.legs)
        self.inner, self.outer = {False: 0, True: 0}, {False: 0, True: 0}
        for (area, right), spans in areas.items():
            lanes = lanes_of([span for span, _ in spans])
            for lane, (_, numbers) in zip(lanes, spans, strict=True):
                for number in numbers:
                    self.lane[number] = lane
            counted = self.inner if area is not None else self.outer
            counted[right] = max(counted[right], *(lane + 1 for lane in lanes))

    def _area(self, leg: Leg) -> int | None:
        """The frame that a leg stays in; None for one between frames."""
        start, end = (self.frame_of[id(slot[0])] for slot in (leg.start, leg.end))
        return id(start) if start is end else None

    def _find_columns(self) -> None:
        """From left to right: outer lanes, frame's edge, inner lanes, labels, boxes, and the same the other way."""
        zone = {
            right: max(
                (width(word, SIZE) for leg in self.scene.legs if leg.right is right for word in label_of(leg)),
                default=0.0,
            )
            for right in (False, True)
        }
        for right, room in zone.items():
            zone[right] = room + HEAD + 8 if room else 0.0
        self.pitch = LANE
        lanes = sum(self.inner.values()) + sum(self.outer.values())
        spare = WIDTH - 2 * MARGIN - 4 * PADDING - sum(zone.values()) - LEAST_BOX
        if lanes:
            self.pitch = min(LANE, spare / lanes)
        self.left = MARGIN + self.outer[False] * self.pitch
        self.right = WIDTH - MARGIN - self.outer[True] * self.pitch
        self.box_left = self.left + PADDING + self.inner[False] * self.pitch + zone[False]
        self.box_right = self.right - PADDING - self.inner[True] * self.pitch - zone[True]

    # Rows

    def _lines(
        self,
        x: float,
        lines: Iterable[tuple[str, str, bool]],
        y: float,
        room: float,
        size: float = SIZE,
        pitch: float = LINE,
    ) -> float:
        """Lines of (words, style, bold) below each other from `y` on; the next free y."""
        for words, style, bold in lines:
            for line in wrap(words, room, size, bold):
                y += pitch
                self.texts.append(Text(x, y - (pitch - size) / 2 - 2, line, style, size, bold))
        return y

    def _frame(self, frame: Frame, top: float) -> float:
        place = len(self.rectangles)
        room = self.right - self.left - 2 * PADDING
        y = self._lines(self.left + PADDING, [(frame.title, "", True)], top + PADDING / 2, room)
        y = self._lines(self.left + PADDING, [(note, "muted", False) for note in frame.notes], y, room) + PADDING / 2
        for box in frame.boxes:
            y = self._box(box, y + PADDING / 2) + PADDING / 2
        bottom = y + PADDING / 2
        self.rectangles.insert(place, Rectangle(self.left, top, self.right - self.left, bottom - top, "frame", 8))
        return bottom

    def _box(self, box: Box, top: float) -> float:
        place = len(self.rectangles)
        x, room = self.box_left + PADDING, self.box_right - self.box_left - 2 * PADDING
        y = self._row(box, None, top + PADDING / 2, lambda y: self._lines(x, [(box.title, "", True)], y, room))
        y = self._remarks(box.remarks, x, y, room)
        for block in box.blocks:
            y = self._row(box, block, y, partial(self._remarks, block.remarks, x, room=room))
        bottom = y + PADDING / 2
        self.rectangles.insert(
            place, Rectangle(self.box_left, top, self.box_right - self.box_left, bottom - top, "box")
        )
        return bottom

    def _row(self, box: Box, block: Block | None, top: float, write: Callable[[float], float]) -> float:
        """Write a block's lines, in the middle of as much height as its arrows' labels need."""
        key = (id(box), id(block))
        labelled = any(key == _key(leg.end if not leg.right else leg.start) for leg in self.scene.legs)
        texts, marks, rectangles = len(self.texts), len(self.marks), len(self.rectangles)
        bottom = write(top)
        spare = max(0.0, (LEVEL if labelled else 0.0) - (bottom - top))
        if spare:
            self.texts[texts:] = [
                Text(t.x, t.y + spare / 2, t.words, t.style, t.size, t.bold) for t in self.texts[texts:]
            ]
            self.marks[marks:] = [Mark(m.x, m.y + spare / 2, m.sign) for m in self.marks[marks:]]
            self.rectangles[rectangles:] = [
                Rectangle(r.x, r.y + spare / 2, r.width, r.height, r.style, r.radius)
                for r in self.rectangles[rectangles:]
            ]
        self.heights[key] = (top + bottom + spare) / 2
        return bottom + spare

    def _remarks(self, remarks: Iterable[Remark], x: float, y: float, room: float) -> float:
        for remark in remarks:
            y = self._remark(remark, x, y, room)
        return y

    def _remark(self, remark: Remark, x: float, y: float, room: float) -> float:
        indent = self._sign(remark.sign, x, y)
        style = {Sign.ANSWERED: "good", Sign.DROPPED: "bad", Sign.REFUSED: "bad"}.get(remark.sign, "")
        lines = wrap(remark.text, room - indent, SIZE, most=MOST_LINES)
        return self._lines(x + indent, [(line, style, False) for line in lines], y, room - indent)

    def _sign(self, sign: Sign, x: float, y: float) -> float:
        """The sign at the beginning of a line, and how far the line's words must move for it."""
        if sign is Sign.NOTE:
            return 0.0
        if sign not in (Sign.DNAT, Sign.SNAT):
            self.marks.append(Mark(x + 5, y + LINE / 2, sign))
            return 14.0
        room = width(sign, SIZE, True) + 5
        self.rectangles.append(Rectangle(x, y + 1.5, room, LINE - 3, "tag", 3))
        self.texts.append(Text(x + 2.5, y + LINE - 4, sign, "on-tag", SIZE, True))
        return room + 4

    # Arrows

    def _leg(self, number: int, leg: Leg) -> None:
        from_y, to_y = (self.heights[_key(slot)] for slot in (leg.start, leg.end))
        side = 1 if leg.right else -1
        edge = self.box_right if leg.right else self.box_left
        if self._area(leg) is not None:
            first = (
                self.right - PADDING - (self.inner[True] - 1) * self.pitch
                if leg.right
                else self.left + PADDING + (self.inner[False] - 1) * self.pitch
            )
        else:
            first = self.right if leg.right else self.left
            first += side * self.pitch
        lane = first + side * self.lane[number] * self.pitch
        self.ways.append(Way(leg.route, ((edge, from_y), (lane, from_y), (lane, to_y), (edge, to_y)), not leg.right))
        x = edge + 3 if leg.right else edge - HEAD - 3
        y = from_y if leg.right else to_y
        for words, baseline in zip(label_of(leg), (y - 4, y + SIZE + 1), strict=True):
            left = x if leg.right else x - width(words, SIZE)
            text = Text(left, baseline, words, LOOKS[leg.route].colour)
            if text not in self.texts:
                self.texts.append(text)

    # What stands below

    def _fields(self, fields: Fields, top: float) -> float:
        room = WIDTH - 2 * MARGIN - 2 * PADDING
        lines = [(fields.title, "", True), *((line, "", False) for line in fields.lines)]
        y = self._lines(MARGIN + PADDING, lines, top + PADDING / 2, room)
        if fields is self.scene.fields[-1]:
            note = "These are fields: they become rules on every node. No packet visits a Service."
            y = self._lines(MARGIN + PADDING, [(note, "muted", False)], y, room)
        y += PADDING / 2
        self.rectangles.append(Rectangle(MARGIN, top, WIDTH - 2 * MARGIN, y - top, "fields"))
        return y

    def _legend(self, y: float) -> float:
        x, room = MARGIN + SAMPLE + PADDING, WIDTH - 2 * MARGIN - SAMPLE - PADDING
        for route in dict.fromkeys(leg.route for leg in self.scene.legs):
            middle = y + LINE / 2
            self.ways.append(Way(route, ((MARGIN, middle), (MARGIN + SAMPLE, middle)), True))
            y = self._lines(x, [(f"{route}: {LOOKS[route].meaning}", "", False)], y, room)
        boxes = [box for frame in self.scene.frames for box in frame.boxes]
        said = [remark for box in boxes for remark in box.remarks]
        said += [remark for box in boxes for block in box.blocks for remark in block.remarks]
        for sign, meaning in MEANINGS.items():
            if any(remark.sign is sign for remark in said):
                self._sign(sign, MARGIN, y)
                y = self._lines(x, [(meaning, "", False)], y, room)
        return y


MEANINGS = {
    Sign.DNAT: "the rules here rewrite the destination",
    Sign.SNAT: "the source is rewritten here",
    Sign.ANSWERED: "a program answers",
    Sign.DROPPED: "the request ends here without an answer",
    Sign.REFUSED: "refused at once",
}


def _key(slot: Slot) -> tuple[int, int]:
    return id(slot[0]), id(slot[1])
