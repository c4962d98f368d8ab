"""The matrix of who reaches what as a table: for the terminal, and for a notebook. Outcomes are words."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from servicelab.checks.words import number_words
from servicelab.network.places import NodePlace, Place, PodPlace
from servicelab.network.reach import Cell, Matrix
from servicelab.network.verdict import Outcome
from servicelab.tracing.words import either, prediction_sentence, verdict_sentence

WORDS = {
    Outcome.ANSWERED: "answers",
    Outcome.REFUSED: "refused",
    Outcome.TIMED_OUT: "timeout",
    Outcome.NO_SUCH_NAME: "no name",
    Outcome.RESET: "reset",
}
"""Short, for tables 80 columns wide."""
WORD_WIDTH, HEAD_WIDTH = 7, 9
UNKNOWN = "not modelled"
# dark enough on white (contrast at least 4.5:1); the words say the same
GOOD, BAD, WRONG = "#1a6b2d", "#5f6368", "#b3261e"
TEXT_WIDTH = 100


def cell_words(cell: Cell) -> str:
    """What a cell says: how the request ends, or both sides where the request ended otherwise than predicted."""
    predicted = either(WORDS[outcome] for outcome in cell.prediction.outcomes) or UNKNOWN
    if cell.probed is None:
        return predicted
    ended = WORDS[cell.probed.outcome]
    if cell.prediction.unmodelled:
        return f"{ended} ({UNKNOWN})"
    return f"{ended}, not as predicted: {predicted}" if cell.differs else ended


def place_words(place: Place, namespace: str) -> str:
    """A vantage point as a column's head: short, and without the namespace that the table is about."""
    match place:
        case NodePlace(name=name):
            return f"node {name}"
        case PodPlace(namespace=space, name=name):
            return f"Pod {name}" if space == namespace else f"Pod {space}/{name}"
    return str(place)


def summary(matrix: Matrix) -> str:
    """How many requests there are, and how many of them ended as predicted."""
    if not matrix.entrances:
        return f"There is no Service in the namespace {matrix.namespace}."
    cells = matrix.cells
    sent = [cell for cell in cells if cell.probed is not None]
    parts = [f"{number_words(len(cells), 'request')} predicted", f"{len(sent) or 'none'} sent"]
    if sent:
        held = sum(not cell.differs and not cell.prediction.unmodelled for cell in sent)
        parts += [f"{held} ended as predicted", f"{len(matrix.differences)} otherwise"]
    unknown = sum(bool(cell.prediction.unmodelled) for cell in cells)
    if unknown:
        parts.append(f"{unknown} not modelled")
    return f"{', '.join(parts)}."


def notes(matrix: Matrix) -> list[str]:
    """A sentence for each request that ended otherwise, and for each reason why one was not predicted or not sent."""
    said = [
        f"{cell.source} → {cell.entrance.target}: predicted {prediction_sentence(cell.prediction)}; "
        f"it was {verdict_sentence(cell.probed)}."
        for cell in matrix.differences
        if cell.probed is not None
    ]
    said += _once(
        f"Not predicted: {cell.prediction.unmodelled}." for cell in matrix.cells if cell.prediction.unmodelled
    )
    return said + _once(f"Not sent from {cell.source}: {cell.unprobed}" for cell in matrix.cells if cell.unprobed)


def _once(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sentences))


@dataclass(frozen=True)
class Reach:
    """A matrix to be shown: `print` it, show it with rich, or let a notebook display it."""

    matrix: Matrix

    def __rich__(self) -> RenderableType:
        said = [Text(line) for line in (summary(self.matrix), *notes(self.matrix))]
        return Group(self._table(), *said) if self.matrix.entrances else Group(*said)

    def _table(self) -> Table:
        title = f"Who reaches the Services of {self.matrix.namespace}"
        table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("Service", overflow="fold")
        table.add_column("by its", overflow="fold")
        for source in self.matrix.sources:
            head = "\n".join(wrap(place_words(source, self.matrix.namespace), HEAD_WIDTH))
            table.add_column(head, min_width=WORD_WIDTH)
        before = ""
        for entrance, cells in self.matrix.rows:
            name = f"{entrance.service.partition('/')[2]} {entrance.port}"
            if before and name != before:
                table.add_section()
            table.add_row(
                name if name != before else "",
                str(entrance),
                *(Text(cell_words(cell), f"bold {_colour(cell)}" if cell.differs else _colour(cell)) for cell in cells),
            )
            before = name
        return table

    def __str__(self) -> str:
        console = Console(width=TEXT_WIDTH, color_system=None)
        with console.capture() as text:
            console.print(self)
        return text.get()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        matrix = self.matrix
        said = "".join(f"<p>{escape(line)}</p>" for line in (summary(matrix), *notes(matrix)))
        if not matrix.entrances:
            return said
        heads = "".join(
            f'<th scope="col">{escape(head)}</th>'
            for head in ("Service", "by its", *(place_words(one, matrix.namespace) for one in matrix.sources))
        )
        rows = "".join(
            f'<tr><th scope="row">{escape(entrance.service.partition("/")[2])} {escape(entrance.port)}</th>'
            f"<td>{escape(str(entrance))}</td>{''.join(_html(cell) for cell in cells)}</tr>"
            for entrance, cells in matrix.rows
        )
        caption = f"Who reaches the Services of {escape(matrix.namespace)}"
        return (
            f'<table class="servicelab-reach"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>{said}"
        )


def _html(cell: Cell) -> str:
    """A cell whose tooltip gives the target, and why the request ends so."""
    path = next(iter(cell.prediction.paths), None)
    why = path.hops[-1].said if path is not None and path.hops else cell.prediction.unmodelled
    title = escape(f"{cell.source} → {cell.entrance.target}: {why}")
    return f'<td style="color:{_colour(cell)}" title="{title}">{escape(cell_words(cell))}</td>'


def _colour(cell: Cell) -> str:
    if cell.differs:
        return WRONG
    ends = (cell.probed.outcome,) if cell.probed is not None else cell.prediction.outcomes
    return GOOD if ends == (Outcome.ANSWERED,) else BAD
