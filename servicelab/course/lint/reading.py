"""Lessons can be read in the time they say, in short sentences, with something to do every few words."""

import re
from collections.abc import Iterator

from servicelab.course.catalogue import Course
from servicelab.course.lint.book import WORD, Book, Cell, read_book, solution
from servicelab.course.lint.finding import Finding

WORDS_A_MINUTE = 180
MOST_WORDS_BETWEEN_ACTIONS = 150
LONGEST_SENTENCE = 35
LONGEST_EXERCISE = 15
"""Minutes."""
LONGEST_CORE = 8 * 60 + 15
"""Minutes for the lessons of the core's units and their exercises that are no further practice: about eight hours."""
TIME = re.compile(r"\*\*Time\*\* about (\d+) minutes")
"""Where a lesson says how long it takes."""
SENTENCE = re.compile(r"[.!?:](?:\s|$)|\n\s*\n|\n\s*[-|#0-9]")


def check(course: Course) -> Iterator[Finding]:
    """Budgets of units, lessons, exercises and the core; words between actions; sentences."""
    needed: dict[str, float] = {unit.id: 0.0 for unit in course.units}
    for lesson in course.lessons:
        book = read_book(course, lesson.notebook)
        if book is None:
            continue
        minutes = reading_minutes(book)
        needed[lesson.unit] = needed.get(lesson.unit, 0.0) + (lesson.minutes or minutes)
        yield from _budget(f"lesson {lesson.id}", lesson.minutes, minutes)
        yield from _time(book, lesson.minutes)
        yield from _pace(book)
    for exercise in course.exercises:
        needed[exercise.unit] = needed.get(exercise.unit, 0.0) + exercise.minutes
        if not 0 < exercise.minutes <= LONGEST_EXERCISE:
            what = f"has {exercise.minutes} minutes"
            fix = f"Write `minutes` in course.toml, at most {LONGEST_EXERCISE}."
            yield Finding("reading", "course.toml", f"exercise {exercise.slug}", what, fix)
        book = read_book(course, solution(exercise.slug))
        if book is not None:
            yield from _pace(book)
    for unit in course.units:
        yield from _budget(f"unit {unit.id}", unit.minutes, needed[unit.id])
    core = {unit.id for unit in course.units if unit.core}
    further = sum(one.minutes for one in course.exercises if one.unit in core and not one.core)
    minutes = sum(needed[unit] for unit in core) - further
    if minutes > LONGEST_CORE:
        what = f"its lessons and exercises take {minutes:.0f} minutes, and at most {LONGEST_CORE} are meant"
        fix = "Shorten a lesson of it, or make an exercise further practice (`core = false`)."
        yield Finding("reading", "course.toml", "the core", what, fix)


def reading_minutes(book: Book) -> float:
    """What a notebook takes: its words at 180 a minute, and a minute for each cell that is run."""
    return sum(cell.words for cell in book.cells) / WORDS_A_MINUTE + sum(cell.is_code for cell in book.cells)


def _budget(who: str, said: int, needed: float) -> Iterator[Finding]:
    if said < needed - 0.5:
        fix = "Say how long it takes, or make it shorter."
        yield Finding("reading", "course.toml", who, f"says {said} minutes and needs {needed:.0f}", fix)


def _time(book: Book, minutes: int) -> Iterator[Finding]:
    for cell in book.cells:
        for said in TIME.findall(cell.source):
            if int(said) != minutes:
                what = f"it says {said} minutes, and course.toml says {minutes}"
                yield Finding("reading", book.file, f"cell {cell.id}", what, "Say the same in both.")


def _pace(book: Book) -> Iterator[Finding]:
    words = 0
    for cell in book.cells:
        words = 0 if cell.is_code else words + cell.words
        if words > MOST_WORDS_BETWEEN_ACTIONS:
            what = f"{words} words since the learner last did something"
            fix = f"Ask for a prediction, let them run something, or cut: at most {MOST_WORDS_BETWEEN_ACTIONS}."
            yield Finding("reading", book.file, f"cell {cell.id}", what, fix)
        if cell.is_action:
            words = 0
        yield from _sentences(book, cell)


def _sentences(book: Book, cell: Cell) -> Iterator[Finding]:
    for sentence in SENTENCE.split(cell.prose):
        count = len(WORD.findall(sentence))
        if count > LONGEST_SENTENCE:
            start = " ".join(sentence.split()[:6])
            what = f"a sentence of {count} words: “{start} …”"
            yield Finding("reading", book.file, f"cell {cell.id}", what, f"At most {LONGEST_SENTENCE}: make two of it.")
