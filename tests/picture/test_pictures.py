"""Pictures against golden files; `LAB_GOLDEN=write pytest tests/picture` writes them anew, for a person to read."""

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from servicelab.picture import svg, text
from tests.network.objects import shop
from tests.network.test_route import go, node_port_shop

GOLDEN = Path(__file__).parent / "golden"
PATHS = {
    "cluster-ip": lambda: go(shop(), "pod/client", "http://web/hostname"),
    "node-port": lambda: go(node_port_shop(), "outside", "http://172.18.0.4:30080/clientip"),
    "wrong-port": lambda: go(shop(), "pod/client", "http://web:8080/"),
    "no-such-name": lambda: go(shop(), "pod/client", "http://nope/"),
    "outside": lambda: go(shop(), "outside", "http://10.96.1.1/"),
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("draw", "ending"), [(text.draw, "txt"), (svg.draw, "svg")])
def test_a_picture_is_as_it_was(name, draw, ending):
    drawn = draw(PATHS[name]())
    file = GOLDEN / f"{name}.{ending}"
    if os.environ.get("LAB_GOLDEN") == "write":
        file.write_text(drawn)
    assert drawn == file.read_text()


@pytest.mark.parametrize("name", PATHS)
def test_text_fits_its_width(name):
    for width in (60, 80):
        assert max(map(len, text.draw(PATHS[name](), width).splitlines())) <= width


@pytest.mark.parametrize("name", PATHS)
def test_an_svg_says_in_words_what_it_shows(name):
    path = PATHS[name]()
    root = ElementTree.fromstring(svg.draw(path))
    space = "{http://www.w3.org/2000/svg}"
    assert str(path.target) in root.findtext(f"{space}title")
    assert root.findtext(f"{space}desc") == path.explain()
    assert "prefers-color-scheme:dark" in root.findtext(f"{space}style")


def test_names_from_outside_are_escaped():
    assert "<b>" not in svg.draw(go(shop(), "pod/client", "http://web/<b>"))
