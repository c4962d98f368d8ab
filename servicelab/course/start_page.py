"""The page a learner begins at: the next step, the units with their lessons and exercises, and what is passed. Pure."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from servicelab.checks.render.words import number
from servicelab.checks.words import number_words
from servicelab.course.catalogue import Course, Exercise, Lesson, Unit
from servicelab.course.progress import Standing

NAME = "start.md"
"""Its file, at the top of the learner's folder."""


def start_page(course: Course, standings: Mapping[str, Standing], next_lesson: Lesson | None) -> str:
    """The page in Markdown. `standings` are those of the exercises, by slug; links lead below the learner's folder."""
    passed = sum(1 for one in standings.values() if one.first_passed)
    lines = [
        "# Service Lab",
        f"**{_next(next_lesson)}**",
        f"{passed} of {number_words(len(course.exercises), 'exercise')} passed. This page is written at each "
        "`lab start`; double-click a lesson in the list on the left, or follow a link.",
    ]
    for unit in course.units:
        lines += _unit(course, unit, standings)
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
    return f"- Exercise: {_link(exercise.title, str(path))}: **{state}**"


def _link(title: str, path: str) -> str:
    return f"[{title}]({path})"
