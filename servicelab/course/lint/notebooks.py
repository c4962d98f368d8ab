"""Notebooks are clean: no outputs, ids that people chose, links that lead somewhere, nothing of a solution released."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from servicelab.course.catalogue import Course
from servicelab.course.lint.book import Book, every_book, read_book, release, solution
from servicelab.course.lint.finding import Finding

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
TELLING = 3
"""Lines in a row that a solution and its release may not have in common."""


def check(course: Course) -> Iterator[Finding]:
    """All of it, for every notebook."""
    for book in every_book(course):
        yield from _clean(book)
        yield from _links(course, book)
    for exercise in course.exercises:
        written, released = read_book(course, solution(exercise.slug)), read_book(course, release(exercise.slug))
        if written and released:
            yield from _leaks(written, released)


def _clean(book: Book) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, cell in enumerate(book.cells, start=1):
        place = f"cell {cell.id or number}"
        if not ID.fullmatch(cell.id) or cell.id in seen:
            fix = "Give it a short name of its own, in small letters."
            yield Finding("notebooks", book.file, place, f"“{cell.id}” is no stable id", fix)
        seen.add(cell.id)
        if cell.raw.get("outputs") or cell.raw.get("execution_count"):
            yield Finding("notebooks", book.file, place, "has an output", "Clear the outputs and save.")


def _links(course: Course, book: Book) -> Iterator[Finding]:
    places = (course.root, course.root / "exercises")  # in a learner's folder the exercises are beside the lessons
    for cell in book.cells:
        for target in LINK.findall(cell.prose):
            file = target.partition("#")[0]
            meant = os.path.normpath(Path(book.file).parent / file)
            if file and "://" not in file and not any((place / meant).exists() for place in places):
                yield Finding("notebooks", book.file, f"cell {cell.id}", f"{target} leads nowhere", "Mend the link.")


def _leaks(written: Book, released: Book) -> Iterator[Finding]:
    shown = "\n".join(line.strip() for cell in released.cells for line in cell.source.splitlines())
    for cell in written.cells:
        for secret in SOLUTION.findall(cell.source):
            lines = [line.strip() for line in secret.splitlines() if line.strip()]
            runs = ["\n".join(lines[place : place + TELLING]) for place in range(max(1, len(lines) - TELLING + 1))]
            if any(run and run in shown for run in runs):
                fix = "Put it between ### BEGIN SOLUTION and ### END SOLUTION, then run tools/release_exercises.py."
                yield Finding("notebooks", released.file, f"cell {cell.id}", "shows lines of the solution", fix)
