"""The tables of kinds have kind's cells for kind's objects."""

import json
from pathlib import Path

import pytest

from servicelab.embedded import facts
from servicelab.embedded.api.cells import cells_of
from servicelab.embedded.resources import RESOURCES

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))
BY_NAME = {resource.qualified: resource for resource in RESOURCES}
ROWS = [(name, table["now"], row) for name, table in RECORDED["tables"].items() for row in table["rows"]]


@pytest.mark.parametrize(("name", "now", "row"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_cells_are_those_of_kind(name, now, row):
    assert cells_of(BY_NAME[name], row["object"], now) == row["cells"]


def test_every_recorded_kind_has_a_row_and_its_version_is_that_of_the_facts():
    assert {name for name, _, _ in ROWS} == set(RECORDED["tables"])
    assert RECORDED["kubernetes"] == facts.kubernetes_version()
