"""Every lesson runs top to bottom on both clusters, and what its text says is what its cells show."""

import os
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from servicelab.cli.start import environment
from servicelab.course import load_course
from tests.conftest import COURSE
from tests.lessons import noting
from tests.lessons.stated import not_shown
from tests.support.mutant_routes import MATRIX, MUTANTS
from tests.support.turns import on_both_clusters, todays

LESSONS = {path.stem: path for path in sorted((COURSE / "lessons").glob("*.ipynb"))}
SAYS = tomllib.loads((Path(__file__).parent / "says.toml").read_text("utf-8"))
NOT_SHOWN = tomllib.loads((Path(__file__).parent / "not_shown.toml").read_text("utf-8"))
RUNS = "LAB_LESSON_RUNS"
"""A folder for the lessons with what their cells showed: `tools/build_book.py` takes them from there."""
AHEAD = "<invalid>"
"""How kubectl tells an Event's age when the cluster is ahead of this machine: the tests' cluster skips what is only
waited for. The book shows no such run, and makes its own."""
FOLKLORE = tomllib.loads((COURSE / "course" / "folklore.toml").read_text("utf-8"))["claim"]


def environment_of_a_learner(request: pytest.FixtureRequest, kind: str) -> dict[str, str]:
    """What a notebook of a learner with this kind of cluster gets."""
    server = request.getfixturevalue("skipping_server" if kind == "embedded" else "kind_cluster")
    home = request.getfixturevalue("skipping_home" if kind == "embedded" else "kind_home")
    return environment(home, kind, server.name)


def printed(cell: nbformat.NotebookNode) -> str:
    """What a learner reads below the cell."""
    parts = []
    for output in cell.outputs:
        parts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join(parts)


def misses(text: str, said: str | list[str]) -> bool:
    """Whether the words are not all there, in their order."""
    at = 0
    for words in [said] if isinstance(said, str) else said:
        at = text.find(words, at)
        if at < 0:
            return True
        at += len(words)
    return False


def is_a_complaint(text: str, said: str | list[str]) -> bool:
    """Whether something went wrong that the lesson does not speak of."""
    return "Traceback" in text or ("error" in text.lower() and "rror" not in str(said))


@pytest.mark.parametrize(
    ("lesson", "kind"), on_both_clusters(LESSONS, on_embedded=LESSONS, on_kind=todays(LESSONS, always="02-clusterip"))
)
def test_a_lesson_runs_and_shows_what_it_says(lesson, kind, request, tmp_path, monkeypatch):
    notes = noting.surroundings(tmp_path) if kind == "embedded" else {}
    for name, value in {**environment_of_a_learner(request, kind), **notes}.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(LESSONS[lesson], as_version=4)
    NotebookClient(
        notebook, timeout=150, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute(env=dict(os.environ))
    cells = {cell.id: printed(cell) for cell in notebook.cells if cell.cell_type == "code"}
    if RUNS in os.environ and kind == "embedded" and not any(AHEAD in text for text in cells.values()):
        nbformat.write(notebook, Path(os.environ[RUNS]) / f"{lesson}.ipynb")
    says = SAYS[lesson]
    assert {id: cells[id] for id, said in says.items() if misses(cells[id], said)} == {}
    assert {id: text for id, text in cells.items() if is_a_complaint(text, says.get(id, ""))} == {}
    refuted = [claim for claim in FOLKLORE if claim["lesson"] == lesson and "shows" in claim]
    assert [claim["id"] for claim in refuted if misses(cells[claim["cell"]], claim["shows"])] == []
    if notes:
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        shown = "\n".join([*sources, *cells.values()])
        assert not_shown(notebook, shown) - NOT_SHOWN.get(lesson, {}).keys() == set()
        contradicted = noting.noted(tmp_path)
        request.node.user_properties.append((MATRIX, (lesson, contradicted)))
        believed = {mutant.id for mutant in MUTANTS if mutant.lesson == lesson}
        assert believed <= set(contradicted), "a belief that no probe of this lesson contradicts"


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_are_kept_without_outputs(lesson):
    notebook = nbformat.read(LESSONS[lesson], as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_every_lesson_is_in_the_catalogue_and_says_what_it_rests_on():
    listed = {Path(lesson.notebook).stem: lesson.id for lesson in load_course(COURSE).lessons}
    assert listed == {name: name for name in LESSONS}
    assert list(SAYS) == list(LESSONS)
