"""Where everything stands. Nothing here is by chance or by search: rows of text from top to bottom, arrows beside them.

Each area (a node, what is outside) is a frame as wide as the picture; its boxes stand below each other in the middle.
Two lines of label stand over and under the level part of an arrow, where nothing else is; `lanes.py` says where its
upright part runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from servicelab.picture.journey import Remark, Sign
from servicelab.picture.lanes import columns
from servicelab.picture.measure import width, wrap
from servicelab.picture.palette import LOOKS, Route
from servicelab.picture.scene import Block, Box, Fields, Frame, Leg, Scene, Slot

WIDTH = 480.0
"""Of the picture in its own units: shown 400 pixels wide, letters are 9 pixels high."""
SIZE, TITLE_SIZE = 11.0, 12.5
LEADING = 4.0
"""What a line is higher than its letters."""
LINE = SIZE + LEADING
MARGIN, GAP, PADDING = 8.0, 9.0, 7.0
LEVEL = 2 * LINE
"""High enough for the level part of an arrow with a line of label over it and one under it."""
HEAD = 9.0
TAG_EDGE, MARK = 2.5, 10.0
MOST_LINES = 8
"""Of one remark; the text alternative has all of it."""
SAMPLE = 44.0
STYLES = {Sign.ANSWERED: "good", Sign.DROPPED: "bad", Sign.REFUSED: "bad"}
MEANINGS = {
    Sign.DNAT: "the rules here rewrite the destination",
    Sign.SNAT: "the source is rewritten here",
    Sign.ANSWERED: "a program answers",
    Sign.DROPPED: "the request ends here without an answer",
    Sign.REFUSED: "refused at once",
}
ABOUT_FIELDS = "These are fields: they become rules on every node. No packet visits a Service."


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
    """An arrow: level and upright lines from point to point, with its head at the last one; `hop` as in Arrow, None for
    a sample."""

    route: Route
    points: tuple[tuple[float, float], ...]
    to_right: bool
    hop: int | None = None


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


@dataclass(frozen=True)
class Line:
    """A line before it has its place, with the sign that stands before it."""

    words: str
    style: str = ""
    bold: bool = False
    size: float = SIZE
    sign: Sign = Sign.NOTE
    indent: float = 0.0


def lay_out(scene: Scene) -> Layout:
    """The picture's geometry."""
    return _Layout(scene).whole()


def label_of(leg: Leg) -> tuple[str, str]:
    """What stands over an arrow and under it."""
    return leg.route.value, leg.ports


def lines(words: str, room: float, style: str = "", bold: bool = False, size: float = SIZE) -> list[Line]:
    """A text as lines; none for no text."""
    return [Line(line, style, bold, size) for line in wrap(words, room, size, bold)] if words else []


def remark_lines(remarks: Iterable[Remark], room: float) -> list[Line]:
    """Remarks below each other, each with its sign before the first line."""
    found = []
    for remark in remarks:
        indent, style = _indent(remark.sign), STYLES.get(remark.sign, "")
        for number, line in enumerate(wrap(remark.text, room - indent, SIZE, most=MOST_LINES)):
            found.append(Line(line, style, sign=Sign.NOTE if number else remark.sign, indent=indent))
    return found


def _indent(sign: Sign) -> float:
    """How far a line's words move for the sign before them."""
    if sign in (Sign.DNAT, Sign.SNAT):
        return width(sign, SIZE, True) + 2 * TAG_EDGE + LEADING
    return 0.0 if sign is Sign.NOTE else MARK + LEADING


class _Layout:
    """Columns first, then rows, then arrows, whose ends the rows decide."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rectangles: list[Rectangle] = []
        self.ways: list[Way] = []
        self.marks: list[Mark] = []
        self.texts: list[Text] = []
        self.heights: dict[Slot, float] = {}
        """The level of each place where arrows begin or end."""
        self.labelled = {leg.start if leg.right else leg.end for leg in scene.legs}
        """Where arrows have their labels: on the left where they end, on the right where they begin."""
        labels = {False: 0.0, True: 0.0}
        for leg in scene.legs:
            wide = max(width(words, SIZE) for words in label_of(leg))
            labels[leg.right] = max(labels[leg.right], wide + HEAD + 2 * LEADING)
        self.columns = columns(scene, WIDTH - 2 * MARGIN, PADDING, labels)

    def whole(self) -> Layout:
        """Everything from top to bottom."""
        room = WIDTH - 2 * MARGIN
        title = lines(self.scene.title, room, bold=True, size=TITLE_SIZE)
        y = self._write([*title, *lines(self.scene.subtitle, room, "muted")], MARGIN, MARGIN) + GAP
        for frame in self.scene.frames:
            y = self._frame(frame, y) + GAP
        for leg, lane in zip(self.scene.legs, self.columns.lanes, strict=True):
            self._leg(leg, MARGIN + lane)
        for fields in self.scene.fields:
            y = self._fields(fields, y) + GAP
        y = self._legend(y)
        y = self._write([line for one in self.scene.more for line in lines(one, room, "muted")], MARGIN, y) + MARGIN
        return Layout(WIDTH, y, tuple(self.rectangles), tuple(self.ways), tuple(self.marks), tuple(self.texts))

    def _write(self, lines: Iterable[Line], x: float, y: float) -> float:
        """Lines below each other from `y` on; the next free y."""
        for line in lines:
            self._sign(line.sign, x, y)
            baseline = y + line.size + LEADING / 2 - 2
            self.texts.append(Text(x + line.indent, baseline, line.words, line.style, line.size, line.bold))
            y += line.size + LEADING
        return y

    def _sign(self, sign: Sign, x: float, y: float) -> None:
        """The sign at the beginning of the line at `y`."""
        if sign in (Sign.DNAT, Sign.SNAT):
            self.rectangles.append(Rectangle(x, y + 1.5, _indent(sign) - LEADING, LINE - 3, "tag", 3))
            self.texts.append(Text(x + TAG_EDGE, y + LINE - LEADING, sign, "on-tag", SIZE, True))
        elif sign is not Sign.NOTE:
            self.marks.append(Mark(x + MARK / 2, y + LINE / 2, sign))

    def _frame(self, frame: Frame, top: float) -> float:
        place, x = len(self.rectangles), MARGIN + self.columns.left
        wide = self.columns.right - self.columns.left
        room = wide - 2 * PADDING
        written = lines(frame.title, room, bold=True)
        written += [line for note in frame.notes for line in lines(note, room, "muted")]
        y = self._write(written, x + PADDING, top + PADDING / 2) + PADDING / 2
        for box in frame.boxes:
            y = self._box(box, y + PADDING / 2) + PADDING / 2
        bottom = y + PADDING / 2
        self.rectangles.insert(place, Rectangle(x, top, wide, bottom - top, "frame", 8))
        return bottom

    def _box(self, box: Box, top: float) -> float:
        place, x = len(self.rectangles), MARGIN + self.columns.box_left
        wide = self.columns.box_right - self.columns.box_left
        room = wide - 2 * PADDING
        y = self._row((box, None), lines(box.title, room, bold=True), x + PADDING, top + PADDING / 2)
        y = self._write(remark_lines(box.remarks, room), x + PADDING, y)
        for block in box.blocks:
            y = self._row((box, block), remark_lines(block.remarks, room), x + PADDING, y)
        bottom = y + PADDING / 2
        self.rectangles.insert(place, Rectangle(x, top, wide, bottom - top, "box"))
        return bottom

    def _row(self, slot: Slot, written: list[Line], x: float, top: float) -> float:
        """Lines in the middle of as much height as arrows' labels need."""
        needed = sum(line.size + LEADING for line in written)
        high = max(needed, LEVEL if slot in self.labelled else 0.0)
        self._write(written, x, top + (high - needed) / 2)
        self.heights[slot] = top + high / 2
        return top + high

    def _leg(self, leg: Leg, lane: float) -> None:
        edge = MARGIN + (self.columns.box_right if leg.right else self.columns.box_left)
        start, end = self.heights[leg.start], self.heights[leg.end]
        points = ((edge, start), (lane, start), (lane, end), (edge, end))
        self.ways.append(Way(leg.route, points, not leg.right, leg.hop))
        level = start if leg.right else end
        for words, baseline in zip(label_of(leg), (level - LEADING, level + SIZE + 1), strict=True):
            x = edge + 3 if leg.right else edge - 3 - HEAD - width(words, SIZE)
            label = Text(x, baseline, words, LOOKS[leg.route].colour)
            if label not in self.texts:
                self.texts.append(label)

    def _fields(self, fields: Fields, top: float) -> float:
        wide = WIDTH - 2 * MARGIN
        room = wide - 2 * PADDING
        written = lines(fields.title, room, bold=True)
        written += [line for field in fields.lines for line in lines(field, room)]
        if fields is self.scene.fields[-1]:
            written += lines(ABOUT_FIELDS, room, "muted")
        bottom = self._write(written, MARGIN + PADDING, top + PADDING / 2) + PADDING / 2
        self.rectangles.append(Rectangle(MARGIN, top, wide, bottom - top, "fields"))
        return bottom

    def _legend(self, y: float) -> float:
        x, room = MARGIN + SAMPLE + PADDING, WIDTH - 2 * MARGIN - SAMPLE - PADDING
        for route in dict.fromkeys(leg.route for leg in self.scene.legs):
            middle = y + LINE / 2
            self.ways.append(Way(route, ((MARGIN, middle), (MARGIN + SAMPLE, middle)), True))
            y = self._write(lines(f"{route}: {LOOKS[route].meaning}", room), x, y)
        boxes = [box for frame in self.scene.frames for box in frame.boxes]
        said: list[Box | Block] = [*boxes, *(block for box in boxes for block in box.blocks)]
        used = {remark.sign for one in said for remark in one.remarks}
        for sign, meaning in MEANINGS.items():
            if sign in used:
                self._sign(sign, MARGIN, y)
                y = self._write(lines(meaning, room), x, y)
        return y
