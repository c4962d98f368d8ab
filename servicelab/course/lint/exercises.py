"""Exercises have all their parts: points that add up, items, hints, enough mistakes, not too much to type."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from servicelab.checks import Check, Item, ItemKind, checks_of
from servicelab.checks.causes import catalogue
from servicelab.course.catalogue import Course, CourseError, Exercise
from servicelab.course.engine import load_grader
from servicelab.course.lint.book import read_book, solution
from servicelab.course.lint.finding import Finding
from servicelab.course.lint.notebooks import SOLUTION
from servicelab.course.wording import wording

MOST_CHECKS = 7
MOST_LINES = 25
FEWEST_MISTAKES = 12
FEWEST_CORRECT = 5


def check(course: Course) -> Iterator[Finding]:
    """Every exercise."""
    for exercise in course.exercises:
        try:
            checks = checks_of(load_grader(course.root / exercise.grader))
            words = wording(course, exercise)
        except CourseError as error:
            yield Finding("exercises", exercise.grader, "", str(error), "Mend it.")
            continue
        yield from _grader(exercise, checks)
        for cause in sorted(set(words.hints) - set(catalogue()) - {"default"}):
            what, fix = f"hints for {cause}, which is no cause", "Take the id from servicelab/checks/causes.toml."
            yield Finding("exercises", exercise.words, f"hints.{cause}", what, fix)
        yield from _mistakes(course, exercise, {check.id for check in checks})
        yield from _typed(course, exercise)


def _grader(exercise: Exercise, checks: tuple[Check, ...]) -> Iterator[Finding]:
    def found(what: str, fix: str) -> Finding:
        return Finding("exercises", exercise.grader, "", what, fix)

    items = [check for check in checks if isinstance(check, Item)]
    points = sum(check.points for check in checks)
    if points != exercise.points:
        yield found(f"{points:g} points, and course.toml says {exercise.points:g}", "Make them equal.")
    if len(checks) - len(items) > MOST_CHECKS:
        yield found(f"{len(checks) - len(items)} checks", f"At most {MOST_CHECKS}: join what belongs together.")
    for kind in ItemKind:
        if not any(item.kind is kind for item in items):
            yield found(f"nothing to {kind}", f"Write a {kind}(…) item.")
    for silent in (one for one in checks if "no answer" in one.title and not one.after):
        yield found(f"{silent.id} is passed by silence alone", "Name its positive twin in after=.")


def _mistakes(course: Course, exercise: Exercise, checks: set[str]) -> Iterator[Finding]:
    folder = course.root / "graders" / "mistakes" / exercise.slug
    file = f"graders/mistakes/{exercise.slug}/expected.toml"
    try:
        expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield Finding("exercises", file, "", str(error), "Write down which check each mistake fails.")
        return
    names = {_name(folder, path) for path in folder.rglob("*.yaml")}
    correct = {name for name in names if name.startswith("correct/")}
    wrong = names - correct
    for name in sorted(wrong ^ set(expected)):
        what = "a file without an entry" if name in wrong else "an entry without a file"
        yield Finding("exercises", file, name, what, "Every mistake has a file and an entry.")
    for name, entry in expected.items():
        fails = [entry["fails"]] if isinstance(entry["fails"], str) else entry["fails"]
        unknown = sorted(set(fails) - checks) + sorted({entry["cause"]} - set(catalogue()))
        for one in unknown:
            yield Finding("exercises", file, name, f"there is no {one}", "Name a check of the grader, a known cause.")
    for count, fewest, what in ((len(wrong), FEWEST_MISTAKES, "mistakes"), (len(correct), FEWEST_CORRECT, "correct")):
        if count < fewest:
            yield Finding(
                "exercises", file, "", f"{count} {what}", f"At least {fewest}: what do learners really write?"
            )


def _typed(course: Course, exercise: Exercise) -> Iterator[Finding]:
    book = read_book(course, solution(exercise.slug))
    lines = sum(
        len(secret.strip().splitlines())
        for cell in (book.cells if book else ())
        for secret in SOLUTION.findall(cell.source)
    )
    if lines > MOST_LINES:
        what = f"{lines} lines to type"
        yield Finding("exercises", solution(exercise.slug), "", what, f"At most {MOST_LINES}: give a part of it.")


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()
