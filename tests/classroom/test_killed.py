"""kill -9 at any moment, of the run or of a worker: graded again, the gradebook is that of an undisturbed run."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import psutil
import pytest

from servicelab.classroom.directory import CourseDirectory
from tests.classroom.classes import GRADES, SLUG, pages, small_class, standing
from tests.support import records

OFTEN, ALL = 1, 50
INPUTS = [*GRADES, "servicelab/cli/grade.py", "tests/classroom/test_killed.py"]
MORE = 94
"""Students beside those of the small class, so that there is something to kill."""
STUDENTS = MORE + 6
LONGEST = 120.0
"""Seconds a run may take until it is where it is to be killed."""


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    return small_class(tmp_path_factory.mktemp("killed") / "course", MORE)


@pytest.fixture(scope="module")
def undisturbed(doors):
    """What a run leaves that nobody kills."""
    assert start(doors).wait() == 0
    return standing(doors.root), pages(CourseDirectory.find(doors.root))


def start(doors):
    command = [sys.executable, "-m", "servicelab.cli", "grade", SLUG, "--cluster", "embedded", "--jobs", "2"]
    return subprocess.Popen(command, cwd=doors.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def graded(doors):
    """The students in the ledger, each with the key of what was graded and the row's number, new for each grading."""
    path = doors.root / "grading.sqlite"
    if not path.is_file():
        return {}
    with closing(sqlite3.connect(path)) as ledger, suppress(sqlite3.OperationalError):  # no table yet
        return {row[0]: row[1:] for row in ledger.execute("SELECT student, key, rowid FROM graded")}
    return {}


def reach(doors, run, count):
    """Wait until so many are graded; most of a run's time nothing is, for everything begins."""
    deadline = time.monotonic() + LONGEST
    while len(graded(doors)) < count and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)  # between two looks


def kill_one(run, chance):
    """Kill the run or one of its workers."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(run.pid)
        chance.choice([process, *process.children()]).send_signal(signal.SIGKILL)


def forget(doors):
    """As if the class had never been graded, but for the gradebook with its assignment."""
    for path in doors.root.glob("grading.*"):
        path.unlink()
    with closing(sqlite3.connect(doors.root / "gradebook.db")) as book, book:
        for table in ("comment", "grade", "submitted_notebook", "submitted_assignment", "student"):
            book.execute(f"DELETE FROM {table}")
    for page in CourseDirectory.find(doors.root).feedback.glob(f"*/{SLUG}/{SLUG}.html"):
        page.unlink()


def one_round(doors, undisturbed, seed):
    """Kill a run some times, at any of its moments, let it end, compare; how many were graded before it went on."""
    chance = random.Random(seed)
    expected, expected_pages = undisturbed
    forget(doors)
    for _kill in range(chance.randrange(1, 3)):
        run = start(doors)
        reach(doors, run, chance.randrange(STUDENTS))
        with suppress(subprocess.TimeoutExpired):
            run.wait(chance.uniform(0, 0.05))
        kill_one(run, chance)
        # one whose worker alone was killed goes on to its end; leave it some time, then kill it as well
        with suppress(subprocess.TimeoutExpired):
            run.wait(chance.uniform(0, 1))
        run.kill()
        run.wait()
    before = graded(doors)
    assert start(doors).wait() == 0
    assert standing(doors.root) == expected
    assert pages(CourseDirectory.find(doors.root)) == expected_pages
    after = graded(doors)
    assert before.items() <= after.items(), "something was graded twice or lost"
    return len(before)


@pytest.mark.timeout(900)
def test_killed_and_graded_again(doors, undisturbed):
    for seed in range(OFTEN):
        one_round(doors, undisturbed, seed)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_killed_fifty_times(doors, undisturbed):
    """`./lab test --full -k killed_fifty_times` writes the record, and goes on where it was interrupted."""
    record = records.read("killed") or {"graded before the last run": []}
    rounds = record["graded before the last run"]
    while len(rounds) < ALL:
        rounds = [*rounds, one_round(doors, undisturbed, seed=len(rounds))]
        record = {"complete": len(rounds) >= ALL, "students": STUDENTS, "graded before the last run": rounds}
        records.write("killed", INPUTS, record)
    in_the_middle = [count for count in rounds if 0 < count < STUDENTS]
    assert len(in_the_middle) > ALL / 2, "most were killed before anything was done, or after all"


def test_ctrl_c_keeps_what_was_graded_and_ends_the_workers(doors, undisturbed):
    forget(doors)
    run = start(doors)
    children = []
    while not graded(doors) and run.poll() is None:
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(run.pid).children()
        time.sleep(0.05)  # between two looks
    run.send_signal(signal.SIGINT)
    assert run.wait(60) in (0, 130)
    assert not [one for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    before = graded(doors)
    in_gradebook = {row[0] for row in standing(doors.root)}
    assert in_gradebook <= before.keys()
    assert len(before) - len(in_gradebook) <= 1, "more is lost than one that was just being written"
