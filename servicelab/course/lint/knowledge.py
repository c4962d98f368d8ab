"""What an exercise needs was shown before: its fields and commands ran in a lesson, its terms are in the glossary."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from servicelab.course.catalogue import Course
from servicelab.course.cells import split_cell
from servicelab.course.lint.book import Book, lessons, read_book, solution
from servicelab.course.lint.finding import Finding

GLOSSARY = "course/glossary.toml"
TERM = re.compile(r"(?<![*\w])\*([A-Za-z][\w -]{1,40})\*(?![*\w])")
COMMAND = re.compile(r"!\s*kubectl\s+(?:-\S+\s+\S+\s+)*([a-z-]+)|^%%?([a-z]+)", re.MULTILINE)
OF_EXERCISES = frozenset({"answer", "check", "exercise", "explanation", "hint", "question", "try", "load_ext"})
"""Magics that only exercises have; their own text says what they do."""
ALWAYS = frozenset({"apiVersion", "kind"})


def check(course: Course) -> Iterator[Finding]:
    """Every exercise against the lessons up to its own; every lesson's terms against the glossary."""
    order = [lesson.id for lesson in course.lessons]
    for exercise in course.exercises:
        before = course.lessons[: order.index(exercise.lesson) + 1] if exercise.lesson in order else ()
        books = [book for lesson in before if (book := read_book(course, lesson.notebook))]
        own = read_book(course, solution(exercise.slug))
        if own is None:
            continue
        named = words_of_code(books)
        new = [f"field {field}" for field in fields([own]) - fields(books) if field.rpartition(".")[2] not in named]
        new += [f"command {command}" for command in commands([own]) - commands(books)]
        for missing in sorted(new):
            fix = f"Let a cell of {exercise.lesson}, or of a lesson before it, use it."
            yield Finding("knowledge", own.file, "", f"the {missing} was in no lesson before", fix)
    yield from _terms(course)


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
    found: set[str] = set()
    for book in books:
        for cell in book.cells:
            if cell.is_code:
                for verb, magic in COMMAND.findall(cell.source):
                    found.add(f"kubectl {verb}" if verb else f"%{magic}")
    return found - {f"%{magic}" for magic in OF_EXERCISES}


def _terms(course: Course) -> Iterator[Finding]:
    """A term is set in italics where it is first used, and only terms of the glossary are."""
    path = course.root / GLOSSARY
    glossary = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    if not glossary:
        yield Finding("knowledge", GLOSSARY, "", "there is no glossary", 'Write it: term = "what it means".')
        return
    open_terms = {term.casefold(): term for term in glossary}
    for book in lessons(course):
        for cell in book.cells:
            defined = {one for term in TERM.findall(cell.prose) for one in _one_or_many(term.casefold())}
            for term in sorted(open_terms):
                if term in defined:
                    continue
                if re.search(rf"(?<![\w`/.-]){re.escape(open_terms[term])}s?(?![\w`/.-])", cell.prose):
                    what = f"“{open_terms[term]}” is used before it is set in italics, where it is defined"
                    yield Finding("knowledge", book.file, f"cell {cell.id}", what, "Define it here or earlier.")
                    del open_terms[term]
            for term in defined:
                open_terms.pop(term, None)


def _one_or_many(term: str) -> tuple[str, str]:
    """A term as written, and without the s of many."""
    return term, term.removesuffix("s")
