"""A submission is data: manifests and answers read out of a notebook's JSON. Nothing of it is ever executed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from servicelab.course.cells import parse_answer_line, parse_manifest_line, split_cell

LARGEST_NOTEBOOK = 20_000_000
"""Bytes; outputs with pictures make notebooks large, manifests do not."""
LARGEST_CELL = 200_000
"""Characters; a longer %%manifest or %%answer cell is not read."""


@dataclass(frozen=True)
class Submission:
    """Manifests and answers by the name of their cell, as the learner wrote them; a name used twice counts as last
    written.

    `problems` are sentences about what could not be read; `notebook_ok` is False when that was the whole notebook.
    `course_version` is the course's when the notebook was made, if it tells.
    """

    manifests: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notebook_ok: bool = True
    course_version: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


def read_notebook(path: Path) -> Submission:
    """Read a notebook file. Never raises on what a learner could have put there; OSError when it cannot be opened."""
    try:
        return parse_notebook(read_at_most(path.open("rb"), LARGEST_NOTEBOOK, path.name), path.name)
    except ValueError as problem:
        return _damaged(str(problem))


def read_files(folder: Path, manifests: Iterable[str], answers: Iterable[str]) -> Submission:
    """Read what was written with an editor: manifests under their own names, answers as NAME.yaml. What is not there
    counts as not written."""
    problems: list[str] = []

    def found(names: Iterable[str], ending: str) -> dict[str, str]:
        texts = {}
        for name in names:
            path = folder / f"{name}{ending}"
            try:
                texts[name] = read_at_most(path.open("rb"), LARGEST_CELL, path.name).decode("utf-8", "replace")
            except FileNotFoundError:
                pass
            except ValueError as problem:
                problems.append(str(problem))
        return texts

    return Submission(found(manifests, ""), answers=found(answers, ".yaml"), problems=tuple(problems))


def read_at_most(file: IO[bytes], most: int, name: str = "A file") -> bytes:
    """A file's bytes; it is closed. ValueError with a sentence when it has more than `most`."""
    with file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} has more than {most / 1_000_000:g} MB.")
    return data


def parse_notebook(data: bytes, name: str = "notebook") -> Submission:
    """Read a notebook's bytes."""
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        return _damaged(f"{name} is no notebook: it is not valid JSON.")
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return _damaged(f"{name} is no notebook of format 4: it has no list of cells.")
    manifests: dict[str, str] = {}
    answers: dict[str, str] = {}
    problems: list[str] = []
    for number, cell in enumerate(cells, start=1):
        source = source_of(cell)
        found = split_cell(source) if source is not None else None
        if found is None:
            continue
        if len(found.text) > LARGEST_CELL:
            problems.append(f"{name}, cell {number}: more than {LARGEST_CELL} characters; it is not read.")
            continue
        try:
            if found.magic == "manifest":
                manifests[parse_manifest_line(found.line).name] = found.text
            else:
                answers[parse_answer_line(found.line)] = found.text
        except ValueError as error:
            problems.append(f"{name}, cell {number}: {error}")
    return Submission(manifests, tuple(problems), course_version=_course_version(notebook), answers=answers)


def _course_version(notebook: dict[str, Any]) -> str | None:
    metadata = notebook.get("metadata")
    noted = metadata.get("servicelab") if isinstance(metadata, dict) else None
    version = noted.get("course_version") if isinstance(noted, dict) else None
    return version if isinstance(version, str) else None


def source_of(cell: Any) -> str | None:
    """A code cell's text; None for other cells and for what is no cell at all."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _damaged(problem: str) -> Submission:
    return Submission(problems=(problem,), notebook_ok=False)
