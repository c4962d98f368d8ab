"""What a very large class takes in shares: `python -m benchmarks.shares`.

    python -m benchmarks.shares [--students 400] [--class 100000] [--seconds 3600]

One share of a made-up class is graded on one core into a real PostgreSQL, then the run that takes shares in, both also
for a single student, so that beginning and each further submission are told apart. The processor's time counts, of all
processes, PostgreSQL's too. From that follows on paper what a large class takes; docs/scaling.md has the formula.
"""

import argparse
import math
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.grade import Used
from benchmarks.grade_class import make
from tests.classroom import postgresql

SLUG = "clusterip"


def server_seconds(folder: Path) -> float:
    """The processor's time that PostgreSQL took, of the processes that ended too."""
    main = psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
    seconds = 0.0
    for process in (*main.children(), main):
        with suppress(psutil.NoSuchProcess):  # it has ended; then it counts among those of `main`
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds + times.children_user + times.children_system


def graded(root: Path, server: postgresql.PostgreSQL, url: str, *words: str) -> tuple[float, float]:
    """Seconds of the processor for a `lab grade`: its own processes', PostgreSQL's."""
    before = server_seconds(server.folder)
    used = Used(
        root, "servicelab.cli", "grade", SLUG, "--cluster", "embedded", "--jobs", "1", "--gradebook", url, *words
    )
    if used.process.returncode or (not words and "0 submissions graded" not in used.said):
        raise SystemExit(used.said)
    return used.processor, server_seconds(server.folder) - before


def measure(root: Path, server: postgresql.PostgreSQL, students: int) -> dict[str, tuple[float, float, float]]:
    """For a share and for the last run: seconds to begin, for each submission, and of PostgreSQL for each."""
    taken = {}
    for count in (1, students):
        make(root / str(count), [SLUG], count, solve=False)
        url = server.create(f"class-{count}")
        for run, words in {"a share": ("--share", "0/1"), "the last run": ()}.items():
            taken[run, count] = graded(root / str(count), server, url, *words)
    found = {}
    for run in ("a share", "the last run"):
        one, many = taken[run, 1], taken[run, students]
        each, of_server = ((many[part] - one[part]) / (students - 1) for part in (0, 1))
        found[run] = (one[0] - each, each, of_server)
        said = f"{each * 1000:.1f} ms, PostgreSQL {of_server * 1000:.1f} ms each"
        print(f"{run}: {one[0] - each:.1f} s to begin, then {said}")
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=400)
    parser.add_argument("--class", dest="all", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3600)
    asked = parser.parse_args()
    place = postgresql.programs()
    if place is None:
        raise SystemExit("PostgreSQL is not installed.")
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}, {asked.students} students, {SLUG}")
    with tempfile.TemporaryDirectory() as folder, postgresql.running(place) as server:
        found = measure(Path(folder), server, asked.students)
    begin, each, of_server = found["a share"]
    last_begins, last_each, of_server_last = found["the last run"]
    left = asked.seconds - last_begins - asked.all * last_each - begin
    print(f"{asked.all} submissions: the last run takes {last_begins + asked.all * last_each:.0f} s on one core,")
    print(f"PostgreSQL {asked.all * (of_server + of_server_last):.0f} s of processors in all,")
    if left <= 0:
        raise SystemExit("and no time is left for the shares.")
    print(f"and the shares have the other {left:.0f} s, so {math.ceil(asked.all * each / left)} cores of this sort.")


if __name__ == "__main__":
    main()
