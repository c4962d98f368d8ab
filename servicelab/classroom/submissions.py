"""Finds submitted notebooks and reads them as data; nothing a student wrote is executed or followed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.course import Submission, parse_notebook
from servicelab.course.cells import split_cell
from servicelab.course.submission import LARGEST_NOTEBOOK


@dataclass(frozen=True)
class Submitted:
    """One student's submission. `flags` are sentences for the instructor, not for the score."""

    student: str
    submission: Submission
    flags: tuple[str, ...]


def find_students(submitted: Path, slug: str) -> list[str]:
    """The students who have a folder for this exercise, by name."""
    return sorted(
        folder.parent.name
        for folder in submitted.glob(f"*/{slug}")
        if folder.is_dir() and not folder.parent.name.startswith(".")
    )


def read_submitted(submitted: Path, student: str, slug: str, release: Path, version: str) -> Submitted:
    """Read the notebook of one student; `version` is the course's. What cannot be read says so."""
    folder = submitted / student / slug
    path = _notebook(folder, slug)
    if path is None:
        problem = f"There is no notebook {slug}.ipynb in the submission."
        return Submitted(student, Submission(problems=(problem,), notebook_ok=False), (problem,))
    if path.stat().st_size > LARGEST_NOTEBOOK:
        problem = f"{path.name} has more than {LARGEST_NOTEBOOK // 1_000_000} MB."
        return Submitted(student, Submission(problems=(problem,), notebook_ok=False), (problem,))
    data = path.read_bytes()
    submission = parse_notebook(data, path.name)
    flags = list(submission.problems)
    made_for = submission.course_version
    if submission.notebook_ok and made_for != version:
        flags.append(f"The notebook was made for course version {made_for or 'unknown'}; it is graded with {version}.")
    if path.stem != slug:
        flags.append(f"The notebook is called {path.name}; nbgrader looks for {slug}.ipynb.")
    if submission.notebook_ok and release.is_file():
        flags += _foreign_code(data, release.read_bytes())
    return Submitted(student, submission, tuple(flags))


def _notebook(folder: Path, slug: str) -> Path | None:
    """The notebook of that name, or the only one there. A link could lead to another student's file, so none counts."""
    notebooks = [path for path in sorted(folder.glob("*.ipynb")) if path.is_file() and not path.is_symlink()]
    named = [path for path in notebooks if path.stem == slug]
    if named:
        return named[0]
    return notebooks[0] if len(notebooks) == 1 else None


def _foreign_code(submitted: bytes, released: bytes) -> Iterator[str]:
    """Code beside the answer cells that the release does not have: nbgrader would execute it, we do not."""
    known = {source for source in _code(released)}
    foreign = [source for source in _code(submitted) if source not in known and split_cell(source) is None]
    if foreign:
        yield (
            f"{len(foreign)} code cells differ from the release; `nbgrader autograde` would execute them "
            "and may give another score."
        )


def _code(data: bytes) -> Iterator[str]:
    notebook: Any = json.loads(data)
    for cell in notebook.get("cells", []):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            text = "".join(map(str, source)) if isinstance(source, list) else str(source)
            if text.strip():
                yield text.strip()
