"""How long all lessons and solutions take from top to bottom on the embedded cluster: `python -m benchmarks.lessons`.

As many notebooks at a time as there are cores (`--at-once`), each worker with a cluster of its own, whose start is not
counted. The clusters skip what is only waited for, as in the tests; `--in-real-time` lets them wait as a learner does.

For each notebook: seconds as a clock shows them, those in cells, and CPU seconds of everything that ran (kernel,
kubectl, the cluster). The difference between clock and CPU is waiting, on a machine that has nothing else to do. The
slowest cells come below.
"""

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil  # type: ignore[import-untyped]
from nbclient import NotebookClient

from servicelab.cli.start import environment
from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from servicelab.course import Course, load_course
from servicelab.embedded.server import SKIPPING
from tests.support.exercise_namespaces import remove

NAME = "lessons-benchmark"
LIMIT = 90
"""Seconds that all lessons and solutions may take together."""
START_WITHIN = 60.0
SLOWEST = 3
"""Cells that are named."""


@dataclass(frozen=True)
class Taken:
    """What one notebook took, in seconds; `slowest` are its slowest cells."""

    name: str
    clock: float
    cells: float
    cpu: float
    slowest: list[tuple[float, str]]


def cpu_of_children() -> float:
    """CPU seconds of this process, of those it waited for, and of those that run."""
    mine = os.times()
    running = sum(sum(child.cpu_times()[:4]) for child in psutil.Process().children(recursive=True))
    return mine.user + mine.system + mine.children_user + mine.children_system + running


def seconds(cell: nbformat.NotebookNode) -> float:
    """How long a cell ran, by the kernel's own times."""
    times = cell.metadata.get("execution", {})
    began, ended = (times.get(key) for key in ("iopub.execute_input", "shell.execute_reply"))
    if not began or not ended:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def own_home(folder: Path) -> Home:
    """The LAB_HOME of this worker."""
    return Home(folder / f"home-{os.getpid()}")


def begin(folder: Path, all_are_there: Barrier) -> None:
    """Start this worker's cluster, and wait for the others."""
    lifecycle.start("embedded", NAME, home=own_home(folder))
    all_are_there.wait(START_WITHIN)


def run(path: Path, folder: Path) -> Taken:
    """Run a notebook, and remove what an exercise left; a cell that fails raises."""
    home = own_home(folder)
    notebook = nbformat.read(path, as_version=4)
    cpu, began = cpu_of_children(), time.perf_counter()
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=150, kernel_name="python3", resources=resources).execute(
        env=environment(home, "embedded", NAME)
    )
    cluster = lifecycle.open_cluster("embedded", NAME, home=home)
    remove(cluster)
    cluster.close()
    clock = time.perf_counter() - began
    cells = sorted(((seconds(cell), cell.id) for cell in notebook.cells if cell.cell_type == "code"), reverse=True)
    return Taken(path.stem, clock, sum(took for took, _ in cells), cpu_of_children() - cpu, cells[:SLOWEST])


def notebooks(course: Course) -> list[Path]:
    """All lessons, and the solutions of all exercises."""
    lessons = [course.root / lesson.notebook for lesson in course.lessons]
    return lessons + [course.root / "solutions" / one.slug / f"{one.slug}.ipynb" for one in course.exercises]


def measure(paths: list[Path], at_once: int) -> None:
    """Run and print."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        try:
            gate = multiprocessing.Barrier(at_once)
            with ProcessPoolExecutor(at_once, initializer=begin, initargs=(folder, gate)) as workers:
                list(workers.map(abs, range(at_once)))  # begins them all
                began = time.perf_counter()
                taken = []
                for one in workers.map(run, paths, [folder] * len(paths)):
                    taken.append(one)
                    slow = ", ".join(f"{cell} {took:.1f}" for took, cell in one.slowest)
                    print(
                        f"{one.name:32} {one.clock:6.1f} s, in cells {one.cells:5.1f}, CPU {one.cpu:5.1f}; {slow}",
                        flush=True,
                    )
                took = time.perf_counter() - began
        finally:
            for home in folder.glob("home-*"):
                lifecycle.delete("embedded", NAME, home=Home(home))
    sums = [sum(getattr(one, what) for one in taken) for what in ("clock", "cells", "cpu")]
    print(f"{'sum':32} {sums[0]:6.1f} s, in cells {sums[1]:5.1f}, CPU {sums[2]:5.1f}")
    print(f"all {len(taken)}, {at_once} at a time: {took:.1f} s (limit {LIMIT}); load now {os.getloadavg()[0]:.1f}")


def main() -> None:
    """The command line."""
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="lessons and exercises (default: all)")
    parser.add_argument("--at-once", type=int, default=cores, help="how many at a time (default: one for each core)")
    parser.add_argument("--in-real-time", action="store_true", help="skip nothing that is only waited for")
    asked = parser.parse_args()
    os.environ["LAB_VARIANT"] = "reference"
    os.environ[SKIPPING] = "" if asked.in_real_time else "1"
    paths = [path for path in notebooks(load_course()) if not asked.names or path.stem in asked.names]
    print(f"cores: {cores}, load: {os.getloadavg()[0]:.1f}")
    measure(paths, asked.at_once)


if __name__ == "__main__":
    main()
