"""The routes are told apart without colour, and by colour also by those who see fewer of them."""

from itertools import combinations

import pytest

from servicelab.picture.palette import DARK, LIGHT, LOOKS, Route, style

USUAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
"""How linear RGB looks without red or green cones: Machado, Oliveira and Fernandes 2009, severity 1.0."""
FARTHEST_ALIKE = 20
"""In CIELAB; about 2 is what an eye just tells apart side by side, thin lines need several times that."""
TYPES = (Route.CLUSTER_IP, Route.NODE_PORT, Route.LOAD_BALANCER)
GROUNDS = ("page", "panel")
FOR_SHAPES, FOR_TEXT = 3.0, 4.5
"""Least contrast: Web Content Accessibility Guidelines 2.2, 1.4.11 and 1.4.3."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, eye) -> tuple[float, float, float]:
    """A colour in CIELAB (D65) as an eye sees it."""
    rgb = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear(colour), strict=True)))) for row in eye]
    to_xyz = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.072175), (0.0193339, 0.119192, 0.9503041))
    white = (0.95047, 1.0, 1.08883)
    xyz = [sum(a * b for a, b in zip(row, rgb, strict=True)) / w for row, w in zip(to_xyz, white, strict=True)]
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, eye) -> float:
    return sum((a - b) ** 2 for a, b in zip(seen(one, eye), seen(other, eye), strict=True)) ** 0.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eye", [USUAL, PROTANOPIA, DEUTERANOPIA], ids=["usual", "protanopia", "deuteranopia"])
def test_routes_have_colours_that_every_eye_tells_apart(theme, eye):
    colours = {LOOKS[route].colour for route in Route}
    assert len(colours) == len(TYPES) + 1
    near = {pair: distance(theme[pair[0]], theme[pair[1]], eye) for pair in combinations(sorted(colours), 2)}
    assert min(near.values()) > FARTHEST_ALIKE, near


def test_the_measure_finds_colours_that_look_alike():
    assert distance("#d01c7f", "#00796b", DEUTERANOPIA) < FARTHEST_ALIKE < distance("#d01c7f", "#00796b", USUAL)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_everything_stands_out_from_the_ground(theme, ground):
    shapes = {name: contrast(theme[name], theme[ground]) for name in theme if name not in GROUNDS}
    assert min(shapes.values()) >= FOR_SHAPES, shapes
    written = {name: value for name, value in shapes.items() if name != "edge"}
    assert min(written.values()) >= FOR_TEXT, written


def test_the_three_types_differ_in_dash_arrowhead_and_label_too():
    looks = [LOOKS[route] for route in TYPES]
    for told in ("colour", "dashes", "head"):
        assert len({getattr(look, told) for look in looks}) == len(TYPES)
    assert len({str(route) for route in Route}) == len(Route)


def test_every_rule_is_for_pictures_only():
    rules = style().replace("@media(prefers-color-scheme:dark){", "").replace("}}", "}")
    selectors = [rule.split("{")[0] for rule in rules.split("}") if rule]
    assert [one for one in selectors if ".lab-picture" not in one] == []
    assert set(LIGHT) == set(DARK)
