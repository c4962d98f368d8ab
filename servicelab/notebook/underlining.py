"""Which lines of a `%%manifest` or `%%answer` cell to underline, with the words that running the cell prints."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicelab.course.cells import AnswerCell, parse_answer_line, parse_manifest_line, split_cell
from servicelab.manifests import Problem, read, read_map
from servicelab.notebook.refusals import refusals

LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|$)")
"""A line as YAML counts lines; editors count fewer ends of lines, so places go to them as offsets."""
Said = tuple[int, str]
"""A line of the text, counted from 1, and words about it."""
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Mark:
    """Something to underline: from `start` to before `end`, counted from 0 in the cell's UTF-16 units, as browsers
    count; `severity` is `error`, or `warning` for what is no fault."""

    start: int
    end: int
    text: str
    severity: str


def marks(cell: str, sent: Mapping[str, tuple[str, str]]) -> list[Mark]:
    """What is wrong or surprising in a cell, each with the line that it stands on; nothing in cells of other magics.

    `sent`: by a manifest's name the text that was last sent to the cluster, and what kubectl said.
    """
    found = split_cell(cell)
    if found is None:
        return []
    heading = range(len(cell) - len(found.text))
    try:
        problems, surprises = _read(found, sent)
    except ValueError as error:
        return [_mark(cell, heading, str(error), ERROR)]
    lines = [heading, *(range(*line.span()) for line in LINE.finditer(cell, heading.stop))]
    return [
        _mark(cell, _with_words(cell, lines[: line + 1]), words, severity)
        for severity, said in ((ERROR, problems), (WARNING, surprises))
        for line, words in said
    ]


def _read(cell: AnswerCell, sent: Mapping[str, tuple[str, str]]) -> tuple[list[Said], list[Said]]:
    """Problems and surprises. ValueError with what is wrong in the magic's own line."""
    if cell.magic == "answer":
        return _said(read_map(cell.text, parse_answer_line(cell.line)).problems), []
    name = parse_manifest_line(cell.line).name
    reading = read(cell.text, name)
    text, words = sent.get(name, ("", ""))
    refused = list(refusals(words, reading.manifests)) if text == cell.text else []
    return _said(reading.problems) + refused, _said(reading.surprises)


def _said(problems: Sequence[Problem]) -> list[Said]:
    return [(problem.line, str(problem)) for problem in problems]


def _with_words(cell: str, lines: Sequence[range]) -> range:
    """The last of the lines that is not empty: what is missing is noticed at the end of a text."""
    return next(line for line in reversed(lines) if cell[line.start : line.stop].strip())


def _mark(cell: str, line: range, text: str, severity: str) -> Mark:
    words = cell[line.start : line.stop]
    start = _units(cell[: line.start]) + _units(words) - _units(words.lstrip())
    return Mark(start, start + _units(words.strip()), text, severity)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
