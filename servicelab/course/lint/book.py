"""Notebooks as the rules read them."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from servicelab.course.catalogue import Course

WORD = re.compile(r"[\w’'./:-]*\w[\w’'./:-]*")
FENCE = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """One cell; `raw` is its JSON."""

    raw: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id, empty when it has none."""
        return str(self.raw.get("id", ""))

    @property
    def is_code(self) -> bool:
        """Whether it is run."""
        return self.raw.get("cell_type") == "code"

    @cached_property
    def source(self) -> str:
        """Its text."""
        source = self.raw.get("source", "")
        return source if isinstance(source, str) else "".join(source)

    @property
    def prose(self) -> str:
        """What there is to read: nothing of a code cell, no code blocks."""
        return "" if self.is_code else FENCE.sub("", self.source)

    @property
    def words(self) -> int:
        """How many words there are to read."""
        return len(WORD.findall(self.prose))

    @property
    def is_action(self) -> bool:
        """Whether the learner does something here: runs a cell, or stops to predict."""
        return self.is_code or "**Predict" in self.source


@dataclass(frozen=True)
class Book:
    """One notebook; `file` is relative to the course's root."""

    file: str
    cells: tuple[Cell, ...]


def read_book(course: Course, file: str) -> Book | None:
    """Read a notebook; None when it is not there or is none, which the rule `files` says."""
    path = course.root / file
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Book(file, tuple(Cell(cell) for cell in cells))


def solution(slug: str) -> str:
    """Where an exercise's solution is."""
    return f"solutions/{slug}/{slug}.ipynb"


def release(slug: str) -> str:
    """Where an exercise's released notebook is."""
    return f"exercises/{slug}/{slug}.ipynb"


def lessons(course: Course) -> list[Book]:
    """All lessons, in the course's order."""
    return [book for lesson in course.lessons if (book := read_book(course, lesson.notebook))]


def every_book(course: Course) -> list[Book]:
    """All lessons, solutions and released exercises."""
    files = [place(exercise.slug) for exercise in course.exercises for place in (solution, release)]
    return lessons(course) + [book for file in files if (book := read_book(course, file))]


def relative(course: Course, path: Path) -> str:
    """A path as findings name it."""
    return path.relative_to(course.root).as_posix()
