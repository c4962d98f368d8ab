"""`lab grade --on dask://…` on a real cluster of processes: the same gradebook, also when workers are lost."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.grade import Grading
from servicelab.classroom.submissions import find_folders
from servicelab.classroom.workers import Workers
from servicelab.cluster.base import MachineError
from tests.classroom.classes import SLUG, SOLUTION, WRONG, pages, small_class, standing
from tests.classroom.test_killed import forget
from tests.support.command import run_here

COURSE = Path(__file__).resolve().parents[2]
MORE = 24
"""Students beside those of the small class."""


class Cluster:
    """A scheduler and two workers, each a process."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.classroom.dask_cluster"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=COURSE, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        told = json.loads(self.process.stdout.readline())
        self.address = told["address"].replace("tcp://", "dask://")
        self.workers = told["workers"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def judges(self):
        """The processes that judge, beside the workers."""
        found = []
        for pid in self.workers:
            with suppress(psutil.NoSuchProcess):
                found += [
                    one for one in psutil.Process(pid).children() if "servicelab.classroom.worker" in one.cmdline()
                ]
        return found


@pytest.fixture(scope="module")
def cluster():
    with closing(Cluster()) as made:
        yield made


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    made = small_class(tmp_path_factory.mktemp("remote") / "course")
    for number in range(MORE):
        made.submit(f"s{number:02}", SOLUTION if number % 2 else WRONG)
    return made


def grade(doors, on=None, after=None):
    """Grade; `after` is called with the number of results so far."""
    directory = CourseDirectory.find(doors.root)
    students = find_folders(directory.submitted, SLUG).students
    with Grading(directory, SLUG, students, on=on) as grading:
        for number, _ in enumerate(grading.results(2, 60), start=1):
            if after:
                after(number)
    return standing(doors.root), pages(directory)


@pytest.fixture(scope="module")
def here(doors):
    """What grading in this machine's own processes gives."""
    return grade(doors)


def test_the_same_gradebook(doors, here, cluster, monkeypatch):
    """No process here judges; afterwards none is left there."""
    forget(doors)
    monkeypatch.setattr(Workers, "__enter__", lambda _: pytest.fail("judged here"))
    assert grade(doors, cluster.address) == here
    assert psutil.wait_procs(cluster.judges(), 10)[1] == []


def test_a_scheduler_that_is_not_there(doors, here, monkeypatch, capsys):
    from servicelab.classroom import remote

    monkeypatch.setattr(remote, "CONNECT_WITHIN", 1.0)
    forget(doors)
    with pytest.raises(MachineError, match=r"no Dask scheduler answers at dask://127\.0\.0\.1:9"):
        grade(doors, "dask://127.0.0.1:9")


def test_another_version_there_is_refused(doors, cluster):
    """As when a worker has another release of the course."""
    from dataclasses import replace

    from servicelab.checks import Variant
    from servicelab.classroom.remote import RemoteWorkers
    from servicelab.classroom.submissions import HandedIn
    from tests.classroom.classes import ASSIGNMENT

    class Other(type(ASSIGNMENT)):
        def fingerprint(self):
            return "another"

        def __reduce__(self):
            return (type(ASSIGNMENT), (self.course_root, self.slug, self.release, self.kind))

    other = Other(ASSIGNMENT.course_root, SLUG, ASSIGNMENT.release)
    task = replace(ASSIGNMENT.task(HandedIn("ada"), Variant(), ""), key="0" * 64)
    with RemoteWorkers(other, cluster.address, 60) as workers, pytest.raises(MachineError, match="another version"):
        list(workers.judge(iter([task])))


@pytest.mark.timeout(300)
def test_a_worker_killed_in_the_middle_changes_nothing(doors, here, cluster):
    forget(doors)
    seen = []

    def kill(number):
        seen.append(number)
        if number == 5:
            os.kill(cluster.workers[0], signal.SIGKILL)

    assert grade(doors, cluster.address, kill) == here
    assert seen == list(range(1, MORE + 7))  # each exactly once
    assert not psutil.pid_exists(cluster.workers[0]) or psutil.Process(cluster.workers[0]).status() == "zombie"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--on", "tcp://x:1"), "write dask://HOST:PORT"),
        (("--on", "dask://x:1", "--cluster", "kind"), "embedded clusters"),
        (("--on", "dask://x:1", "--jobs", "2"), "embedded clusters"),
    ],
)
def test_what_does_not_go_together(words, said, capsys):
    done = run_here(capsys, "grade", SLUG, *words)
    assert done.returncode == 2 and said in " ".join(done.stderr.replace("│", "").split())
