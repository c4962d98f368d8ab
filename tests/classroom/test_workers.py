"""Workers: a submission that takes too long or ends its process does not stop the others."""

import time
from dataclasses import replace

import psutil
import pytest

from servicelab.checks import Variant
from servicelab.classroom.submissions import HandedIn
from servicelab.classroom.workers import Workers
from servicelab.cluster.base import MachineError
from servicelab.course import CourseError
from tests.classroom.classes import ASSIGNMENT, COURSE
from tests.classroom.odd_assignment import OddAssignment


@pytest.fixture(autouse=True)
def workers_find_the_tests(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(COURSE.root))


@pytest.fixture
def assignment(tmp_path):
    return OddAssignment(ASSIGNMENT.course_root, ASSIGNMENT.slug, ASSIGNMENT.release, folder=str(tmp_path))


def tasks(assignment, *students):
    return (assignment.task(HandedIn(student), Variant(), "") for student in students)


def judge(assignment, *students, jobs=2, seconds=1.0):
    with Workers(assignment, jobs, seconds) as workers:
        return {task.handed_in.student: judged.flags[0] for task, judged in workers.judge(tasks(assignment, *students))}


def test_each_ends_in_its_own_way(assignment):
    names = [f"s{number}" for number in range(20)]
    found = judge(assignment, *names[:10], "slow", "deadly", "unlucky", *names[10:])
    assert found == {
        **{name: f"fine: {name}" for name in names},
        "slow": "Judging took more than 1 seconds and was ended.",
        "deadly": "Judging ended its process, 3 times.",
        "unlucky": "fine: unlucky",
    }


def test_a_wrong_course_stops_the_run(assignment):
    with pytest.raises(CourseError, match="points do not add up"):
        judge(assignment, "wrong", jobs=1)


def test_a_worker_that_does_not_start_says_why(assignment):
    with pytest.raises(MachineError, match="this worker cannot start"):
        judge(replace(assignment, slug="none"), "ada", jobs=1)


def test_who_stops_early_leaves_no_process(assignment):
    """As with Ctrl-C, in the middle of a submission."""
    with Workers(assignment, 2, 60.0) as workers:
        judged = workers.judge(tasks(assignment, "s1", "slow", "slow", "s2"))
        next(judged)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert not [child for child in psutil.Process().children() if "classroom.worker" in " ".join(child.cmdline())]
