"""The live board for a terminal and as HTML. States are words; colour only repeats them."""

from collections.abc import Iterable, Sequence
from html import escape

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from servicelab.picture.sections import section, style
from servicelab.tracing.board import Board, PodRow, ServiceRow
from servicelab.tracing.following import Sent

NAME = "servicelab-board"
SERVICES = ("Service", "Type", "Address", "Ports", "Endpoints")
PODS = ("Pod", "State", "Ready", "Node", "Address", "Restarts")
STYLE = style(
    NAME,
    f".{NAME} div{{overflow-x:auto;max-width:90vw}}",
    f".{NAME} caption{{text-align:left;font-weight:600;color:var(--text)}}",
)


def _service(row: ServiceRow) -> tuple[str, ...]:
    endpoints = [*row.ready, *(f"{one} (not ready)" for one in row.unready)]
    return row.name, row.type, row.address, row.ports, "\n".join(endpoints) or "none"


def _pod(row: PodRow) -> tuple[str, ...]:
    return row.name, row.state, "yes" if row.ready else "no", row.node, row.address, str(row.restarts)


def terminal(board: Board, sent: Sequence[Sent], asked: str, trouble: str = "") -> RenderableType:
    """Something rich can print; `asked` is the request that is sent, "" when there is none."""
    parts: list[RenderableType] = [Text(f"Namespace {board.namespace}", style="bold")]
    parts.append(_table(SERVICES, map(_service, board.services)) if board.services else Text("No Services."))
    parts.append(_table(PODS, map(_pod, board.pods)) if board.pods else Text("No Pods."))
    if asked:
        parts += [Text(asked, style="bold"), *(Text(str(one)) for one in sent)]
    if trouble:
        parts.append(Text(trouble, style="red"))
    return Group(*parts)


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def html(board: Board, sent: Sequence[Sent], asked: str, trouble: str = "") -> str:
    """The same as a section of HTML without script."""
    parts = [
        _html_table(f"Services of the namespace {board.namespace}", SERVICES, map(_service, board.services)),
        _html_table("Pods", PODS, map(_pod, board.pods)),
    ]
    if asked:
        items = "".join(f"<li>{escape(str(one))}</li>" for one in sent)
        parts.append(f"<p><strong>{escape(asked)}</strong></p><ul>{items}</ul>")
    if trouble:
        parts.append(f"<p><strong>{escape(trouble)}</strong></p>")
    return section(NAME, STYLE, parts)


def _html_table(title: str, heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(_cell(one) for one in row)}</tr>" for row in rows)
    table = f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div role="region" aria-label="{escape(title)}" tabindex="0">{table}</div>'


def _cell(words: str) -> str:
    return f"<td>{escape(words).replace(chr(10), '<br>')}</td>"
