"""The words of one exercise: its task, its explanation, its hints. Written with the reference's values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from servicelab.course.catalogue import Course, CourseError, Exercise

DEFAULT = "default"
"""The hints for what has none of its own."""


@dataclass(frozen=True)
class Hints:
    """The steps for one cause: `question`; `look`, a command, with the learner's values; `parallel`, a worked example,
    which is shown with another variant's."""

    question: str
    look: str
    parallel: str


@dataclass(frozen=True)
class Wording:
    """`task` and `explanation` are Markdown; `hints` by cause, `default` among them."""

    task: str
    explanation: str
    hints: Mapping[str, Hints]

    def hints_for(self, cause: str | None) -> tuple[str, Hints]:
        """The cause that has hints of its own, else `default`; and the hints."""
        known = cause if cause is not None and cause in self.hints else DEFAULT
        return known, self.hints[known]


def wording(course: Course, exercise: Exercise) -> Wording:
    """Read the exercise's file of words. CourseError when it is wrong."""
    return _read(course.root / exercise.words)


@cache
def _read(path: Path) -> Wording:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        hints = {cause: Hints(**steps) for cause, steps in table["hints"].items()}
        if DEFAULT not in hints:
            raise KeyError(f"hints.{DEFAULT}")
        return Wording(table["task"].strip(), table["explanation"].strip(), hints)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CourseError(f"{path}: {error!r}") from error
