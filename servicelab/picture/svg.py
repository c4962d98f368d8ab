"""The picture as SVG."""

import re
from hashlib import sha256
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from servicelab.picture.journey import Sign
from servicelab.picture.layout import HEAD, Layout, Way
from servicelab.picture.palette import LOOKS, Head, Theme, style

DRAWN_WIDE = 760
"""Pixels at most; letters are then as large as the text around the picture."""
ILLEGIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOW, AHEAD = "stroke-width:3.6", "opacity:.25"
"""The arrow a packet took last, and those it has not taken yet."""
SIGNS = {
    Sign.ANSWERED: ("good", "M-4 0l3 4l5-8"),
    Sign.DROPPED: ("bad", "M-4-4l8 8m0-8l-8 8"),
    Sign.REFUSED: ("bad", "M-5 0a5 5 0 1 1 10 0a5 5 0 1 1-10 0M-3 0h6"),
}
HEADS = {
    Head.FILLED: "0,0 -9,-4.5 -9,4.5",
    Head.HOLLOW: "0,0 -9,-4.5 -9,4.5",
    Head.DIAMOND: "0,0 -5,-4.5 -10,0 -5,4.5",
    Head.OPEN: "-7,-4.5 0,0 -7,4.5",
}
"""Each with its tip at 0,0, pointing right."""


def draw(layout: Layout, theme: Theme, title: str, description: str, after: int | None = None) -> str:
    """The SVG document; `title` and `description` are what a screen reader says.

    With `after` the packet has got so many hops far: the arrow it took last is heavy, those it has not taken are faint.
    """
    title, description = _legible(title), _legible(description)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": f"lab-picture {theme}",
            "viewBox": f"0 0 {_number(layout.width)} {_number(layout.height)}",
            "width": _number(DRAWN_WIDE),
            "height": _number(layout.height * DRAWN_WIDE / layout.width),
            "style": f"width:100%;max-width:{DRAWN_WIDE}px;height:auto",
            "role": "img",
        },
    )
    # Two pictures on one page need names of their own for what they refer to.
    name = "picture-" + sha256(f"{title}\n{description}\n{theme}".encode()).hexdigest()[:8]
    root.set("aria-labelledby", f"{name}-title {name}-description")
    SubElement(root, "title", id=f"{name}-title").text = title
    SubElement(root, "desc", id=f"{name}-description").text = description
    SubElement(root, "style").text = style()
    _rectangle(root, 0, 0, layout.width, layout.height, "page", 0)
    for one in layout.rectangles:
        _rectangle(root, one.x, one.y, one.width, one.height, one.style, one.radius)
    heavy = max((way.hop for way in layout.ways if way.hop is not None and after and way.hop < after), default=None)
    for way in layout.ways:
        is_ahead = after is not None and way.hop is not None and way.hop >= after
        _way(root, way, AHEAD if is_ahead else NOW if way.hop == heavy and way.hop is not None else "")
    for mark in layout.marks:
        colour, path = SIGNS[mark.sign]
        move = f"translate({_number(mark.x)},{_number(mark.y)})"
        SubElement(root, "path", {"class": f"mark stroke-{colour}", "transform": move, "d": path})
    for text in layout.texts:
        written = {"x": _number(text.x), "y": _number(text.y), "font-size": _number(text.size)}
        named = " ".join(word for word in (text.style, "bold" if text.bold else "") if word)
        if named:
            written["class"] = named
        SubElement(root, "text", written).text = _legible(text.words)
    indent(root, space="")
    return tostring(root, encoding="unicode") + "\n"


def _way(root: Element, way: Way, emphasis: str) -> None:
    look = LOOKS[way.route]
    *before, (x, y) = way.points
    side = 1 if way.to_right else -1
    short = x - side * (HEAD if look.head in (Head.HOLLOW, Head.DIAMOND) else 2)
    points = " ".join(f"{_number(a)},{_number(b)}" for a, b in (*before, (short, y)))
    drawn = {"class": f"way stroke-{look.colour}", "points": points} | ({"style": emphasis} if emphasis else {})
    if look.dashes:
        drawn["stroke-dasharray"] = look.dashes
    SubElement(root, "polyline", drawn)
    head = f"translate({_number(x)},{_number(y)})" + ("" if way.to_right else " scale(-1,1)")
    solid = look.head in (Head.FILLED, Head.DIAMOND)
    shape = "polyline" if look.head is Head.OPEN else "polygon"
    colours = f"stroke-{look.colour}" + (f" fill-{look.colour}" if solid else "")
    drawn = {"class": f"head {colours}", "points": HEADS[look.head], "transform": head}
    if not solid:
        drawn |= {"fill": "none", "stroke-width": "1.6"}
    if emphasis:
        drawn["style"] = emphasis
    SubElement(root, shape, drawn)


def _rectangle(root: Element, x: float, y: float, width: float, height: float, style: str, radius: float) -> None:
    sizes = {"x": x, "y": y, "width": width, "height": height, "rx": radius}
    SubElement(root, "rect", {"class": style} | {name: _number(value) for name, value in sizes.items()})


def _legible(text: str) -> str:
    """Without the characters that XML does not allow, such as control characters in a path that was asked for."""
    return ILLEGIBLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
