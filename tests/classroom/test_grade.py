"""`lab grade`'s parts: submissions are data, odd ones are flagged, what could not be judged waits for a person."""

import json
from contextlib import contextmanager

import nbformat
import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import grade, students_to_grade
from servicelab.classroom.gradebook import comment_text
from servicelab.classroom.submissions import read_submitted
from servicelab.cluster.base import MachineError
from servicelab.cluster.embedded import open_throwaway
from servicelab.course import load_course, read_notebook
from tests.classroom.doors import Doors

COURSE = load_course()
SOLUTION = read_notebook(COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb").manifests["web.yaml"]
SLUG = "clusterip"


@pytest.fixture
def doors(tmp_path):
    return Doors.make(tmp_path / "course")


@pytest.fixture
def directory(doors):
    return CourseDirectory.find(doors.root)


@contextmanager
def throwaway():
    cluster = open_throwaway(seed=1)
    yield cluster
    cluster.close()


@contextmanager
def broken():
    class Broken:
        def describe_version(self):
            raise MachineError("Docker is down", "Start it.")

    yield Broken()


def read(doors, student):
    release = doors.root / "exercises" / SLUG / f"{SLUG}.ipynb"
    return read_submitted(doors.root / "submitted", student, SLUG, release, COURSE.version)


def grades(directory, open_cluster=throwaway):
    students = students_to_grade(directory, SLUG)
    return {graded.student: graded for graded in grade(directory, SLUG, students, open_cluster=open_cluster)}


def in_gradebook(directory, student):
    from nbgrader.api import Gradebook

    with Gradebook(directory.database, directory.course_id) as book:
        (found,) = book.find_submission(SLUG, student).notebooks
        (score,) = found.grades
        (comment,) = [one for one in found.comments if one.name == "clusterip-manifest"]
        return score.auto_score, score.score, bool(score.needs_manual_grade), comment.auto_comment


def test_the_directory_is_what_nbgrader_is_told(doors, directory):
    assert directory.submitted == doors.root / "submitted"
    assert directory.release == doors.root / "exercises"
    assert directory.database == f"sqlite:///{doors.root}/gradebook.db"
    assert directory.course_id == "servicelab"


def test_scores_comments_and_pages(doors, directory):
    doors.submit("ada", SOLUTION)
    doors.submit("eve", SOLUTION.replace("app: web", "app: wbe"))
    found = grades(directory)
    assert {student: graded.result.score for student, graded in found.items()} == {"ada": 10, "eve": 2}
    assert in_gradebook(directory, "ada") == (10, 10, False, None)
    score, _, waits, comment = in_gradebook(directory, "eve")
    assert (score, waits) == (2, False)
    assert "app=wbe" in comment
    page = (directory.feedback / "eve" / SLUG / f"{SLUG}.html").read_text()
    assert "app=wbe" in page
    assert "<script" not in page


def test_grading_again_replaces_the_score(doors, directory):
    path = doors.submit("ada", None)
    grades(directory)
    assert in_gradebook(directory, "ada")[:2] == (0, 0)
    path.unlink()
    path.parent.rmdir()
    doors.submit("ada", SOLUTION)
    grades(directory)
    assert in_gradebook(directory, "ada") == (10, 10, False, None)


def test_what_could_not_be_judged_waits_for_a_person(doors, directory):
    doors.submit("ada", SOLUTION)
    found = grades(directory, broken)
    assert found["ada"].result.unscored
    score, _, waits, comment = in_gradebook(directory, "ada")
    assert (score, waits) == (None, True)
    assert "could not be judged" in comment


def test_hostile_code_is_not_executed_and_is_flagged(doors, directory, tmp_path):
    """What would forge a score under `nbgrader autograde` does nothing here."""
    path = doors.submit("eve", None)
    witness = tmp_path / "executed"
    notebook = nbformat.read(path, as_version=4)
    code = f"open({str(witness)!r}, 'w')\nimport servicelab.notebook as n; n.score = lambda slug: 10.0"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
    (graded,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    graded.source, graded.outputs = "10.0", [nbformat.v4.new_output("execute_result", {"text/plain": "10.0"})]
    nbformat.write(notebook, path)
    found = grades(directory)
    assert found["eve"].result.score == 0
    assert "2 code cells differ from the release" in found["eve"].flags[0]
    assert not witness.exists()


def test_an_honest_submission_has_no_flags(doors):
    doors.submit("ada", SOLUTION)
    assert read(doors, "ada").flags == ()


def test_damaged_and_missing_notebooks_score_nothing_and_say_why(doors, directory):
    doors.submit("bob", SOLUTION).write_text("{")
    doors.submit("cleo", SOLUTION).unlink()
    found = grades(directory)
    assert [found[student].result.score for student in ("bob", "cleo")] == [0, 0]
    assert "not valid JSON" in found["bob"].result.checks[0].actual
    assert "no notebook clusterip.ipynb" in found["cleo"].result.checks[0].actual
    assert found["bob"].flags
    assert found["cleo"].flags


def test_a_notebook_of_another_course_version_is_flagged(doors):
    path = doors.submit("ada", SOLUTION)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["servicelab"]["course_version"] = "0.0"
    nbformat.write(notebook, path)
    assert "course version 0.0" in read(doors, "ada").flags[0]


def test_a_notebook_by_another_name_is_read_and_flagged(doors):
    path = doors.submit("ada", SOLUTION)
    path.rename(path.with_name("my-homework.ipynb"))
    submitted = read(doors, "ada")
    assert submitted.submission.manifests == {"web.yaml": SOLUTION}
    assert "my-homework.ipynb" in submitted.flags[0]


def test_a_link_to_anothers_notebook_is_not_followed(doors):
    ada = doors.submit("ada", SOLUTION)
    eve = doors.submit("eve", None)
    eve.unlink()
    eve.symlink_to(ada)
    assert not read(doors, "eve").submission.notebook_ok


@pytest.mark.parametrize("cells", [[None], [{"cell_type": "code", "source": [1, None]}], [{"cell_type": "code"}]])
def test_odd_notebooks_are_read(doors, cells):
    doors.submit("eve", None).write_text(json.dumps({"cells": cells}))
    read(doors, "eve")


def test_who_is_to_be_graded(doors, directory):
    with pytest.raises(MachineError, match="no submissions"):
        students_to_grade(directory, SLUG)
    for student in ("bob", "ada"):
        doors.submit(student, None)
    assert students_to_grade(directory, SLUG) == ["ada", "bob"]
    assert students_to_grade(directory, SLUG, ["bob"]) == ["bob"]
    with pytest.raises(MachineError, match="zoe"):
        students_to_grade(directory, SLUG, ["zoe"])


def test_full_marks_need_no_comment(doors, directory):
    doors.submit("ada", SOLUTION)
    assert comment_text(grades(directory)["ada"].result) is None
