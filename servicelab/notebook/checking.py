"""Checks in a notebook: run on this session's manifests, shown as HTML, and as a number for nbgrader."""

import contextlib
import io
import sqlite3

from IPython.display import publish_display_data
from rich.console import Console

from servicelab.checks import CheckOutcome, ExerciseResult
from servicelab.checks import render as rendered
from servicelab.cluster.home import Home
from servicelab.course import Progress, judging_cluster, load_course, run
from servicelab.notebook.session import SESSION, own_variant, under_nbgrader

WIDTH = 100


class NotJudged(Exception):
    """The checks could not be judged, which is not the learner's fault; a person must look or run them again."""


def check(slug: str) -> None:
    """Run the checks and show what they found. Under nbgrader the grade cell does that, once."""
    if under_nbgrader():
        print("nbgrader runs this notebook; the last cell runs the checks.")
        return
    result = _run(slug)
    show(result)
    with contextlib.suppress(OSError, sqlite3.Error):  # a record that cannot be kept is no reason to show no result
        Progress(Home.find()).record(result)


def score(slug: str) -> float:
    """The points, after showing the checks.

    nbgrader takes anything on stderr for a failure and anything that is no number for full marks; so nothing is
    written there, and what could not be judged raises NotJudged.
    """
    with contextlib.redirect_stderr(io.StringIO()):
        result = _run(slug)
    show(result)
    if result.unscored:
        reasons = {check.actual for check in result.checks if check.outcome is CheckOutcome.ERROR}
        raise NotJudged(f"This is not the learner's fault; grade again. {' '.join(sorted(reasons))}")
    return rendered.score(result)


def show(result: ExerciseResult) -> None:
    """Display the result: HTML, and text for what shows no HTML."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    with console.capture() as text:
        console.print(rendered.terminal(result))
    publish_display_data({"text/html": rendered.html(result), "text/plain": text.get()})  # type: ignore[no-untyped-call]


def _run(slug: str) -> ExerciseResult:
    variant = own_variant(load_course().exercise(slug))
    with judging_cluster() as cluster:
        return run(slug, SESSION.submission(), cluster, variant=variant)
