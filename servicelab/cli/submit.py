"""`lab submit`: an archive to hand in, with a receipt, and what will be graded."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.which_exercise import Slug, known

if TYPE_CHECKING:
    from servicelab.course import Exercise, Submission

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def submit(
    slug: Slug,
    notebook: Annotated[Path | None, typer.Argument(help="The notebook; your copy unless told.")] = None,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the archive is put.")] = Path(),
    with_progress: Annotated[
        bool,
        typer.Option("--with-progress", help="With your record of this exercise: attempts, predictions, hints, when."),
    ] = False,
) -> None:
    """Make the archive that you hand in, and a receipt. Shows what of your notebook will be graded, and whether it is
    late. Nothing is sent: upload the archive where your instructor says.

    Your record of progress is yours: it is in the archive only with `--with-progress`, and then this exercise's alone.

    For example: `lab submit clusterip`
    """
    from servicelab.checks.words import number_words
    from servicelab.classroom.class_file import said
    from servicelab.classroom.handing_in import RECEIPT, archive, receipt
    from servicelab.cli.check import own_copy
    from servicelab.cluster import settings
    from servicelab.cluster.base import MachineError
    from servicelab.cluster.home import Home, whole
    from servicelab.course import Progress, load_course, parse_notebook
    from servicelab.course.progress_record import ATTEMPTS
    from servicelab.course.submission import LARGEST_NOTEBOOK, read_at_most

    course = load_course()
    exercise = known(course, slug)
    path = notebook or own_copy(slug)
    if not path.is_file():
        raise MachineError(f"there is no {path}", f"Fetch the exercise: lab exercise fetch {slug}")
    try:
        data = read_at_most(path.open("rb"), LARGEST_NOTEBOOK, path.name)
    except ValueError as error:
        raise MachineError(str(error), "Clear its outputs, save it, and try again.") from None
    submission = parse_notebook(data, path.name)
    if not submission.notebook_ok:
        raise MachineError(submission.problems[0], "Open it in JupyterLab, save it there, and try again.")
    home = Home.find()
    student = settings.load(home).student
    record = Progress(home).record_of(slug) if with_progress else None
    told = receipt(slug, student or "", data, course.version)
    stem = f"{slug}-{student}" if student else slug
    for name, content in ((f"{stem}.zip", archive(data, told, record)), (f"{stem}.{RECEIPT}", told.text().encode())):
        with whole(to / name) as unfinished:
            unfinished.write_bytes(content)
    typer.echo("\n".join([f"What will be graded in {path.name}:", *what_is_graded(exercise, submission)]))
    for problem in submission.problems:
        typer.echo(f"Not read: {problem}")
    if exercise.due:
        now, due = datetime.now(UTC), exercise.due
        typer.echo(f"Due {said(due)}: {'this is late' if now > due else 'this is in time'}.")
    if not student:
        typer.echo("You have not said who you are, so the archive does not say either: lab whoami --set ID")
    if record:
        count = number_words(len(record[ATTEMPTS]), "attempt")
        typer.echo(
            f"Your record of {slug} goes with it: {count}. To read it: lab progress export FILE --exercise {slug}"
        )
    typer.echo(f"SHA-256 of the notebook: {told.sha256}")
    typer.echo(f"Ready: {to / f'{stem}.zip'}; the receipt beside it is yours to keep. Upload the archive.")


def what_is_graded(exercise: "Exercise", submission: "Submission") -> list[str]:
    """A line for each cell that the checks read."""
    lines = []
    for name in exercise.manifests:
        text = submission.manifests.get(name)
        lines.append(f"  %%manifest {name}: {_amount(text)}")
    for name in exercise.answers:
        lines.append(f"  %%answer {name}: {_amount(submission.answers.get(name))}")
    return lines


def _amount(text: str | None) -> str:
    if text is None:
        return "there is no such cell"
    from servicelab.checks.words import number_words

    written = sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text.splitlines())
    return number_words(written, "line") if written else "nothing is written there"
