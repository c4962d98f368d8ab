"""`lab report`: what a class did with an exercise, as a page and as data."""

import json
from pathlib import Path
from typing import Annotated

import typer

from servicelab.cli.classes import Directory, opened
from servicelab.cli.which_exercise import Slug, known

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def report(
    slug: Slug,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; report/ in the course directory unless told.")
    ] = None,
    course: Directory = Path(),
) -> None:
    """Show what the class did and what it misunderstood: scores, checks, causes with examples, difficulty and
    discrimination. One HTML page that needs nothing else, and the same as JSON. No student is named there.

    Submissions that fit another student's values throughout are put side by side on a page that does name them.

    For example: `lab report clusterip`, after `lab grade clusterip`
    """
    from rich.console import Console

    from servicelab.classroom import side_by_side
    from servicelab.classroom.report import as_data, page, told
    from servicelab.cluster.home import whole, write_private

    terms, catalogue = opened(course)
    exercise = known(catalogue, slug)
    with Console(stderr=True).status("Counting …"):
        statistics = told(terms, catalogue, exercise)
        data = json.dumps(as_data(statistics, catalogue, exercise), indent=1, ensure_ascii=False) + "\n"
        texts = {"html": page(statistics, catalogue, exercise), "json": data}
        resembling = side_by_side.cases(terms, exercise)
    folder = to or terms.root / "report"
    for kind, text in texts.items():
        with whole(folder / f"{slug}.{kind}") as unfinished:
            unfinished.write_text(text, "utf-8", "replace")
    evidence = folder / f"{slug}-side-by-side.html"
    if resembling:
        write_private(evidence, side_by_side.page(resembling, catalogue, exercise).encode("utf-8", "replace"))
        typer.echo(f"Fit another student's values throughout: {len(resembling)}. For you alone: {evidence}")
    else:
        evidence.unlink(missing_ok=True)
    for cause in statistics.causes[:3]:
        typer.echo(f"{cause.students} of {statistics.students}: {cause.name}")
    typer.echo(f"Ready: {folder / f'{slug}.html'}, and {slug}.json beside it.")
