"""Pictures as a browser draws them: nothing is cut off, letters are large enough, colours are those of the theme."""

import pytest

from servicelab.picture import Theme, picture
from servicelab.picture.measure import width
from servicelab.picture.palette import DARK, LIGHT, LOOKS
from tests.network.objects import shop
from tests.picture.clusters import ask, refused_and_lost, three_routes
from tests.picture.test_layout import LEAST, NARROW
from tests.picture.test_palette import FOR_TEXT, TYPES, contrast

pytestmark = pytest.mark.browser
DRAWN = [three_routes(), refused_and_lost(), ask(shop(), ("pod/other/far", "http://web.shop/hostname"))]
WIDE = 1280
MEASURE = """() => {
  const svg = document.querySelector("svg"), view = svg.viewBox.baseVal
  const scale = svg.getBoundingClientRect().width / view.width
  const color = (one) => one && getComputedStyle(one).fill
  return {
    scale, scrolls: document.documentElement.scrollWidth > window.innerWidth,
    ground: color(svg.querySelector(".page")), panel: color(svg.querySelector(".frame")),
    texts: [...svg.querySelectorAll("text")].map((one) => {
      const box = one.getBBox(), size = parseFloat(one.getAttribute("font-size"))
      return {
        words: one.textContent, size, bold: one.classList.contains("bold"), wide: one.getComputedTextLength(),
        fill: color(one), tag: one.classList.contains("on-tag"),
        inside: box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height,
      }
    }),
  }
}"""
PIXELS = """async (svg) => {
  const image = new Image()
  image.src = "data:image/svg+xml," + encodeURIComponent(svg)
  await image.decode()
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
  const context = canvas.getContext("2d")
  context.drawImage(image, 0, 0)
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data, counts = {}
  for (let n = 0; n < data.length; n += 4) {
    const color = "#" + [0, 1, 2].map((i) => data[n + i].toString(16).padStart(2, "0")).join("")
    counts[color] = (counts[color] || 0) + 1
  }
  return counts
}"""
LEAST_PIXELS = 200
"""Of a route's own colour, without the blended ones at edges."""


def measured(page, svg: str, body: str = "") -> dict:
    page.set_content(f"<body style='margin:0' {body}>{svg}</body>")
    return page.evaluate(MEASURE)


def hexadecimal(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("room", [NARROW, WIDE])
def test_no_text_is_cut_off_and_letters_are_high_enough(page, room):
    page.set_viewport_size({"width": room, "height": 900})
    for paths, state in DRAWN:
        found = measured(page, picture(paths, state))
        assert not found["scrolls"]
        for text in found["texts"]:
            assert text["inside"], text
            assert text["wide"] <= width(text["words"], text["size"], text["bold"]) + 0.5, text
            assert text["size"] * found["scale"] >= LEAST, text


@pytest.mark.parametrize(
    ("system", "body", "theme", "colours"),
    [
        ("light", "", Theme.AUTO, LIGHT),
        ("dark", "", Theme.AUTO, DARK),
        ("light", "data-jp-theme-light='false'", Theme.AUTO, DARK),
        ("dark", "data-jp-theme-light='true'", Theme.AUTO, LIGHT),
        ("light", "", Theme.DARK, DARK),
        ("dark", "data-jp-theme-light='false'", Theme.LIGHT, LIGHT),
    ],
    ids=["light", "dark", "JupyterLab dark", "JupyterLab light", "told dark", "told light"],
)
def test_text_is_legible_in_every_theme(page, system, body, theme, colours):
    page.emulate_media(color_scheme=system)
    found = measured(page, picture(*three_routes(), theme=theme), body)
    assert (hexadecimal(found["ground"]), hexadecimal(found["panel"])) == (colours["page"], colours["panel"])
    for text in found["texts"]:
        ground = colours["text" if text["tag"] else "panel"]
        assert contrast(hexadecimal(text["fill"]), ground) >= FOR_TEXT, text


@pytest.mark.parametrize(("theme", "colours"), [(Theme.LIGHT, LIGHT), (Theme.DARK, DARK)], ids=["light", "dark"])
def test_as_an_image_every_route_is_there_in_its_colour(page, theme, colours):
    counts = page.evaluate(PIXELS, picture(*three_routes(), theme=theme))
    for route in TYPES:
        assert counts.get(colours[LOOKS[route].colour], 0) > LEAST_PIXELS, route
