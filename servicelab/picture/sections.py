"""A view as a section of HTML without script, in the colours of the page's theme."""

from collections.abc import Iterable
from html import escape

from servicelab.picture.palette import Theme, variables


def style(name: str, *rules: str) -> str:
    """The style sheet of all sections of this class: colours, room, tables, then rules of its own."""
    shared = [
        f".{name}{{color:var(--text);background:var(--page);padding:.2em .8em;line-height:1.5}}",
        f".{name} table{{border-collapse:collapse;margin:.4em 0}}",
        f".{name} th,.{name} td{{border:1px solid var(--edge);padding:.2em .6em;text-align:left;vertical-align:top;"
        "color:var(--text);background:var(--page);overflow-wrap:break-word}",
    ]
    return "".join([*variables(name), *shared, *rules])


def section(name: str, style_sheet: str, parts: Iterable[str], label: str = "") -> str:
    """The section, which brings its style sheet along; `label` names it for a screen reader."""
    named = f' aria-label="{escape(label)}"' if label else ""
    inside = "\n".join(parts)
    return f'<section class="{name} {Theme.AUTO}"{named}><style>{style_sheet}</style>\n{inside}\n</section>'
