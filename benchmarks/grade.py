"""How quickly a class is graded, beside `nbgrader autograde`: `python benchmarks/grade.py`.

    python benchmarks/grade.py [--students 300] [--sample 6] [--jobs N] [--memory 100 3000]

A made-up class hands in two exercises. `lab grade` grades all of it, `nbgrader autograde` the first students of it;
both scores must be equal. What counts is the processor's time for a submission, of all processes, because that says
what one core does also on a machine with other work; the time each takes to begin is left out of both and printed.
Then where the time of one submission goes. With --memory: the most memory each process takes for classes of these
sizes.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.grade_class import COURSE, KEY, make

SLUGS = ["clusterip", "nodeport"]
STEPS = ("Execute", "IgnorePattern", "LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata")
AS_SHIPPED = [f"--Autograde.autograde_preprocessors=nbgrader.preprocessors.{step}" for step in STEPS]
"""nbgrader's own steps: without our sandbox, which takes time, and whose processes' time is not told to us."""
WANTED, LEAST = 100, 50


class Used:
    """What a command took: seconds on the clock, seconds of all its processes' processor time."""

    def __init__(self, root: Path, *command: str) -> None:
        environment = {**os.environ, "LAB_HOME": str(root / "home"), "LAB_CLUSTER": "embedded"}
        environment |= {"JUPYTER_CONFIG_PATH": str(root), "LAB_VARIANT_KEY": KEY}
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
        environment.pop("LAB_VARIANT", None)
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.memory: dict[str, int] = {}
        watching = threading.Thread(target=self._watch)
        watching.start()
        self.said = self.process.communicate()[0].decode()
        watching.join()
        self.seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def _watch(self) -> None:
        """The most memory of the command's own process, and of one of its workers, in bytes."""
        while self.process.poll() is None:
            try:
                own = psutil.Process(self.process.pid)
                workers = [child.memory_info().rss for child in own.children()]
                self.memory["itself"] = max(self.memory.get("itself", 0), own.memory_info().rss)
                self.memory["a worker"] = max([self.memory.get("a worker", 0), *workers])
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.2)  # between two looks


def lab_grade(root: Path, slug: str, jobs: int, *words: str) -> Used:
    return Used(root, "servicelab.cli", "grade", slug, "--cluster", "embedded", "--jobs", str(jobs), *words)


def scores(root: Path, slug: str) -> dict[str, float]:
    from nbgrader.api import Gradebook  # type: ignore[import-untyped]

    with Gradebook(f"sqlite:///{root}/gradebook.db", "servicelab") as book:
        return {one.student.id: one.score for one in book.assignment_submissions(slug)}


def compare(root: Path, students: int, sample: int, jobs: int) -> float:
    """Grade by both; how many times as many submissions a second of one core `lab grade` does."""
    rates = {}
    make(root / "class", SLUGS, students)
    make(root / "sample", SLUGS, sample)
    for program in ("lab grade", "nbgrader autograde"):
        seconds = processor = begin = 0.0
        count = students if program == "lab grade" else sample
        where = root / ("class" if program == "lab grade" else "sample")
        for slug in SLUGS:
            if program == "lab grade":
                first = lab_grade(where, slug, 1, "--student", "student00000")
                used = lab_grade(where, slug, jobs, "--force")
            else:
                Used(where, "nbgrader", "generate_assignment", slug, "--force")
                first = Used(where, "nbgrader", "autograde", slug, "--student", "student00000", "--create", *AS_SHIPPED)
                used = Used(where, "nbgrader", "autograde", slug, "--create", "--force", *AS_SHIPPED)
            if used.process.returncode:
                raise SystemExit(used.said)
            seconds += used.seconds
            processor += used.processor
            begin += first.processor
        per_submission = (processor - begin) / (len(SLUGS) * (count - 1))
        rates[program] = 1 / per_submission
        print(
            f"{program:<20} {len(SLUGS) * count:5} submissions in {seconds:6.1f} s, {processor:6.1f} s of processors, "
            f"of which {begin / len(SLUGS):4.1f} s to begin and for one; each more {per_submission * 1000:7.1f} ms: "
            f"{1 / per_submission:6.2f} a second and core"
        )
    for slug in SLUGS:
        ours, theirs = scores(root / "class", slug), scores(root / "sample", slug)
        different = {student for student in theirs if ours[student] != theirs[student]}
        print(f"{slug}: {len(theirs)} scores by both, {len(different)} different")
        if different:
            raise SystemExit(f"different: {sorted(different)}")
    return rates["lab grade"] / rates["nbgrader autograde"]


PARTS = {
    "servicelab.classroom.assignment": ["read_submitted", "run"],
    "servicelab.cluster.embedded": ["open_throwaway"],
    "servicelab.course.engine": ["_apply_fixture", "run_controls", "submitted", "run_checks"],
    "servicelab.classroom.feedback": ["page"],
}


def breakdown(root: Path, slug: str) -> None:
    """Where the time of a submission goes, in this process."""
    import importlib

    from servicelab.classroom.assignment import Assignment
    from servicelab.classroom.submissions import find_folders, take_in
    from servicelab.course.variant import secret_of, variant

    taken: dict[str, float] = {}

    @contextmanager
    def timed(part: str) -> Iterator[None]:
        began = time.process_time()
        yield
        taken[part] = taken.get(part, 0.0) + time.process_time() - began

    def watch(module: Any, name: str) -> None:
        function = getattr(module, name)

        def watched(*words: Any, **more: Any) -> Any:
            with timed(name.strip("_").replace("_", " ")):
                return function(*words, **more)

        setattr(module, name, watched)

    release = (root / "exercises" / slug / f"{slug}.ipynb").read_bytes()
    assignment = Assignment(COURSE.root, slug, release)
    tasks = []
    for student in find_folders(root / "submitted", slug).students[:60]:
        own = variant(COURSE.exercise(slug), secret_of(KEY.encode(), student))
        tasks.append(assignment.task(take_in(root / "submitted", student, slug), own, ""))
    assignment.warm_up()
    for name, functions in PARTS.items():
        for function in functions:
            watch(importlib.import_module(name), function)
    for task in tasks:
        with timed("all of it"):
            assignment.judge(task)
    print(f"one submission of {slug}, in ms of the processor:")
    for part, seconds in sorted(taken.items(), key=lambda one: -one[1]):
        print(f"  {part:<20} {seconds / len(tasks) * 1000:6.1f}")


def memory(root: Path, sizes: list[int], jobs: int) -> None:
    """The most memory for classes of several sizes."""
    for size in sizes:
        make(root / str(size), SLUGS[:1], size, solve=False)
        used = lab_grade(root / str(size), SLUGS[0], jobs)
        told = ", ".join(f"{what} {most / 1e6:.0f} MB" for what, most in used.memory.items())
        print(f"{size} submissions in {used.seconds:.0f} s: {told}", flush=True)
        if used.process.returncode:
            raise SystemExit(used.said)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--sample", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, seed 1")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if asked.memory:
            memory(root, asked.memory, asked.jobs)
            return
        times = compare(root, asked.students, asked.sample, asked.jobs)
        print(f"lab grade does {times:.0f} times as many a second and core (wanted {WANTED}, at least {LEAST})")
        for slug in SLUGS:
            breakdown(root / "class", slug)
        if times < LEAST:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
