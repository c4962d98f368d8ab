"""Finds submitted notebooks and takes them in as data; nothing a student wrote is executed, and no link is followed."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from servicelab.classroom.handing_in import PROGRESS
from servicelab.classroom.review import differences
from servicelab.course import Submission, parse_notebook
from servicelab.course.progress_record import LARGEST_RECORD, Record, read_record
from servicelab.course.submission import LARGEST_NOTEBOOK, read_at_most

LONGEST_ID = 128
"""Characters of a student's id that nbgrader's gradebook holds."""
MOST_NAMED = 20
"""Students in one sentence."""


@dataclass(frozen=True)
class HandedIn:
    """What lies in one student's folder: a notebook's bytes, or the `problem` that there is none to read."""

    student: str
    name: str = ""
    data: bytes = b""
    problem: str = ""


@dataclass(frozen=True)
class Submitted:
    """One student's submission. `flags` are sentences for the instructor, not for the score; `of_other_version` says
    that the notebook was made for another version of the course."""

    student: str
    submission: Submission
    flags: tuple[str, ...]
    of_other_version: bool = False


@dataclass(frozen=True)
class Folders:
    """The students who have a folder for an exercise, by name; and what cannot be a student's, with the reason."""

    students: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def find_folders(submitted: Path, slug: str) -> Folders:
    """Look into `submitted`. A folder whose name no gradebook could hold is refused."""
    students, refused = [], []
    for entry in sorted(_entries(submitted), key=lambda one: one.name):
        if entry.name.startswith(".") or not os.path.lexists(Path(entry.path) / slug):
            continue
        problem = _why_no_id(entry.name)
        if problem:
            refused.append((printable(entry.name), problem))
        else:
            students.append(entry.name)
    return Folders(tuple(students), tuple(refused))


def take_in(submitted: Path, student: str, slug: str) -> HandedIn:
    """Read the bytes of one student's notebook: that of the exercise's name, or the only one there."""
    folder = submitted / student / slug
    if link := _link(folder):
        return HandedIn(student, problem=f"{printable(link.name)} is a link; links are not followed.")
    if not folder.is_dir():
        return HandedIn(student, problem=f"{slug} is no folder.")
    try:
        name = _notebook(folder, slug)
        if name is None:
            return HandedIn(student, problem=f"There is no notebook {slug}.ipynb in the submission.")
        return HandedIn(student, name, _read(folder / name, LARGEST_NOTEBOOK))
    except ValueError as problem:
        return HandedIn(student, problem=str(problem))
    except OSError as error:
        return HandedIn(student, problem=f"The notebook cannot be opened: {error.strerror}.")


def take_in_record(submitted: Path, student: str, slug: str) -> Record | None:
    """What a student handed in of their progress; None when that is nothing, or nothing that can be read."""
    folder = submitted / student / slug
    try:
        return None if _link(folder) else read_record(_read(folder / PROGRESS, LARGEST_RECORD))
    except (OSError, ValueError):
        return None


def read_submitted(handed_in: HandedIn, slug: str, release: bytes, version: str) -> Submitted:
    """Read a notebook's cells; `version` is the course's. What cannot be read says so."""
    if handed_in.problem:
        problem = handed_in.problem
        return Submitted(handed_in.student, Submission(problems=(problem,), notebook_ok=False), (problem,))
    name = printable(handed_in.name)
    submission = parse_notebook(handed_in.data, name)
    flags = [printable(problem) for problem in submission.problems]
    made_for = submission.course_version
    if submission.notebook_ok and made_for != version:
        said = printable(made_for) if made_for else "unknown"
        flags.append(f"The notebook was made for course version {said}; it is graded with {version}.")
    if handed_in.name != f"{slug}.ipynb":
        flags.append(f"The notebook is called {name}; nbgrader looks for {slug}.ipynb.")
    if submission.notebook_ok:
        flags += differences(handed_in.data, release)
    return Submitted(handed_in.student, submission, tuple(flags), made_for not in (None, version))


def printable(text: str, most: int = 200) -> str:
    """A text from a submission as a terminal may show it: one line, and nothing that a terminal would obey."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in text[:most])
    return f"{shown}…" if len(text) > most else shown


def first_of(names: Sequence[str]) -> str:
    """The names, or as many as a line may hold and a sign that there are more."""
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from entries


def _link(folder: Path) -> Path | None:
    """What of a student's folder for an exercise is a link; it could lead to another student's work."""
    return next((place for place in (folder.parent, folder) if place.is_symlink()), None)


def _why_no_id(name: str) -> str:
    """Why a folder's name cannot be a student's id; empty when it can."""
    if len(name) > LONGEST_ID:
        return f"its name has more than {LONGEST_ID} characters, which nbgrader's gradebook cannot hold"
    if not name.isprintable():
        return "its name has characters that cannot be printed"
    return ""


def _notebook(folder: Path, slug: str) -> str | None:
    """The name of the exercise's notebook, or of the only one there. A link could lead to another student's file, so
    none counts."""
    names = []
    for entry in _entries(folder):
        if entry.name.endswith(".ipynb") and entry.is_file(follow_symlinks=False):
            if entry.name == f"{slug}.ipynb":
                return entry.name
            names.append(entry.name)
    return names[0] if len(names) == 1 else None


def _read(path: Path, most: int) -> bytes:
    """A regular file's bytes. ValueError with a sentence when it has too many, or is replaced by something else."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{printable(path.name)} is no file.")
        return read_at_most(file, most, printable(path.name))
