"""The SVG: as it was when somebody looked at it, in words too, and safe to put into a page."""

import xml.etree.ElementTree as ElementTree

import pytest

from servicelab.picture import Theme, describe, picture
from servicelab.picture.svg import AHEAD, NOW
from tests.network.objects import shop
from tests.picture.clusters import ask, refused_and_lost, three_routes
from tests.picture.geometry import SVG
from tests.picture.golden import compare

DRAWN = {
    "three-routes": three_routes,
    "refused-and-lost": refused_and_lost,
    "every-choice": lambda: ask(shop(), ("pod/other/far", "http://web.shop/hostname")),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_as_it_was(name):
    paths, state = DRAWN[name]()
    compare(f"{name}.svg", picture(paths, state))


@pytest.mark.parametrize("name", DRAWN)
def test_its_words_are_as_they_were(name):
    compare(f"{name}.words", describe(*DRAWN[name]()))


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_says_in_words_what_it_shows(name):
    paths, state = DRAWN[name]()
    root = ElementTree.fromstring(picture(paths, state))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert description.text == describe(paths, state)
    drawn = [text.text for text in root.iter(f"{SVG}text")]
    assert " ".join(drawn).startswith(title.text)


def test_every_word_of_a_box_is_in_the_words_too():
    paths, state = refused_and_lost()
    words = describe(paths, state)
    for hop in (hop for path in paths for hop in path.hops):
        assert hop.said in words


def test_two_pictures_on_one_page_have_names_of_their_own():
    names = [ElementTree.fromstring(picture(*drawn())).get("aria-labelledby") for drawn in DRAWN.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("theme", list(Theme))
def test_a_theme_is_chosen_or_follows_the_page(theme):
    root = ElementTree.fromstring(picture(*three_routes(), theme=theme))
    assert root.get("class") == f"lab-picture {theme}"
    assert picture(*three_routes(), theme=theme.value) == picture(*three_routes(), theme=theme)


@pytest.mark.parametrize("path", ["<b>", "&amp;", "]]>", "\x01\x7f", "\ud800", "\N{PILE OF POO}" * 80, "'\"" * 50])
def test_what_was_asked_for_cannot_break_the_picture(path):
    root = ElementTree.fromstring(picture(*ask(shop(), ("pod/client", f"http://web/{path}"))))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "style",
        "rect",
        "polyline",
        "polygon",
        "path",
        "text",
    }


def emphasised(after):
    paths, state = three_routes()
    root = ElementTree.fromstring(picture(paths[:1], state, after=after))
    arrows = [one for one in root.iter(f"{SVG}polyline") if one.get("class").startswith("way")]
    return [{NOW: "now", AHEAD: "ahead", None: "gone"}[one.get("style")] for one in arrows[:-1]]  # without the legend's


def test_a_packet_under_way_has_one_heavy_arrow_behind_it_and_faint_ones_before_it():
    """Client to the rules (the first hop), over the network to the Pod (the third), whose program answers."""
    assert emphasised(None) == ["gone", "gone"]
    assert [emphasised(after) for after in range(5)] == [
        ["ahead", "ahead"],
        ["now", "ahead"],
        ["now", "ahead"],
        ["gone", "now"],
        ["gone", "now"],
    ]
