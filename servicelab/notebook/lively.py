"""Widgets beside what remains of them: HTML that is there when the notebook is saved, converted or has no kernel."""

import uuid
from html import escape
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

WIDGET = "application/vnd.jupyter.widget-view+json"
RULES = """<style>
body:has(.servicelab-live-ID) .servicelab-rest-ID { display: none }
.jp-OutputArea:has(.servicelab-rest-ID) .jp-OutputArea-output.jupyter-widgets:not(:has(*)) { display: none }
.servicelab-live-ID .widget-html-content { min-width: 0 }
</style>"""
"""What remains is shown where the widget is not; and JupyterLab's word that a widget has no kernel any more is not.
A widget is no wider than its window: what does not fit is scrolled by itself."""


def preformatted(text: str, hanging: int = 0) -> str:
    """Text in which lines and columns matter, as HTML that wraps where there is no room; what is wrapped begins so many
    columns to the right."""
    begins = f"display:block;padding-left:{hanging}ch;text-indent:-{hanging}ch"
    lines = "".join(f"<span style='{begins}'>{escape(line) or ' '}</span>" for line in text.split("\n"))
    return f"<pre style='white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere'>{lines}</pre>"


def in_notebook() -> bool:
    """Whether outputs of this process can be changed later: not in a terminal."""
    return getattr(get_ipython(), "kernel", None) is not None


def show(widget: Any, html: str, text: str) -> None:
    """Display a widget, and `html` (`text` where there is no HTML) wherever the widget is not to be seen.

    In a terminal that is the text alone.
    """
    mark = uuid.uuid4().hex[:8]
    rest = f'<div class="servicelab-rest-{mark}">{html}</div>{RULES.replace("ID", mark)}'
    display({"text/html": rest, "text/plain": text}, raw=True)  # type: ignore[no-untyped-call]
    if in_notebook():
        widget.add_class(f"servicelab-live-{mark}")
        view = {"model_id": widget.model_id, "version_major": 2, "version_minor": 0}
        display({WIDGET: view, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
