"""Where a submission differs from the release beside its answers, so that `nbgrader autograde`, which executes code,
might give another score. A person then looks; the score here stays, for it was read as data."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile
from typing import Any

from servicelab.course.cells import split_cell
from servicelab.course.submission import source_of

LOOKING = re.compile(r"%(?:check|exercise|explanation|hint|question|try)(?: [A-Za-z0-9 _-]*)?")
"""Lines that a learner may add: the lab's own magics that only show something, without `{…}`, which is Python."""


@dataclass(frozen=True)
class _Cell:
    """A code cell: its text, whether it holds answers, and nbgrader's mark, whatever stands there."""

    source: str
    is_answer: bool
    mark: Any

    @property
    def is_graded(self) -> bool:
        """Whether nbgrader takes the score from here."""
        return isinstance(self.mark, dict) and bool(self.mark.get("grade"))


def differences(submitted: bytes, released: bytes) -> list[str]:
    """Sentences for the instructor; none when the code cells differ in their answers only."""
    return list(_differences(list(_cells(submitted)), _released(released)))


def _differences(own: list[_Cell], release: tuple[_Cell, ...]) -> Iterator[str]:
    expected = [cell.source for cell in release if not cell.is_answer]
    code = [cell.source for cell in own if not cell.is_answer]
    foreign = sum(source not in expected for source in code)
    if foreign:
        cells = "1 code cell differs" if foreign == 1 else f"{foreign} code cells differ"
        yield f"{cells} from the release; `nbgrader autograde` would execute that and may give another score."
    if [source for source in code if source in expected] != expected:
        yield "Code cells of the release are missing, repeated or in another order."
    if _marks(own) != _marks(release):
        yield "nbgrader's marks on the cells are not those of the release; `lab grade` does not use them."
    scored = {cell.source for cell in release if cell.is_graded}
    below = dropwhile(lambda cell: not cell.is_graded and cell.source not in scored, own)
    if any(cell.is_answer for cell in below):
        yield "There are answers below the cell with the score; `nbgrader autograde` would not see them."


def _marks(cells: Iterable[_Cell]) -> list[Any]:
    return [cell.mark for cell in cells if cell.mark is not None]


@lru_cache(maxsize=4)
def _released(data: bytes) -> tuple[_Cell, ...]:
    return tuple(_cells(data))


def _cells(data: bytes) -> Iterator[_Cell]:
    """The code cells of a notebook that is known to have a list of cells; without those that do nothing."""
    for cell in json.loads(data)["cells"]:
        source = source_of(cell)
        if source is None:
            continue
        metadata = cell.get("metadata")
        mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        if mark is not None or not _only_looks(source):
            yield _Cell(source.strip(), split_cell(source) is not None, mark)


def _only_looks(source: str) -> bool:
    """Whether a cell is empty, or holds nothing but comments and magics that only show something."""
    lines = (line.strip() for line in source.splitlines())
    return all(not line or line.startswith("#") or LOOKING.fullmatch(line) for line in lines)
