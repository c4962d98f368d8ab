"""`lab collect`: submissions from a folder, an archive or a learning platform's download into submitted/."""

from pathlib import Path
from typing import Annotated

import typer

from servicelab.classroom.layout import Layout
from servicelab.cli.classes import Directory, opened
from servicelab.cli.which_exercise import Slug, known

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
NOT_ALL = 3


@app.command()
def collect(
    slug: Slug,
    source: Annotated[Path, typer.Argument(help="A folder, or the .zip that you downloaded.")],
    course: Directory = Path(),
    layout: Annotated[Layout | None, typer.Option(help="How the files are called; found out unless told.")] = None,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who is who; Moodle's grading worksheet, for example. Beside roster.csv."),
    ] = None,
    naming: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A table with the columns file, id and perhaps submitted.")
    ] = None,
) -> None:
    """Put submissions where `lab grade` and nbgrader look. Whose they are say the files' names and the roster.

    A file is a notebook, or an archive that `lab submit` made. Nothing of it is executed, and no name in it is used. A
    submission that is newer than the one before takes its place; what does not count is kept in attempts/.

    Examples:

    - `lab collect clusterip ~/Downloads/submissions.zip`

    - `lab collect clusterip moodle.zip --roster worksheet.csv`

    - `lab collect clusterip handed-in/ --naming files.csv`

    Ends with 3 when something was not taken.
    """
    from servicelab.classroom.collect import collect as take
    from servicelab.classroom.directory import CourseDirectory
    from servicelab.classroom.roster import Roster
    from servicelab.classroom.submissions import first_of

    terms, catalogue = opened(course)
    known(catalogue, slug)
    people = Roster.of(terms.root)
    if roster:
        told = Roster.read(roster)
        people = people.joined(told) if people else told
    done = take(CourseDirectory.find(terms.root), terms, slug, source, people, layout=layout, naming=naming)
    counts = {
        "new": len(done.new),
        "newer than before": len(done.newer),
        "as before": len(done.same),
        "kept in attempts/, for they do not count": len(done.beside),
    }
    typer.echo(
        f"{slug}: " + (", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing taken") + "."
    )
    for student, note in done.notes:
        typer.echo(f"{student:<20} note: {note}")
    if done.missing:
        typer.echo(f"{len(done.missing)} of the roster have handed in nothing: {first_of(done.missing)}")
    for name, problem in done.refused:
        typer.echo(f"not taken: {name}: {problem}")
    if done.refused:
        raise typer.Exit(NOT_ALL)
