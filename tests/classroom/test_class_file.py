"""class.toml: dates, extensions, what being late costs, and errors that say where."""

from datetime import UTC, datetime, timedelta

import pytest

from servicelab.classroom.class_file import Attempts, ClassFile, Late
from servicelab.cluster.base import MachineError
from servicelab.course import load_course

COURSE = load_course()
DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)
TEXT = """
name = "Networks"
variant_key = "secret"
units = ["clusterip", "nodeport"]
hints = "questions"
attempts = "first"
[late]
percent_per_day = 10
grace_minutes = 30
most_days = 5
[[assignment]]
exercise = "clusterip"
weight = 2
due = 2026-12-01T13:00:00+01:00
[[assignment]]
exercise = "nodeport"
[[extension]]
student = "Ada"
exercise = "clusterip"
until = 2026-12-03T12:00:00Z
reason = "ill"
"""


def read(root, text=TEXT):
    (root / "class.toml").write_text(text)
    return ClassFile.find(root, COURSE)


def test_what_it_says(tmp_path):
    terms = read(tmp_path)
    assert (terms.name, terms.units, terms.attempts) == ("Networks", ("clusterip", "nodeport"), Attempts.FIRST)
    assert terms.policy.hints == "questions" and terms.policy.doctor
    assert terms.assigned("clusterip").weight == 2
    assert terms.due("clusterip", "bob") == DUE
    assert terms.due("clusterip", "ada") == DUE + timedelta(days=2)
    assert terms.due("nodeport", "ada") is None


def test_without_one_nothing_is_due(tmp_path):
    terms = ClassFile.find(tmp_path, COURSE)
    assert len(terms.assignments) == len(COURSE.exercises)
    assert terms.lost("clusterip", "ada", DUE) == 0


@pytest.mark.parametrize(
    ("student", "late", "share"),
    [
        ("bob", timedelta(), 0),
        ("bob", timedelta(minutes=30), 0),
        ("bob", timedelta(minutes=31), 0.1),
        ("bob", timedelta(days=1), 0.1),
        ("bob", timedelta(days=1, hours=1), 0.2),
        ("bob", timedelta(days=5, minutes=30), 0.5),
        ("bob", timedelta(days=5, hours=1), 1),
        ("ada", timedelta(days=2), 0),
        ("ada", timedelta(days=2, hours=1), 0.1),
    ],
)
def test_what_is_lost(tmp_path, student, late, share):
    assert read(tmp_path).lost("clusterip", student, DUE + late) == pytest.approx(share)


def test_nobody_loses_more_than_there_is():
    assert Late(percent_per_day=60).share(timedelta(days=9)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae = 'x'", "there is no setting “nmae”"),
        ("units = ['x']", "there is no unit “x”"),
        ("units = ['nodeport']\n[[assignment]]\nexercise = 'clusterip'", "is of the unit clusterip"),
        ("[[assignment]]\nexercise = 'x'", "There is no exercise “x”"),
        ("[[assignment]]\nexercise = 'clusterip'\ndue = 2026-12-01T12:00:00", "has no time zone"),
        ("[[assignment]]\nslug = 'clusterip'", "slug"),
        ("hints = 'some'", "some"),
        ("attempts = 'best'", "best"),
        ("= 1", "class.toml"),
    ],
)
def test_what_is_wrong_says_where(tmp_path, text, said):
    with pytest.raises(MachineError, match=said):
        read(tmp_path, text)
