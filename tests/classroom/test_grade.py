"""`lab grade`: a class into the gradebook, and again only what changed."""

import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading, students_to_grade
from servicelab.classroom.submissions import find_folders
from servicelab.cluster.base import MachineError
from tests.classroom.classes import SCORES, SLUG, SOLUTION, pages, small_class, standing


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    return small_class(tmp_path_factory.mktemp("class") / "course")


@pytest.fixture(scope="module")
def directory(doors):
    return CourseDirectory.find(doors.root)


@pytest.fixture(scope="module")
def graded(directory):
    """The class, graded once."""
    return run(directory)


def run(directory, *, force=False, seconds=60, jobs=2):
    """Grade; what was graded."""
    students = find_folders(directory.submitted, SLUG).students
    with Grading(directory, SLUG, students, force=force) as grading:
        return {one.student: one for one in grading.results(jobs, seconds)}


def test_the_directory_is_what_nbgrader_is_told(doors, directory):
    assert directory.submitted == doors.root / "submitted"
    assert directory.release == doors.root / "exercises"
    assert directory.database == f"sqlite:///{doors.root}/gradebook.db"
    assert directory.course_id == "servicelab"


def test_all_are_graded_and_have_a_page(doors, directory, graded):
    assert {student: one.result.score for student, one in graded.items()} == SCORES
    assert doors.gradebook() == SCORES
    assert "app=wbe" in pages(directory)["eve"]
    assert pages(directory).keys() == SCORES.keys()


def test_what_cannot_be_read_says_why(graded):
    assert "not valid JSON" in graded["cleo"].result.checks[0].actual
    assert "no notebook clusterip.ipynb" in graded["dan"].result.checks[0].actual
    assert graded["cleo"].flags and graded["dan"].flags
    assert not graded["ada"].flags


def test_only_what_changed_is_graded_again(doors, directory, graded):
    assert run(directory) == {}
    before = standing(doors.root)
    notebook = doors.root / "submitted" / "eve" / SLUG / f"{SLUG}.ipynb"
    kept = notebook.read_text()
    notebook.write_text(kept.replace("app: wbe", "app: web"))
    (directory.feedback / "zoe" / SLUG / f"{SLUG}.html").unlink()
    assert {student: one.result.score for student, one in run(directory).items()} == {"eve": 10, "zoe": 10}
    notebook.write_text(kept)
    run(directory)
    assert standing(doors.root) == before


def test_a_lost_gradebook_is_written_again_without_grading(doors, directory, graded):
    before = standing(doors.root)
    (doors.root / "gradebook.db").unlink()
    assert run(directory) == {}
    assert standing(doors.root) == before


def test_force_grades_all(directory, graded):
    with Grading(directory, SLUG, list(SCORES), force=True) as grading:
        assert grading.changed == list(SCORES)


def test_two_at_once_are_refused(directory, graded):
    with (
        Grading(directory, SLUG, []),
        pytest.raises(MachineError, match="another `lab grade` is at work"),
        Grading(directory, SLUG, []),
    ):
        pass


def test_who_is_to_be_graded(doors, directory, graded):
    with pytest.raises(MachineError, match="no submissions"):
        students_to_grade(directory, "nodeport")
    assert students_to_grade(directory, SLUG) == sorted(SCORES)
    assert students_to_grade(directory, SLUG, ["bob"]) == ["bob"]
    with pytest.raises(MachineError, match="zed"):
        students_to_grade(directory, SLUG, ["zed"])


def test_new_submissions_are_graded_beside_the_old_ones(doors, directory, graded):
    doors.submit("yan", SOLUTION)
    assert run(directory).keys() == {"yan"}
    assert doors.gradebook() == {**SCORES, "yan": 10}
