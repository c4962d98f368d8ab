"""How long the lessons take from top to bottom on the embedded cluster: `python -m benchmarks.lessons [LESSON...]`.

For each lesson: seconds as a clock shows them, those in cells, and CPU seconds of everything that ran (kernel, kubectl,
the cluster). The difference between clock and CPU is waiting, on a machine that has nothing else to do. The slowest
cells come below. All lessons use one cluster, one after the other, as a learner does; its start is not counted.
"""

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil  # type: ignore[import-untyped]
from nbclient import NotebookClient

from servicelab.cli.start import environment
from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from servicelab.course import load_course

NAME = "lessons-benchmark"
LIMIT = 90
"""Seconds that all lessons and solutions may take together."""
SLOWEST = 3
"""Cells that are named."""


@dataclass(frozen=True)
class Taken:
    """What one lesson took, in seconds; `slowest` are its slowest cells."""

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


def run(lesson: Path, folder: Path, environment: dict[str, str]) -> Taken:
    """Run a lesson; a cell that fails raises."""
    notebook = nbformat.read(lesson, as_version=4)
    cpu, began = cpu_of_children(), time.perf_counter()
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=150, kernel_name="python3", resources=resources).execute(env=environment)
    clock = time.perf_counter() - began
    cells = sorted(((seconds(cell), cell.id) for cell in notebook.cells if cell.cell_type == "code"), reverse=True)
    return Taken(clock, sum(took for took, _ in cells), cpu_of_children() - cpu, cells[:SLOWEST])


def main() -> None:
    """Measure and print."""
    course = load_course()
    wanted = sys.argv[1:] or [lesson.id for lesson in course.lessons]
    print(f"cores: {os.cpu_count()}, load: {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory() as made:
        folder = Path(made)
        home = Home(folder / "home")
        lifecycle.start("embedded", NAME, home=home)
        try:
            surroundings = os.environ | environment(home, "embedded", NAME)
            taken = []
            for lesson in (one for one in course.lessons if one.id in wanted):
                took = run(course.root / lesson.notebook, folder, surroundings)
                taken.append(took)
                slow = ", ".join(f"{cell} {each:.1f}" for each, cell in took.slowest)
                print(
                    f"{lesson.id:32} {took.clock:6.1f} s, in cells {took.cells:5.1f}, CPU {took.cpu:5.1f}; {slow}",
                    flush=True,
                )
        finally:
            lifecycle.delete("embedded", NAME, home=home)
    sums = [sum(getattr(one, what) for one in taken) for what in ("clock", "cells", "cpu")]
    print(
        f"{'all':32} {sums[0]:6.1f} s, in cells {sums[1]:5.1f}, CPU {sums[2]:5.1f} (limit {LIMIT} with the solutions)"
    )


if __name__ == "__main__":
    main()
