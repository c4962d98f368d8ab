"""The page a student gets back: what was checked, and the manifests it was checked on."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from servicelab.checks import ExerciseResult
from servicelab.checks.render import html

LARGEST_SHOWN = 20_000


def page(title: str, result: ExerciseResult, manifests: Mapping[str, str]) -> str:
    """A whole HTML page, without script or anything loaded from elsewhere."""
    written = "\n".join(
        f"<h2><code>{escape(name)}</code></h2>\n<pre>{escape(text[:LARGEST_SHOWN])}</pre>"
        for name, text in manifests.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
        "pre{background:#f4f4f4;padding:.8em;overflow:auto}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{html(result, heading_level=2)}\n{written}\n</body>\n</html>\n"
    )


def path(directory: Path, student: str, slug: str) -> Path:
    """Where nbgrader's release_feedback looks for a student's page."""
    return directory / student / slug / f"{slug}.html"


def write(directory: Path, student: str, slug: str, page: str) -> None:
    """Write a student's page; nobody ever sees half of it."""
    target = path(directory, student, slug)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".part")
    half.write_text(page, "utf-8", "replace")  # what is half a character in a notebook has no place in a file
    half.replace(target)
