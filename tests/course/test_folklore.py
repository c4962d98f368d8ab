"""Each claim of course/folklore.toml names a cell of a lesson that refutes it; `tests/lessons` sees that it does."""

import tomllib

import nbformat
import pytest

from tests.conftest import COURSE

CLAIMS = tomllib.loads((COURSE / "course" / "folklore.toml").read_text("utf-8"))["claim"]
CHECKS = {"probe", "output", "text"}


def test_claims_have_ids_of_their_own():
    assert len({claim["id"] for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["id"])
def test_a_claim_is_refuted_by_a_cell_that_is_there(claim):
    cells = nbformat.read(COURSE / "lessons" / f"{claim['lesson']}.ipynb", as_version=4).cells
    cell = next(cell for cell in cells if cell.id == claim["cell"])
    assert claim["check"] in CHECKS
    assert (cell.cell_type == "code") == (claim["check"] != "text")
    assert ("%probe" in cell.source) == (claim["check"] == "probe")
    assert bool(claim.get("shows")) == (claim["check"] != "text")
    before = cells[: cells.index(cell)]
    asked = [one for one in before[-4:] if one.cell_type == "markdown" and "**Predict.**" in one.source]
    assert asked or claim["check"] != "probe", "a learner predicts before such a request"
