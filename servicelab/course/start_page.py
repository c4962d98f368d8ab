"""The page a learner begins at: the next step, the units with their lessons and exercises, and what is passed."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from servicelab.checks.render.words import number
from servicelab.checks.words import number_words
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Course, Exercise, Lesson, Unit
from servicelab.course.progress import Standing
from servicelab.course.standing import CourseStanding, standing

NAME = "start.md"
"""Its file, at the top of the learner's folder."""


def write(folder: Path, home: Home, course: Course) -> CourseStanding:
    """Write the page into the learner's folder; gives what it says of them."""
    stands = standing(home, course)
    (folder / NAME).write_text(start_page(course, stands), encoding="utf-8")
    return stands


def start_page(course: Course, stands: CourseStanding) -> str:
    """The page in Markdown; links lead below the learner's folder."""
    lines = [
        "# Service Lab",
        f"**{_next(stands.next_lesson)}**",
        f"{stands.passed} of {number_words(len(course.exercises), 'exercise')} passed. Follow a link, or double-click "
        "in the list on the left. This page is written anew with each `%check`; open it again to see.",
    ]
    for unit in course.units:
        lines += _unit(course, unit, stands.of_exercises)
    return "\n\n".join(lines) + "\n"


def _next(lesson: Lesson | None) -> str:
    if lesson is None:
        return "You have passed the exercises of the last lesson. What is still open below is yours to choose."
    return f"Next: {_link(lesson.title, lesson.notebook)} ({lesson.minutes} minutes)"


def _unit(course: Course, unit: Unit, standings: Mapping[str, Standing]) -> Iterator[str]:
    core = "" if unit.core else ", beside the core"
    yield f"## {unit.title}\n\n{unit.minutes} minutes{core}"
    lessons = [f"- Lesson: {_link(one.title, one.notebook)}" for one in course.lessons if one.unit == unit.id]
    exercises = [_exercise(one, standings[one.slug]) for one in course.exercises if one.unit == unit.id]
    yield "\n".join([*lessons, *exercises])


def _exercise(exercise: Exercise, standing: Standing) -> str:
    if standing.first_passed:
        state = "passed"
    elif standing.attempts:
        best = f"{number(standing.best_score)} of {number(exercise.points)} points"
        state = f"{best} after {number_words(standing.attempts, 'attempt')}"
    else:
        state = "not tried"
    path = PurePosixPath(exercise.slug) / f"{exercise.slug}.ipynb"
    further = "" if exercise.core else " (further practice)"
    return f"- Exercise: {_link(exercise.title, str(path))}{further}: **{state}**"


def _link(title: str, path: str) -> str:
    return f"[{title}]({path})"
