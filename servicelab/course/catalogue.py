"""course.toml: the units, lessons and exercises, in the order learners meet them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.course.files import CATALOGUE, course_root


class CourseError(Exception):
    """The course's files are wrong; the message says which and how. For authors, never for learners."""


class NoSuchExercise(ValueError):
    """A slug that the course does not have; the message lists those it has."""


@dataclass(frozen=True)
class Unit:
    """A chapter of the course."""

    id: str
    title: str


@dataclass(frozen=True)
class Lesson:
    """A notebook to read and run."""

    id: str
    unit: str
    title: str
    notebook: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. `grader` and `fixture` are paths below the course's root.

    `namespaces` are those it plays in, the main one first; `manifests` the names of the cells it reads, `kinds`
    what may be in them, as `apiVersion/kind`; `points` the sum of its checks' points.
    """

    slug: str
    unit: str
    lesson: str
    title: str
    points: float
    grader: str
    fixture: str
    namespaces: tuple[str, ...]
    manifests: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Course:
    """The whole catalogue; `version` is noted in every result."""

    root: Path
    version: str
    units: tuple[Unit, ...]
    lessons: tuple[Lesson, ...]
    exercises: tuple[Exercise, ...]

    def exercise(self, slug: str) -> Exercise:
        """The exercise with this slug. NoSuchExercise when there is none."""
        for exercise in self.exercises:
            if exercise.slug == slug:
                return exercise
        known = ", ".join(exercise.slug for exercise in self.exercises)
        raise NoSuchExercise(f"There is no exercise “{slug}”. The course has: {known}.")


def load_course(root: Path | None = None) -> Course:
    """Read course.toml. CourseError when it is wrong."""
    root = root or course_root()
    try:
        table = tomllib.loads((root / CATALOGUE).read_text("utf-8"))
        return Course(
            root,
            str(table["version"]),
            tuple(Unit(**entry) for entry in table.get("unit", [])),
            tuple(Lesson(**entry) for entry in table.get("lesson", [])),
            tuple(_exercise(entry) for entry in table.get("exercise", [])),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CourseError(f"{CATALOGUE}: {error}") from error


def _exercise(entry: Mapping[str, Any]) -> Exercise:
    lists = {key: tuple(entry[key]) for key in ("namespaces", "manifests", "kinds")}
    if not all(lists.values()):
        raise CourseError(f"exercise {entry['slug']}: namespaces, manifests and kinds must not be empty")
    return Exercise(**{**entry, **lists})
