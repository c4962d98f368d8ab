"""Sections of HTML: of their own class, in the page's theme, named."""

from servicelab.picture.palette import DARK, LIGHT
from servicelab.picture.sections import section, style


def test_a_section_brings_rules_for_itself_only():
    rules = style("one", ".one mark{color:red}")
    made = section("one", rules, ["<p>a</p>", "<p>b</p>"], label="Checks & more")
    assert made.startswith('<section class="one auto" aria-label="Checks &amp; more"><style>.one{')
    assert made.endswith("</style>\n<p>a</p>\n<p>b</p>\n</section>")
    assert LIGHT["page"] in rules
    assert DARK["page"] in rules
    flat = rules.replace("@media(prefers-color-scheme:dark){", "").replace("}}", "}")
    selectors = [one for rule in flat.split("}")[:-1] for one in rule.split("{")[0].split(",")]
    assert all(".one" in one for one in selectors), selectors
    assert "aria-label" not in section("one", rules, [])
