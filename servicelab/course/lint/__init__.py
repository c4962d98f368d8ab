"""The curriculum's linter: what an author forgot, where, and what to do about it. It only reads."""

from collections.abc import Callable, Iterator

from servicelab.course.catalogue import Course
from servicelab.course.lint import exercises, files, judged, knowledge, notebooks, objectives, reading, teaching, values
from servicelab.course.lint.finding import Finding

RULES: dict[str, Callable[[Course], Iterator[Finding]]] = {
    "files": files.check,
    "notebooks": notebooks.check,
    "reading": reading.check,
    "exercises": exercises.check,
    "values": values.check,
    "knowledge": knowledge.check,
    "teaching": teaching.check,
    "objectives": objectives.check,
    "judged": judged.check,
}

__all__ = ["RULES", "Finding", "lint"]


def lint(course: Course, rules: tuple[str, ...] = ()) -> Iterator[Finding]:
    """What is found by the rules of these names; by all when none is named. KeyError for a rule there is not."""
    for name in rules or tuple(RULES):
        yield from RULES[name](course)
