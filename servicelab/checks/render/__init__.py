"""What a result looks like: for a terminal, a notebook, other programs, and nbgrader. Pure functions of the record."""

from servicelab.checks.render.html import html, html_so_far
from servicelab.checks.render.json import to_json
from servicelab.checks.render.question import question
from servicelab.checks.render.score import score
from servicelab.checks.render.terminal import terminal

__all__ = ["html", "html_so_far", "question", "score", "terminal", "to_json"]
