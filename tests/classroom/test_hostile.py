"""Hostile and damaged submissions harm nobody: not the machine, not a neighbour's score, not the run."""

import math
import os
import shutil
import socket
from collections import Counter
from contextlib import contextmanager

import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading
from servicelab.classroom.submissions import find_folders
from tests.classroom import hostile
from tests.classroom.classes import GRADES, SLUG, SOLUTION, standing
from tests.classroom.doors import Doors
from tests.support import records

OFTEN = 100
"""Submissions in every run."""
ALL, AT_A_TIME = 10_000, 500
INPUTS = [
    *GRADES,
    "servicelab/course/*.py",
    "servicelab/manifests/*.py",
    "tests/classroom/hostile.py",
]
HONEST = 5
MADE = {"feedback", "gradebook.db", "grading.lock", "grading.sqlite", "grading.sqlite-shm", "grading.sqlite-wal"}
"""All that a run may make in the course directory."""


@contextmanager
def canary(folder):
    """A folder that must stay empty, and a port that nobody may connect to."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield hostile.Canary(folder, server.getsockname()[1])
        with pytest.raises(BlockingIOError):
            server.accept()
    assert list(folder.iterdir()) == []
    assert "LAB_CANARY" not in os.environ


def what_lies_in(folder):
    """Every path below, with what would change if it were written."""
    found = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        found[str(path)] = (about.st_mode, about.st_size, about.st_mtime_ns)
    return found


def grade_hostile(place, numbers, names=()):
    """Grade these beside honest ones; how often each trick was there."""
    place.mkdir()
    doors = Doors.make(place / "course")
    with canary(place / "canary") as singing:
        for number in range(HONEST):
            doors.submit(f"honest{number}", SOLUTION)
        submitted = doors.root / "submitted"
        tricks = Counter(hostile.make(submitted / f"h{number}" / SLUG, number, singing) for number in numbers)
        for name in names:
            shutil.copytree(submitted / "honest0" / SLUG, submitted / name / SLUG)
        before, around = what_lies_in(submitted), what_lies_in(place)
        found = graded(CourseDirectory.find(doors.root))
        assert what_lies_in(submitted) == before
        assert what_lies_in(doors.root / "exercises").items() <= around.items()
    assert {path.name for path in doors.root.iterdir()} <= MADE | {
        "submitted", "exercises", "solutions", "nbgrader_config.py",
    }  # fmt: skip
    assert {path.name for path in place.iterdir()} == {"course", "canary"}
    assert {path.name for path in (doors.root / "feedback").iterdir()} == found.keys()
    for number in range(HONEST):
        assert found[f"honest{number}"].result.score == 10
        assert not found[f"honest{number}"].flags
    in_gradebook = {row[0]: row[2] for row in standing(doors.root) if row[1] == f"{SLUG}-checks"}
    assert in_gradebook == {student: one.result.score for student, one in found.items()}
    for student, one in found.items():
        assert not one.result.unscored, (student, one.flags, one.result.checks[0])
        assert math.isfinite(one.result.score) and 0 <= one.result.score <= 10
        assert all(flag.isprintable() for flag in one.flags)
    shutil.rmtree(place)
    return tricks, found


def graded(directory):
    students = find_folders(directory.submitted, SLUG).students
    with Grading(directory, SLUG, students) as grading:
        return {one.student: one for one in grading.results(2, 120)}


def test_some_hundred_with_odd_names(tmp_path):
    tricks, found = grade_hostile(tmp_path / "class", range(OFTEN), hostile.NAMES)
    assert tricks.keys() == hostile.TRICKS.keys()
    odd = set(hostile.NAMES) & found.keys()
    assert odd == {name for name in hostile.NAMES if name.isprintable() and len(name) <= 128 and name[0] != "."}
    assert all(found[name].result.score == 10 for name in odd)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_ten_thousand(tmp_path):
    """`./lab test --full -k ten_thousand` writes the record, and goes on where it was interrupted."""
    record = records.read("hostile") or {"done": 0, "tricks": {}}
    while record["done"] < ALL:
        numbers = range(record["done"], record["done"] + AT_A_TIME)
        tricks, _ = grade_hostile(tmp_path / str(numbers.start), numbers)
        total = dict(sorted((Counter(record["tricks"]) + tricks).items()))
        record = {"done": numbers.stop, "complete": numbers.stop >= ALL, "tricks": total}
        records.write("hostile", INPUTS, record)
