"""Scores in nbgrader's gradebook: as nbgrader itself reads them, written in batches, a person's marks kept."""

import shutil
import uuid
from dataclasses import replace

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.classroom.gradebook import Gradebook, Score, comment_text
from servicelab.cluster.base import MachineError
from tests.classroom.classes import RELEASE, SLUG

GOOD = ExerciseResult(SLUG, (CheckResult("a", "A works", 10, CheckOutcome.PASSED),), "embedded", "0.1")
FAILED = CheckResult("b", "B works", 6, CheckOutcome.FAILED, "it works", "it does not \0\ud800", "look")
PARTLY = replace(GOOD, checks=(replace(GOOD.checks[0], points=4), FAILED))
BROKEN = replace(GOOD, checks=(replace(GOOD.checks[0], outcome=CheckOutcome.ERROR, actual="Docker is down"),))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh(request, tmp_path_factory):
    """Makes copies of a gradebook with the assignment and no student, which takes nbgrader seconds to make."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = uuid.uuid4().hex
        write(server.create(name))
        return lambda folder: server.create(uuid.uuid4().hex, template=name)
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    write(f"sqlite:///{path}")
    return lambda folder: f"sqlite:///{shutil.copy(path, folder / 'gradebook.db')}"


@pytest.fixture
def database(fresh, tmp_path):
    return fresh(tmp_path)


def write(database, *scores):
    with Gradebook(database, "servicelab", SLUG, RELEASE) as book:
        book.write([Score(*score) for score in scores])


def read(database, student):
    """As nbgrader reads it: score, own score, whether a person must look, comment, flagged."""
    from nbgrader.api import Gradebook

    with Gradebook(database, "servicelab") as book:
        (found,) = book.find_submission(SLUG, student).notebooks
        (grade,) = found.grades
        (comment,) = [one for one in found.comments if one.name == f"{SLUG}-manifest"]
        assert len(found.comments) == 3
        return grade.score, grade.auto_score, bool(grade.needs_manual_grade), comment.auto_comment, bool(found.flagged)


def test_partial_credit_comments_and_flags(database):
    write(database, ("ada", GOOD), ("eve", PARTLY, True), ("bob", BROKEN))
    assert read(database, "ada") == (10, 10, False, None, False)
    said = "B works: not so. Expected: it works Actual: it does not �? look"
    assert read(database, "eve") == (4, 4, False, said, True)
    score, auto_score, waits, comment, _ = read(database, "bob")
    assert (score, auto_score, waits) == (0, None, True)
    assert "could not be judged. Docker is down" in comment


def test_a_score_is_replaced_and_a_persons_marks_stay(database):
    from nbgrader.api import Gradebook as Book

    write(database, ("eve", PARTLY))
    with Book(database, "servicelab") as book:
        grade = book.find_grade(f"{SLUG}-checks", SLUG, SLUG, "eve")
        grade.manual_score = 7
        book.db.commit()
    write(database, ("eve", GOOD), ("ada", GOOD))
    assert read(database, "eve") == (7, 10, True, None, False)
    assert read(database, "ada")[0] == 10


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_nbgrader_began_the_gradebook(database):
    """Students and submissions that nbgrader knows already are used."""
    from nbgrader.api import Gradebook as Book

    with Book(database, "servicelab") as book:
        book.add_student("ada", first_name="Ada")
        book.add_submission(SLUG, "ada")
    write(database, ("ada", GOOD))
    assert read(database, "ada")[0] == 10


def test_what_stands_there_is_not_written_again(database, monkeypatch):
    from servicelab.classroom import gradebook

    write(database, ("ada", GOOD), ("eve", PARTLY))
    monkeypatch.setattr(gradebook._Batch, "_update", lambda _, table, rows: pytest.fail(str(rows)) if rows else None)
    write(database, ("ada", GOOD), ("eve", PARTLY))


def test_a_gradebook_that_is_none_says_so(tmp_path):
    (tmp_path / "gradebook.db").write_text("this is no database, and long enough for SQLite to see it" * 10)
    with pytest.raises(MachineError, match="gradebook cannot be used"):
        write(f"sqlite:///{tmp_path}/gradebook.db", ("ada", GOOD))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be used"),
        ("postgresql://someone@/class?host=/nowhere", "cannot be used"),
        ("mysql+mysqldb://localhost/class", "driver"),
    ],
)
def test_a_url_that_leads_nowhere_says_so(url, said):
    with pytest.raises(MachineError, match=said):
        write(url)


def test_full_marks_need_no_comment():
    assert comment_text(GOOD) is None
