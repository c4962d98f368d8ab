"""Every lesson runs top to bottom on both clusters, and what its text says is what its cells show."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from servicelab.cli.start import environment

LESSONS = sorted((Path(__file__).parent.parent.parent / "lessons").glob("*.ipynb"))
SAYS = {
    "02-clusterip": {
        "pods-ready": "successfully rolled out",
        "replace": "deleted from lesson namespace",
        "service": "service/hello created",
        "service-get": "ClusterIP",
        "slices": "8080",
        "call": "answered",
        "names": "search lesson.svc.cluster.local svc.cluster.local cluster.local",
        "visitor-short": "no such name",
        "visitor-long": "answered",
        "ports": "timed out",
        "ports-pod": "answered",
        "outside-node": "answered",
        "outside": "timed out",
        "broken-call": "refused",
        "broken-slices": "<unset>",
        "mend": "answered",
    }
}
"""What the lesson's explanations rest on, by the cell that shows it; as seen on kind with Kubernetes v1.36.3."""


@pytest.fixture(params=["embedded", pytest.param("kind", marks=pytest.mark.kind)])
def learner(request):
    """The environment of a learner's notebook, on each cluster."""
    server = request.getfixturevalue("embedded_server" if request.param == "embedded" else "kind_cluster")
    home = request.getfixturevalue("embedded_home" if request.param == "embedded" else "kind_home")
    return environment(home, request.param, server.name)


def printed(cell: nbformat.NotebookNode) -> str:
    """What a learner reads below the cell."""
    parts = []
    for output in cell.outputs:
        parts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join(parts)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_runs_and_shows_what_it_says(lesson, learner, tmp_path, monkeypatch):
    for name, value in learner.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(lesson, as_version=4)
    NotebookClient(
        notebook, timeout=150, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute(env=dict(os.environ))
    cells = {cell.id: printed(cell) for cell in notebook.cells if cell.cell_type == "code"}
    missing = {id: cells[id] for id, words in SAYS[lesson.stem].items() if words not in cells[id]}
    assert missing == {}
    complaints = {id: text for id, text in cells.items() if "error" in text.lower() or "Traceback" in text}
    assert complaints == {}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lessons_are_kept_without_outputs(lesson):
    notebook = nbformat.read(lesson, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
