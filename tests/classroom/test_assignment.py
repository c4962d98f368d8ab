"""One submission, judged in this process."""

from dataclasses import replace

import nbformat
import pytest

from servicelab.checks import Variant
from servicelab.classroom.assignment import result_from_text, result_to_text
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.submissions import HandedIn, take_in
from servicelab.course import engine
from servicelab.course.policy import Policy
from servicelab.course.variant import reference
from tests.classroom.classes import ASSIGNMENT, COURSE, RELEASE, SLUG, WRONG, judge
from tests.classroom.doors import Doors


@pytest.fixture
def doors(tmp_path):
    return Doors.make(tmp_path / "course")


@pytest.fixture
def directory(doors):
    return CourseDirectory.find(doors.root)


def task(**changes):
    handed_in = HandedIn("ada", f"{SLUG}.ipynb", RELEASE.read_bytes())
    return ASSIGNMENT.task(replace(handed_in, **changes), Variant(), "")


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
    found = judge(directory, "eve")
    assert found.result.score == 0
    assert "2 code cells differ from the release" in found.flags[0]
    assert not witness.exists()


def test_the_page_says_what_was_found(doors, directory):
    doors.submit("eve", WRONG)
    page = judge(directory, "eve").page
    assert "app=wbe" in page
    assert "<script" not in page


def test_where_the_doctor_is_off_no_page_names_it(doors, directory):
    doors.submit("eve", WRONG)
    handed_in = take_in(directory.submitted, "eve", SLUG)
    exam = replace(ASSIGNMENT, policy=Policy(doctor=False))
    assert exam.fingerprint() != ASSIGNMENT.fingerprint()
    for assignment, names_it in ((ASSIGNMENT, True), (exam, False)):
        judged = assignment.judge(assignment.task(handed_in, reference(COURSE.exercise(SLUG)), ""))
        assert ("lab doctor" in judged.page) == ("lab doctor" in repr(judged.result)) == names_it


def test_the_same_submission_is_judged_the_same_way(doors, directory):
    doors.submit("eve", WRONG)
    assert judge(directory, "eve").page == judge(directory, "eve").page


def test_what_breaks_our_code_costs_no_marks(monkeypatch):
    monkeypatch.setattr("servicelab.classroom.assignment.read_submitted", lambda *_: 1 / 0)
    found = ASSIGNMENT.judge(task())
    assert found.result.unscored
    assert "ZeroDivisionError" in found.flags[0]


def test_a_result_is_kept_as_text(doors, directory):
    doors.submit("eve", WRONG)
    result = judge(directory, "eve").result
    assert result_from_text(result_to_text(result)) == result


@pytest.mark.parametrize("change", [{"data": b"{}"}, {"name": "other.ipynb"}, {"problem": "none"}])
def test_a_changed_submission_is_another_task(change):
    assert task(**change).key != task().key


def test_another_variant_or_grader_is_another_task():
    handed_in = task().handed_in
    assert ASSIGNMENT.task(handed_in, Variant({"port": 80}, {"port": 81}, b"x"), "").key != task().key
    assert ASSIGNMENT.task(handed_in, Variant(), "another grader").key != task().key


def test_what_judges_has_a_fingerprint(tmp_path):
    before = ASSIGNMENT.fingerprint()
    assert before == ASSIGNMENT.fingerprint()
    assert replace(ASSIGNMENT, release=b"{}").fingerprint() != before
    assert replace(ASSIGNMENT, slug="nodeport").fingerprint() != before
    assert replace(ASSIGNMENT, kind="kind").fingerprint() != before


def test_the_grader_is_that_of_the_course():
    assert ASSIGNMENT.not_judged(task(), "too long").result.maximum == 10
    assert engine.load_grader(ASSIGNMENT.course_root / "graders" / f"{SLUG}.py")
