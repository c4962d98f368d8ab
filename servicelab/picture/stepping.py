"""One moment of a request as HTML and as text: what happened, the packet's addresses, and the fields responsible."""

from collections.abc import Sequence
from html import escape

from servicelab.network.path import Endpoint, Path
from servicelab.picture.excerpts import Excerpt
from servicelab.picture.moments import Addresses, Moment, asked, moments
from servicelab.picture.sections import section, style
from servicelab.picture.steps import ending_of, place_in_words

NAME = "servicelab-step"
CHANGED = " (rewritten)"
STYLE = style(
    NAME,
    f".{NAME} th{{white-space:nowrap}}",
    f".{NAME} pre{{background:var(--panel);color:var(--text);padding:.4em;overflow-x:auto;margin:.2em 0 .6em}}",
    f".{NAME} mark{{background:var(--text);color:var(--page)}}",
    f".{NAME} figcaption{{color:var(--muted)}}.{NAME} figure{{margin:0}}",
)


def heading(path: Path, after: int) -> str:
    """`Step 2 of 5: node port`; before the first hop, who asks for what."""
    if not after:
        return f"{place_in_words(path.source)} asks for {path.target}".removesuffix("/")
    return f"Step {after} of {len(path.hops)}: {path.hops[after - 1].kind}"


def step_html(path: Path, after: int, excerpts: Sequence[Excerpt], heading_level: int = 4) -> str:
    """The moment after so many hops (0: nothing has happened yet), as a section of HTML without script."""
    parts = [f"<h{heading_level}>{escape(heading(path, after))}</h{heading_level}>"]
    moment = _moment(path, after)
    if moment is not None:
        parts.append(f"<p>{escape(moment.hop.said)} <small>By: {escape(moment.hop.who)}.</small></p>")
    parts.append(_table(_rows(path, moment)))
    if moment is not None:
        parts.append(f"<p>Because of: {escape(moment.hop.because)}</p>")
    parts += [_figure(one) for one in excerpts]
    if after == len(path.hops):
        parts.append(f"<p><strong>End: {escape(ending_of(path.verdict))}.</strong></p>")
    return section(NAME, STYLE, parts)


def step_text(path: Path, after: int, excerpts: Sequence[Excerpt]) -> str:
    """The same as text."""
    moment = _moment(path, after)
    lines = [heading(path, after)]
    if moment is not None:
        lines.append(f"{moment.hop.said} By: {moment.hop.who}.")
    lines += [f"  {label:<7} {source} → {destination}" for label, source, destination in _rows(path, moment)]
    if moment is not None:
        lines.append(f"Because of: {moment.hop.because}")
    for one in excerpts:
        lines.append(f"{one.title}:")
        lines += [
            f"{'>' if number in one.marked else ' '} {number:>3} {line}"
            for number, line in enumerate(one.lines, start=one.first)
        ]
    if after == len(path.hops):
        lines.append(f"End: {ending_of(path.verdict)}.")
    return "\n".join(lines)


def _moment(path: Path, after: int) -> Moment | None:
    return list(moments(path))[after - 1] if after else None


def _rows(path: Path, moment: Moment | None) -> list[tuple[str, str, str]]:
    if moment is None:
        return [("Asked", *_words(asked(path)))]
    source, destination = _words(moment.after)
    changed = (moment.after.source != moment.before.source, moment.after.destination != moment.before.destination)
    return [
        ("Before", *_words(moment.before)),
        ("After", source + (CHANGED if changed[0] else ""), destination + (CHANGED if changed[1] else "")),
    ]


def _words(addresses: Addresses) -> tuple[str, str]:
    def said(one: Endpoint | None) -> str:
        return "not known" if one is None else str(one)

    return said(addresses.source), said(addresses.destination)


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{label}</th>{"".join(map(_cell, addresses))}</tr>' for label, *addresses in rows
    )
    head = '<tr><td></td><th scope="col">Source</th><th scope="col">Destination</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _cell(words: str) -> str:
    return f"<td>{f'<strong>{escape(words)}</strong>' if words.endswith(CHANGED) else escape(words)}</td>"


def _figure(one: Excerpt) -> str:
    lines = [
        f"<mark>{number:>3} {escape(line)}</mark>" if number in one.marked else f"{number:>3} {escape(line)}"
        for number, line in enumerate(one.lines, start=one.first)
    ]
    listed = "\n".join(lines)
    words = ", ".join(map(str, one.marked))
    caption = f"{escape(one.title)}, line{'s' if len(one.marked) > 1 else ''} {words}"
    return f'<figure><figcaption>{caption}</figcaption><pre tabindex="0">{listed}</pre></figure>'
