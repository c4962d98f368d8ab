"""What differs between learners is unambiguous: in no file of an exercise does a value stand for anything else."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import yaml

from servicelab.checks.variant import Value, Variant, pattern
from servicelab.course.catalogue import Course, Exercise
from servicelab.course.lint.book import read_book, relative, solution
from servicelab.course.lint.finding import Finding
from servicelab.course.variant import variant

SAMPLES = 5
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def check(course: Course) -> Iterator[Finding]:
    """Every exercise's values, in every file of it."""
    for exercise in course.exercises:
        yield from _pools(exercise)
        samples = [variant(exercise, hashlib.sha256(bytes([number])).digest()) for number in range(SAMPLES)]
        for file, text in texts(course, exercise):
            yield from _other_meanings(exercise, file, text)
            for own in samples:
                yield from _round_trip(file, text, own)


def texts(course: Course, exercise: Exercise) -> Iterator[tuple[str, str]]:
    """All files of an exercise that are written with the reference's values, and the answer cells of its solution."""
    paths = [course.root / name for name in (exercise.fixture, exercise.words, exercise.grader)]
    paths += sorted((course.root / "graders" / "mistakes" / exercise.slug).rglob("*.yaml"))
    for path in paths:
        if path.is_file():
            yield relative(course, path), path.read_text("utf-8")
    book = read_book(course, solution(exercise.slug))
    for cell in book.cells if book else ():
        if "### BEGIN SOLUTION" in cell.source:
            yield f"{solution(exercise.slug)}, cell {cell.id}", cell.source.partition("\n")[2]


def _pools(exercise: Exercise) -> Iterator[Finding]:
    def found(name: str, what: str, fix: str) -> Finding:
        return Finding("values", "course.toml", f"exercise {exercise.slug}, varies {name}", what, fix)

    seen: dict[Value, str] = {}
    for varied in exercise.varies:
        for value in (varied.reference, *varied.words):
            if value in seen and seen[value] != varied.name:
                yield found(varied.name, f"{value} is also of {seen[value]}", "Let no two values share a word.")
            seen[value] = varied.name
        if len(set(varied.words)) < 10 and varied.words:
            yield found(varied.name, f"{len(set(varied.words))} words", "At least ten, so that neighbours differ.")
        for word in varied.words:
            if yaml.safe_load(word) != word or not re.fullmatch(r"[a-z][a-z0-9-]{1,20}", word):
                yield found(varied.name, f"“{word}” is no plain word in YAML", "Take small letters only.")


def _other_meanings(exercise: Exercise, file: str, text: str) -> Iterator[Finding]:
    """A word of a pool that a file has already would be taken for the value."""
    for varied in exercise.varies:
        values: list[Value] = list(varied.words)
        if varied.numbers:
            low, high = varied.numbers
            values = [int(one) for one in re.findall(r"[0-9]+", text) if low <= int(one) <= high]
        for value in values:
            at = re.search(pattern(value), text)
            if at:
                line = text.count("\n", 0, at.start()) + 1
                what = f"{value} stands here, and is in the pool of {varied.name}"
                yield Finding("values", file, f"line {line}", what, "Take it out of the pool in course.toml.")
    if file.endswith(".toml"):
        prose = CODE.sub(lambda found: "\n" * found[0].count("\n"), _markdown_of(text))
        for varied in exercise.varies:
            at = re.search(pattern(varied.reference), prose)
            if at and isinstance(varied.reference, str):
                line = prose.count("\n", 0, at.start()) + 1
                what = f"“{varied.reference}” outside of code: it may be a word of English here"
                yield Finding("values", file, f"line {line}", what, "Put it in backticks, or say it otherwise.")


def _markdown_of(text: str) -> str:
    """A file of words without its keys and its commands, which are shown as code; lines stay where they are."""
    return re.sub(r"(?m)^(look = .*|#.*|\[.*\])$", "", text)


def _round_trip(file: str, text: str, own: Variant) -> Iterator[Finding]:
    """Rendered and turned back it must be the same text, and YAML must keep its shape."""
    rendered = own.rendered(text)
    back = Variant(own.values, own.references, own.seed).rendered(rendered)
    if back != text:
        yield Finding("values", file, "", f"cannot be told from the variant {dict(own.values)}", "Change that pool.")
    if file.endswith(".yaml") and _shape(text) != _shape(rendered):
        what = f"has another shape with {dict(own.values)}"
        yield Finding("values", file, "", what, "Take words and numbers that YAML reads as such.")


def _shape(text: str) -> Any:
    try:
        return [_types(document) for document in yaml.safe_load_all(text)]
    except yaml.YAMLError:
        return None


def _types(value: Any) -> Any:
    match value:
        case dict():
            return [_types(below) for below in value.values()]
        case list():
            return [_types(below) for below in value]
    return type(value).__name__
