"""What differs from the release elsewhere than in the answers is flagged; honest work is not."""

import json

import pytest

from servicelab.classroom.review import differences
from tests.classroom.classes import RELEASE, SLUG

RELEASED = RELEASE.read_bytes()
GRADE, MANIFEST = f"{SLUG}-checks", f"{SLUG}-manifest"


def changed(change):
    """The release with its list of cells changed."""
    notebook = json.loads(RELEASED)
    change(notebook["cells"])
    return differences(json.dumps(notebook).encode(), RELEASED)


def place(cells, grade_id):
    return next(n for n, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def code(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def write(source, at=0):
    return lambda cells: cells.insert(at, code(source))


def answer(cells):
    cells[place(cells, MANIFEST)]["source"] = "%%manifest web.yaml\nkind: Service\n"


def mark(cells, **values):
    cells[place(cells, GRADE)]["metadata"]["nbgrader"].update(values)


HONEST = {
    "untouched": lambda cells: None,
    "answered": answer,
    "explanation": write("%explanation"),
    "check again": write("\n# once more\n%check clusterip\n"),
    "empty": write("  \n\n"),
    "more text": lambda cells: cells.insert(0, {"cell_type": "markdown", "metadata": {}, "source": "import os"}),
    "outputs": lambda cells: cells[2].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}]),
}
FLAGGED = {
    "new code": (write("import os"), "1 code cell differs"),
    "shell": (write("!true"), "1 code cell differs"),
    "python in a magic": (write("%hint {__import__('os').getpid()}"), "1 code cell differs"),
    "grade cell changed": (lambda cells: cells[place(cells, GRADE)].update(source="10.0"), "1 code cell differs"),
    "grade cell gone": (lambda cells: cells.pop(place(cells, GRADE)), "missing, repeated"),
    "grade cell twice": (lambda cells: cells.append(cells[place(cells, GRADE)]), "missing, repeated"),
    "points": (lambda cells: mark(cells, points=100), "nbgrader's marks"),
    "grade id": (lambda cells: mark(cells, grade_id="other"), "nbgrader's marks"),
    "no mark": (lambda cells: cells[place(cells, GRADE)].update(metadata={}), "nbgrader's marks"),
    "mark of no sort": (lambda cells: cells[0].update(cell_type="code", metadata={"nbgrader": [1]}), "1 code cell"),
    "answer cell gone": (lambda cells: cells.pop(place(cells, MANIFEST)), "nbgrader's marks"),
    "answer below": (lambda cells: cells.append(code("%%manifest web.yaml\nkind: Service\n")), "below the cell"),
}


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST)
def test_honest(change):
    assert changed(change) == []


@pytest.mark.parametrize(("change", "said"), FLAGGED.values(), ids=FLAGGED)
def test_flagged(change, said):
    assert said in " ".join(changed(change))
