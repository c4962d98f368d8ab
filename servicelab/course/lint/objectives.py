"""What exercises show: their own objectives and the units', by which of their checks."""

import re
from collections.abc import Iterator, Sequence, Set

from servicelab.checks import checks_of
from servicelab.course.catalogue import Course, Exercise
from servicelab.course.engine import load_grader
from servicelab.course.lint.finding import Finding

SENTENCE = re.compile(r"Given .+, the learner .+, shown by checks? (.+)\.")
BETWEEN = re.compile(r", | and ")


def check(course: Course) -> Iterator[Finding]:
    """Objectives without checks, checks that are none, and objectives of units that too few exercises show.

    What a unit teaches is shown by at least two exercises, one of them of a later unit: whether it stayed is seen there
    only. After the last unit nothing comes, so two exercises of its own are enough. What no check can show
    (`talked_over`) is left out.
    """
    known = {f"{unit.id}/{number}" for unit in course.units for number, _ in enumerate(unit.objectives, start=1)}
    for exercise in course.exercises:
        yield from _exercise(course, exercise, known)
    for place, unit in enumerate(course.units):
        later = {one.id for one in course.units[place + 1 :]}
        for number, sentence in enumerate(unit.objectives, start=1):
            by = [one for one in course.exercises if f"{unit.id}/{number}" in one.shows]
            if number not in unit.talked_over and (few := _too_few(by, later)):
                fix = "Show it, or name its number in `talked_over`: then only the lesson and the class can tell."
                yield _finding(f"unit {unit.id}", f"{few} shows “{sentence}”", fix)


def _too_few(by: Sequence[Exercise], later: Set[str]) -> str:
    """Who is missing of those who show an objective, or shows it alone; empty when it is shown often enough."""
    if len(by) < 2:
        return f"only {by[0].slug}" if by else "no exercise"
    return "no exercise of a later unit" if later and later.isdisjoint(one.unit for one in by) else ""


def _exercise(course: Course, exercise: Exercise, known: Set[str]) -> Iterator[Finding]:
    place = f"exercise {exercise.slug}"
    if not exercise.objectives or not exercise.shows:
        yield _finding(place, "it has no `objectives`, or `shows` none of the units'", "Write both: docs/authoring.md.")
    checks = {check.id for check in checks_of(load_grader(course.root / exercise.grader))}
    said = {sentence: BETWEEN.split(match[1]) if (match := SENTENCE.fullmatch(sentence)) else []
            for sentence in exercise.objectives}  # fmt: skip
    for objective, by in {**said, **exercise.shows}.items():
        if not by:
            what = f"“{objective}” names no checks that show it"
            yield _finding(place, what, "Given …, the learner …, shown by checks ID and ID.")
        for one in sorted(set(by) - checks):
            what = f"“{objective}” names {one}, which is none of its checks"
            yield _finding(place, what, "Name checks by their ids.")
    for objective in sorted(exercise.shows.keys() - known):
        yield _finding(place, f"there is no objective {objective}", "Write UNIT/NUMBER, as in `clusterip/1`.")


def _finding(place: str, what: str, fix: str) -> Finding:
    return Finding("objectives", "course.toml", place, what, fix)
