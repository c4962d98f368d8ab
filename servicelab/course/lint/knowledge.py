"""What an exercise needs was shown before: its fields and commands ran in a lesson, its terms were defined there."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from servicelab.course.catalogue import Course, Exercise
from servicelab.course.cells import split_cell
from servicelab.course.help import items_of
from servicelab.course.lint.book import FENCE, Book, lessons, read_book, solution
from servicelab.course.lint.finding import Finding
from servicelab.course.wording import wording

GLOSSARY = "course/glossary.toml"
TERM = re.compile(r"(?<![*\w])\*([A-Za-z][\w -]{1,40})\*(?![*\w])")
COMMAND = re.compile(r"!\s*kubectl\s+(?:-\S+\s+\S+\s+)*([a-z-]+)|^%%?([a-z]+)", re.MULTILINE)
OF_EXERCISES = frozenset({"answer", "check", "exercise", "explanation", "hint", "question", "try", "load_ext"})
"""Magics that only exercises have; their own text says what they do."""
ALWAYS = frozenset({"apiVersion", "kind"})


def check(course: Course) -> Iterator[Finding]:
    """Every exercise against the lessons up to its own; every lesson's terms against the glossary."""
    glossary = _glossary(course)
    if not glossary:
        yield Finding("knowledge", GLOSSARY, "", "there is no glossary", 'Write it: term = "what it means".')
    order = [lesson.id for lesson in course.lessons]
    for exercise in course.exercises:
        before = course.lessons[: order.index(exercise.lesson) + 1] if exercise.lesson in order else ()
        books = [book for lesson in before if (book := read_book(course, lesson.notebook))]
        own = read_book(course, solution(exercise.slug))
        if own is not None:
            yield from _exercise(course, exercise, own, books, glossary)
    yield from _terms(course, glossary)


def _exercise(
    course: Course, exercise: Exercise, own: Book, books: list[Book], glossary: Sequence[str]
) -> Iterator[Finding]:
    words = wording(course, exercise)
    named = words_of_code(books)
    looks = "\n".join(f"!{hints.look.strip()}" for hints in words.hints.values())
    new = [f"field {field}" for field in fields([own]) - fields(books) if not _steps(field) <= named]
    new += [f"command {command}" for command in (commands([own]) | commands_in(looks)) - commands(books)]
    for missing in sorted(new):
        fix = f"Let a cell of {exercise.lesson}, or of a lesson before it, use it."
        yield Finding("knowledge", own.file, "", f"the {missing} was in no lesson before", fix)
    defined = {term for book in books for cell in book.cells for term in defined_in(cell.prose)}
    questions = [item.question for item in items_of(course, exercise).values()]
    prose = "\n".join([words.task, *questions, *(cell.prose for cell in own.cells)])
    for term in glossary:
        if term.casefold() not in defined and uses(term, FENCE.sub("", prose)):
            fix = f"Define it in {exercise.lesson} or before, in italics, or say it otherwise."
            yield Finding("knowledge", own.file, "", f"“{term}” was defined in no lesson before", fix)


def _steps(field: str) -> set[str]:
    return set(field.partition(" ")[2].split("."))


def fields(books: Iterable[Book]) -> set[str]:
    """The fields that `%%manifest` cells set, as `Service spec.ports.port`; labels and other free keys left out."""
    found: set[str] = set()
    for book in books:
        for cell in book.cells:
            part = split_cell(cell.source) if cell.is_code else None
            if part is not None and part.magic == "manifest":
                for document in _documents(part.text):
                    found |= {f"{document.get('kind')} {path}" for path in _paths(document)}
    return found


def words_of_code(books: Iterable[Book]) -> set[str]:
    """The words of code cells, comments left out: a field that `kubectl patch` sets was used too."""
    sources = [cell.source for book in books for cell in book.cells if cell.is_code]
    return {word for source in sources for word in re.findall(r"\w+", re.sub(r"#.*", "", source))}


def _documents(text: str) -> list[dict[str, Any]]:
    try:
        return [document for document in yaml.safe_load_all(text) if isinstance(document, dict)]
    except yaml.YAMLError:
        return []


def _paths(value: Any, path: str = "") -> Iterator[str]:
    match value:
        case dict() if not path.endswith(("selector", "labels", "matchLabels", "annotations")):
            for key, below in value.items():
                if key not in ALWAYS:
                    yield from _paths(below, f"{path}.{key}" if path else str(key))
        case list():
            for below in value:
                yield from _paths(below, path)
        case _:
            yield path


def commands(books: Iterable[Book]) -> set[str]:
    """kubectl's verbs and the lab's magics that code cells use."""
    return {one for book in books for cell in book.cells if cell.is_code for one in commands_in(cell.source)}


def commands_in(code: str) -> set[str]:
    """kubectl's verbs and the lab's magics in the text of a code cell."""
    found = {f"kubectl {verb}" if verb else f"%{magic}" for verb, magic in COMMAND.findall(code)}
    return found - {f"%{magic}" for magic in OF_EXERCISES}


def _glossary(course: Course) -> list[str]:
    """The course's terms."""
    path = course.root / GLOSSARY
    return list(tomllib.loads(path.read_text("utf-8"))) if path.is_file() else []


def defined_in(prose: str) -> set[str]:
    """What is set in italics, in small letters, also without the s of many."""
    terms = [term.casefold() for term in TERM.findall(prose)]
    return {*terms, *(term.removesuffix("s") for term in terms)}


def uses(term: str, prose: str) -> bool:
    """Whether the term, or several of it, stands in a text outside of names and paths."""
    return re.search(rf"(?<![\w`/.-]){re.escape(term)}s?(?![\w`/-]|\.\w)", prose) is not None


def _terms(course: Course, glossary: Sequence[str]) -> Iterator[Finding]:
    """A term of the glossary is set in italics where a lesson first uses it."""
    undefined = {term.casefold(): term for term in glossary}
    for book in lessons(course):
        for cell in book.cells:
            for term in defined_in(cell.prose):
                undefined.pop(term, None)
            for key, term in sorted(undefined.items()):
                if uses(term, cell.prose):
                    what = f"“{term}” is used before it is set in italics, where it is defined"
                    yield Finding("knowledge", book.file, f"cell {cell.id}", what, "Define it here or earlier.")
                    del undefined[key]
    for term in undefined.values():
        yield Finding(
            "knowledge", GLOSSARY, "", f"no lesson defines “{term}”", "Define it in italics, or leave it out."
        )
