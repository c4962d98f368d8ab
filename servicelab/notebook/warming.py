"""Takes the first check's preparations on before it is asked for: modules, and what all clusters begin with."""

import asyncio
from collections.abc import Callable

from servicelab.checks import Variant
from servicelab.cluster.home import Home
from servicelab.course import Course, Submission, judging_cluster, run
from servicelab.course.catalogue import Exercise
from servicelab.course.judging import chosen_kind

PAUSE = 0.5
"""Seconds after a cell, so that the browser is told of its end before."""


def when_idle(work: Callable[[], None]) -> None:
    """Do it when the running cell has ended, while its output is read; nothing where no cell runs, as in a terminal."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    loop.call_later(PAUSE, work)


def warm_up(exercise: Exercise, course: Course, variant: Variant) -> None:
    """Judge nothing, as the first check would: that loads what it needs; no gain where checks run elsewhere."""
    from servicelab.notebook import checking  # noqa: F401

    if chosen_kind(Home.find()) == "embedded":
        with judging_cluster(kind="embedded") as cluster:
            run(exercise.slug, Submission(), cluster, course=course, variant=variant)
