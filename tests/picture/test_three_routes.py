"""The picture of the README and of the unit on three routes is what a cluster of today gives."""

from tests.picture.geometry import Geometry
from tools.draw_three_routes import FILE, three_routes


def test_the_drawn_picture_is_up_to_date():
    assert FILE.read_text() == three_routes(), "run: python tools/draw_three_routes.py"


def test_each_route_has_the_ports_of_its_packets_not_of_its_fields():
    texts = {text.what for text in Geometry(FILE.read_text()).texts}
    assert {"80 → 8080", "30036 → 8080", "443 → 8080", "30036", "443"} <= texts
    assert not [text for text in texts if text.count("→") > 1]
