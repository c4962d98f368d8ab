"""`lab progress`: what is recorded of the learner's work, for them alone."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
Slug = Annotated[str | None, typer.Argument(metavar="EXERCISE", help="Only this exercise; all unless told.")]


@app.callback(invoke_without_command=True)
def progress(context: typer.Context) -> None:
    """Show, export, import or forget what is recorded of your work: attempts, the first pass, predictions, hints.

    It is kept on this machine, and nobody else sees it unless you hand it in; docs/privacy.md tells more.

    Examples:

    - `lab progress`

    - `lab progress export mine.json`, and on another machine `lab progress import mine.json`

    - `lab progress forget clusterip`
    """
    if context.invoked_subcommand:
        return
    from datetime import datetime

    from rich.console import Console
    from rich.table import Table

    from servicelab.checks.render.words import number
    from servicelab.cli.start import tell_network_disk
    from servicelab.cluster.home import Home
    from servicelab.course import Progress, load_course

    kept, course = Progress(Home.find()), load_course()
    table = Table("exercise", "attempts", "best", "first pass", "hints", "solutions shown", box=None, pad_edge=False)
    for exercise in course.exercises:
        standing = kept.standing(exercise.slug)
        hints, shown = kept.hints_used(exercise.slug), kept.solutions_shown(exercise.slug)
        if standing.attempts or hints or shown:
            passed = standing.first_passed
            when = f"{datetime.fromisoformat(passed).astimezone():%Y-%m-%d %H:%M}" if passed else "not yet"
            best = f"{number(standing.best_score)}/{number(exercise.points)}" if standing.attempts else "–"
            table.add_row(exercise.slug, str(standing.attempts), best, when, str(hints), str(shown))
    console = Console(highlight=False, soft_wrap=True)
    if table.row_count:
        console.print(table)
        begun = f"{table.row_count} of {len(course.exercises)} exercises begun"
        console.print(f"\n{begun}. Kept in {kept.path}.", markup=False)
    else:
        console.print("Nothing is recorded yet. A check, a hint or a prediction is: lab check EXERCISE", markup=False)
    tell_network_disk(console, Home.find())


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The JSON file that is written.")],
    exercise: Annotated[str | None, typer.Option(help="Only this exercise; all unless told.")] = None,
) -> None:
    """Write the record into a file that you can read, keep, or take to another machine.

    For example: `lab progress export mine.json`
    """
    from servicelab.cluster.home import Home, write_private
    from servicelab.course import Progress
    from servicelab.course.progress_record import ATTEMPTS, written

    record = Progress(Home.find()).record_of(exercise)
    write_private(file.absolute(), written(record))
    typer.echo(f"Ready: {file}, {len(record[ATTEMPTS])} attempts. It tells what you did and when, and not who you are.")


@app.command("import")
def take_in(file: Annotated[Path, typer.Argument(help="What `lab progress export` wrote.")]) -> None:
    """Take in a record from another machine, beside what is here. Taken in again, it changes nothing.

    For example: `lab progress import mine.json`
    """
    from servicelab.cluster.base import MachineError
    from servicelab.cluster.home import Home
    from servicelab.course import Progress
    from servicelab.course.progress_record import LARGEST_RECORD, read_record
    from servicelab.course.submission import read_at_most

    try:
        record = read_record(read_at_most(file.open("rb"), LARGEST_RECORD))
    except OSError as error:
        raise MachineError(f"{file} cannot be read: {error.strerror}", "Name the file you exported.") from None
    except ValueError as problem:
        raise MachineError(f"{file}: {problem}", "Take the file that `lab progress export` wrote.") from None
    new = Progress(Home.find()).merge(record)
    typer.echo(f"{new} events are new." if new else "Nothing is new.")


@app.command()
def forget(
    exercise: Slug = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the record, or that of one exercise, for good. Your notebooks stay. Where you had a solution shown, which
    gave you fresh values, you have your first ones again.

    For example: `lab progress forget clusterip`
    """
    from servicelab.cli.which_exercise import known
    from servicelab.cluster.home import Home
    from servicelab.course import Progress, load_course
    from servicelab.course.progress_record import ATTEMPTS

    kept = Progress(Home.find())
    record = kept.record_of(exercise)
    if exercise and not any(record.values()):
        # a record may be older than the course, so only now must the course know the exercise
        typer.echo(f"Nothing is recorded of {known(load_course(), exercise).slug}.")
        return
    attempts = len(record[ATTEMPTS])
    what = f"the record of {exercise}" if exercise else "the whole record"
    if not yes:
        typer.confirm(f"Delete {what}, {attempts} attempts, for good?", abort=True)
    kept.forget(exercise)
    typer.echo(f"Deleted: {what}.")
