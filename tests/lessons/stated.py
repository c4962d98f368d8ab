"""What a lesson's text states, and whether its cells show it: code, fields, outputs and numbers."""

import re
from collections.abc import Iterator

import nbformat

LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
MINUTES = re.compile(r"\b\d+ minutes\b")
STATED = re.compile(r"```.*?```|`([^`\n]+)`|(?<![\w.`])\d[\d.,:/-]*\d", re.DOTALL)
"""What is set as code, and numbers of two digits or more."""
STANDS_FOR = re.compile(r"…|: |\b(?:NAME|NODE|POD|PORT|SERVICE|NAMESPACE|FROM|TARGET)\b(?!\()|[{}]")
"""What stands for something else, or is written otherwise in a manifest of several lines."""


def stated(text: str) -> Iterator[str]:
    """What a text sets as code, and its numbers; not those of links and of the time that a lesson takes."""
    for at in STATED.finditer(MINUTES.sub("", LINK.sub("", text))):
        yield at[1] or at[0]


def is_shown(what: str, shown: str) -> bool:
    """Whether it stands in what the cells hold and print; each part of it, where something in it stands for more."""
    return what in shown or all(part.strip() in shown for part in STANDS_FOR.split(what))


def not_shown(notebook: nbformat.NotebookNode, shown: str) -> set[str]:
    """What the text of a lesson states and none of its cells shows."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return {what for text in texts for what in stated(text) if not is_shown(what, shown)}
