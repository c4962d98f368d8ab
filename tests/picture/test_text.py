"""Paths as text, against golden files."""

import pytest

from servicelab.picture import text
from tests.network.objects import shop
from tests.network.test_route import go, node_port_shop
from tests.picture.golden import compare

PATHS = {
    "cluster-ip": lambda: go(shop(), "pod/client", "http://web/hostname"),
    "node-port": lambda: go(node_port_shop(), "outside", "http://172.18.0.4:30080/clientip"),
    "wrong-port": lambda: go(shop(), "pod/client", "http://web:8080/"),
    "no-such-name": lambda: go(shop(), "pod/client", "http://nope/"),
    "outside": lambda: go(shop(), "outside", "http://10.96.1.1/"),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_written_as_it_was(name):
    compare(f"{name}.txt", text.draw(PATHS[name]()))


@pytest.mark.parametrize("name", PATHS)
def test_text_fits_its_width(name):
    for width in (60, 80):
        assert max(map(len, text.draw(PATHS[name](), width).splitlines())) <= width
