"""What a learner answered, read from `%%answer` cells as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicelab.manifests import read_map


@dataclass(frozen=True)
class Answer:
    """A choice as it was written, and where."""

    choice: str
    cell: str
    line: int


@dataclass(frozen=True)
class Answers:
    """Answers by item; `problems` are sentences, with the line, about cells that could not be read."""

    by_item: Mapping[str, Answer] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_answers(cells: Mapping[str, str]) -> Answers:
    """Read the texts of `%%answer` cells, by the cell's name; an item that stands in two counts as last written."""
    answers: dict[str, Answer] = {}
    problems: list[str] = []
    for cell, text in cells.items():
        reading = read_map(text, cell)
        problems += [str(problem) for problem in reading.problems]
        for item, choice in reading.entries.items():
            answers[item] = Answer("" if choice is None else str(choice).strip(), cell, reading.lines[item])
    return Answers(answers, tuple(problems))
