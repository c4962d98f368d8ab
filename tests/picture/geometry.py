"""Where things are in a picture, read from the SVG itself."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from itertools import pairwise

from servicelab.picture.measure import width

SVG = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.76, 0.24
"""Em over and under the baseline that capitals and tails take."""


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float
    what: str

    def meets(self, other: "Area") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Area") -> bool:
        slack = 0.11  # coordinates have one decimal
        return (
            self.left - slack <= other.left
            and other.right <= self.right + slack
            and self.top - slack <= other.top
            and other.bottom <= self.bottom + slack
        )


class Geometry:
    """The texts, lines and boxes of a picture."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)
        _, _, right, bottom = map(float, self.root.get("viewBox").split())
        self.all = Area(0, 0, right, bottom, "the picture")
        self.texts = [text_area(one) for one in self.root.iter(f"{SVG}text")]
        self.boxes = [box_area(one) for one in self.root.iter(f"{SVG}rect") if one.get("class") in ("box", "frame")]
        self.lines = [
            Area(min(a, c) - 1, min(b, d) - 1, max(a, c) + 1, max(b, d) + 1, "a line")
            for way in self.root.iter(f"{SVG}polyline")
            if "way" in way.get("class")
            for (a, b), (c, d) in pairwise([tuple(map(float, p.split(","))) for p in way.get("points").split()])
        ]

    def faults(self) -> list[str]:
        """What lies on each other, or outside, and must not."""
        found = [f"“{text.what}” leaves the picture" for text in self.texts if not self.all.holds(text)]
        found += [f"a line leaves the picture: {line}" for line in self.lines if not self.all.holds(line)]
        found += [f"“{one.what}” and “{other.what}” overlap" for one, other in meeting(self.texts, self.texts)]
        found += [f"“{text.what}” is crossed by {line}" for text, line in meeting(self.texts, self.lines)]
        found += [
            f"“{text.what}” goes over the edge of {box}"
            for text, box in meeting(self.texts, self.boxes)
            if not box.holds(text)
        ]
        return found


def meeting(some: list[Area], others: list[Area]) -> list[tuple[Area, Area]]:
    """Pairs that share a place; sorted by height first, since most are far from each other."""
    ordered = sorted(others, key=lambda area: area.top)
    found = []
    for number, one in enumerate(some):
        for other in ordered:
            if other.top >= one.bottom:
                break
            if one is not other and one.meets(other) and not (some is others and some.index(other) < number):
                found.append((one, other))
    return found


def text_area(text: ElementTree.Element) -> Area:
    x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
    wide = width(text.text, size, "bold" in text.get("class", ""))
    return Area(x, y - size * ASCENT, x + wide, y + size * DESCENT, text.text)


def box_area(box: ElementTree.Element) -> Area:
    x, y, wide, high = (float(box.get(name)) for name in ("x", "y", "width", "height"))
    return Area(x, y, x + wide, y + high, box.get("class"))
