"""exercises/ is exactly what nbgrader makes of solutions/, and gives nothing of a solution away."""

import nbformat
import pytest

from servicelab.classroom.release import files, generate
from servicelab.course import load_course, read_notebook
from servicelab.manifests import read
from tests.classroom.doors import Doors

COURSE = load_course()
EXERCISES = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)


def notebook(folder, slug):
    return nbformat.read(COURSE.root / folder / slug / f"{slug}.ipynb", as_version=4)


def test_exercises_are_what_nbgrader_makes_of_solutions(tmp_path):
    generate(COURSE.root, tmp_path / "made")
    assert files(tmp_path / "made") == files(COURSE.root / "exercises")


def test_nbgrader_releases_what_is_in_exercises(tmp_path):
    """generate_assignment, with a gradebook, and release_assignment, to an exchange of our own."""
    doors = Doors.make(tmp_path / "course")
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # nbgrader wants an exchange that everybody can write to
    printed = doors.run("nbgrader", "generate_assignment", "clusterip", "--force")
    printed += doors.run("nbgrader", "release_assignment", "clusterip", f"--Exchange.root={exchange}")
    released = exchange / "servicelab" / "outbound" / "clusterip"
    assert released.is_dir(), printed
    assert files(released) == files(COURSE.root / "exercises" / "clusterip")


@EXERCISES
def test_nothing_but_heads_of_objects_is_written_in_the_released_manifests(exercise):
    submission = read_notebook(COURSE.root / "exercises" / exercise.slug / f"{exercise.slug}.ipynb")
    assert set(submission.manifests) == set(exercise.manifests)
    for text in submission.manifests.values():
        assert read(text).problems == ()
        for manifest in read(text).manifests:
            assert set(manifest.object) <= {"apiVersion", "kind", "metadata", "spec"}
            assert manifest.object.get("spec") is None


@EXERCISES
def test_the_solution_can_be_read_as_data(exercise):
    submission = read_notebook(COURSE.root / "solutions" / exercise.slug / f"{exercise.slug}.ipynb")
    assert set(submission.manifests) == set(exercise.manifests)
    for text in submission.manifests.values():
        assert read(text).manifests
        assert not read(text).problems


@EXERCISES
@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_notebooks_are_clean(folder, exercise):
    """No outputs, cell ids that people chose, and points that are those of the checks."""
    book = notebook(folder, exercise.slug)
    assert book.metadata["servicelab"] == {"exercise": exercise.slug, "course_version": COURSE.version}
    for cell in book.cells:
        assert cell.id
        assert cell.id == cell.id.lower()
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    points = [cell.metadata.nbgrader.get("points", 0) for cell in book.cells if "nbgrader" in cell.metadata]
    assert sum(points) == exercise.points
