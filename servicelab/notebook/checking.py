"""Checks in a notebook: run on this session's manifests, shown while they run, and as a number for nbgrader."""

import contextlib
import io
from pathlib import Path

from IPython.display import display

from servicelab.checks import CheckOutcome
from servicelab.checks import render as rendered
from servicelab.cluster.home import Home
from servicelab.course import judging_cluster, load_course, run, start_page
from servicelab.course.engine import checks_for
from servicelab.course.history import remember
from servicelab.notebook.check_view import CheckView, shown
from servicelab.notebook.doctor_buttons import offer
from servicelab.notebook.session import SESSION, own_cluster, own_variant, under_nbgrader


class NotJudged(Exception):
    """The checks could not be judged, which is not the learner's fault; a person must look or run them again."""


def check(slug: str) -> None:
    """Run the checks, show what they find as they end, and keep the attempt. Under nbgrader the grade cell judges."""
    if under_nbgrader():
        print("nbgrader runs this notebook; the last cell runs the checks.")
        return
    home, course = Home.find(), load_course()
    exercise = course.exercise(slug)
    variant = own_variant(exercise)
    view = CheckView(slug, checks_for(exercise, course, variant))
    with view.following():
        with judging_cluster() as cluster:
            result = run(slug, SESSION.submission(), cluster, course=course, variant=variant, progress=view.add)
        result = remember(result, home)
        view.finish(result)
    with contextlib.suppress(OSError):
        if (Path.cwd().parent / start_page.NAME).is_file():  # where `lab start` copies exercises to
            start_page.write(Path.cwd().parent, home, course)
    space = variant.rendered(exercise.namespaces[0])
    offer(result, course.policy, own_cluster, space)


def score(slug: str) -> float:
    """The points, after showing the checks.

    nbgrader takes anything on stderr for a failure and anything that is no number for full marks; so nothing is
    written there, and what could not be judged raises NotJudged.
    """
    with contextlib.redirect_stderr(io.StringIO()), judging_cluster() as cluster:
        variant = own_variant(load_course().exercise(slug))
        result = run(slug, SESSION.submission(), cluster, variant=variant)
    display(shown(result), raw=True)  # type: ignore[no-untyped-call]
    if result.unscored:
        reasons = {check.actual for check in result.checks if check.outcome is CheckOutcome.ERROR}
        raise NotJudged(f"This is not the learner's fault; grade again. {' '.join(sorted(reasons))}")
    return rendered.score(result)
