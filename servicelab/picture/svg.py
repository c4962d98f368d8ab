"""A path drawn as SVG, with a text alternative, for light and dark pages."""

from hashlib import sha256
from html import escape
from textwrap import wrap

from servicelab.network.path import Path
from servicelab.picture.steps import Station, steps_of

WIDTH = 640
MARGIN = 16
LINE = 20
PADDING = 12
LETTERS = 72
"""Letters that fit into a line of a box."""
STYLE = """
.lab-path .box{fill:#f3f6fb;stroke:#41597c}.lab-path text{fill:#1c2430;font:14px system-ui,sans-serif}
.lab-path .title{font-weight:600}.lab-path .arrow{stroke:#41597c;fill:none;stroke-width:1.5}
.lab-path .head{fill:#41597c}.lab-path .good{fill:#1a6b36}.lab-path .bad{fill:#a3271d}
@media(prefers-color-scheme:dark){.lab-path .box{fill:#1e2733;stroke:#8fb0dc}.lab-path text{fill:#e8edf4}
.lab-path .arrow{stroke:#8fb0dc}.lab-path .head{fill:#8fb0dc}.lab-path .good{fill:#7ed69a}.lab-path .bad{fill:#ff9c92}}
""".replace("\n", "")
"""Every rule is for this picture only: in a notebook a style sheet holds for the whole page."""


def draw(path: Path) -> str:
    """The path as an SVG document; `title` and `desc` say in words what is drawn."""
    steps = steps_of(path)
    parts: list[str] = []
    y = MARGIN
    for index, station in enumerate(steps.stations):
        if index:
            y = _arrow(parts, station, y)
        y = _box(parts, station, y)
    y += LINE
    kind = "good" if steps.answered else "bad"
    mark = "✔" if steps.answered else "✘"
    for number, line in enumerate([*wrap(f"{mark} {steps.ending}", LETTERS), *wrap(steps.reason, LETTERS)]):
        shape = f' class="{kind} title"' if number == 0 else ""
        parts.append(f'<text x="{MARGIN}" y="{y}"{shape}>{escape(line)}</text>')
        y += LINE
    title = f"The way of a request from {steps.stations[0].title} to {path.target}: {steps.ending}"
    # Two pictures on one page need names of their own for what they refer to.
    name = "path-" + sha256("".join(parts).encode()).hexdigest()[:8]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lab-path" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" role="img" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(path.explain())}</desc><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _box(parts: list[str], station: Station, y: int) -> int:
    lines = [piece for line in (station.title, *station.lines) for piece in wrap(line, LETTERS) or [""]]
    height = len(lines) * LINE + PADDING
    parts.append(f'<rect class="box" x="{MARGIN}" y="{y}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="6"/>')
    for number, line in enumerate(lines):
        shape = ' class="title"' if number == 0 else ""
        top = y + PADDING // 2 + (number + 1) * LINE - 6
        parts.append(f'<text x="{MARGIN + PADDING}" y="{top}"{shape}>{escape(line)}</text>')
    return y + height


def _arrow(parts: list[str], station: Station, y: int) -> int:
    lines = [piece for label in station.arrow for piece in wrap(label, LETTERS - 6)]
    end = y + max(1, len(lines)) * LINE + PADDING
    x = MARGIN + 2 * PADDING
    parts.append(f'<path class="arrow" d="M{x} {y}V{end - 7}"/>')
    parts.append(f'<path class="head" d="M{x - 5} {end - 8}h10l-5 8z"/>')
    for number, line in enumerate(lines):
        parts.append(f'<text x="{x + PADDING}" y="{y + (number + 1) * LINE}">{escape(line)}</text>')
    return end
