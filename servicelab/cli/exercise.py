"""`lab exercise`: the list of exercises, and the learner's copies of them."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.which_exercise import Slug, known

if TYPE_CHECKING:
    from servicelab.cli.workspace import Workspace
    from servicelab.course.help import Help

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List exercises; fetch or reset your copy of one.")
Student = Annotated[str | None, typer.Option(metavar="ID", help="With this student's values instead of yours.")]


@app.command("list")
def list_exercises() -> None:
    """List the exercises and where you stand."""
    from rich.console import Console
    from rich.table import Table

    from servicelab.checks.render.words import number
    from servicelab.cluster.home import Home
    from servicelab.course import Progress, load_course

    progress = Progress(Home.find())
    table = Table("exercise", "title", "points", "tried", "best", "passed", box=None, pad_edge=False)
    for exercise in load_course().exercises:
        standing = progress.standing(exercise.slug)
        passed = (standing.first_passed or "").partition("T")[0] or "not yet"
        best = number(standing.best_score) if standing.attempts else "–"
        title = exercise.title if exercise.core else f"{exercise.title} (further practice)"
        row = (title, number(exercise.points), str(standing.attempts), best, passed)
        table.add_row(exercise.slug, *row)
    Console(highlight=False).print(table)


@app.command()
def task(slug: Slug, student: Student = None) -> None:
    """Show what an exercise asks for, with your values, its questions, and how to do it in a terminal alone."""
    from servicelab.checks.render import question
    from servicelab.checks.words import listed
    from servicelab.course.help import items_of
    from servicelab.course.help import task as asked

    helper = helper_for(slug, student)
    variant = helper.owner.variant(helper.exercise, helper.home)
    print_markdown(asked(helper.course, helper.exercise, variant))
    for item in items_of(helper.course, helper.exercise).values():
        print_markdown(question(item, variant))
    exercise = helper.exercise
    files = listed([*exercise.manifests, *(f"{name}.yaml" for name in exercise.answers)])
    print_markdown(
        f"**In a terminal alone.** `lab exercise prepare {slug}` puts what is given on your cluster. Write {files} in "
        "a folder of your own, an answer as `NAME: choice` on a line of its own; `kubectl apply` sends a manifest. "
        f"`lab check {slug} FOLDER` checks all of it."
    )


@app.command()
def prepare(slug: Slug) -> None:
    """Put what an exercise gives on your cluster, with your values. Your cluster must run: `lab cluster start`."""
    from servicelab.course.judging import own_cluster
    from servicelab.notebook.preparing import prepare as put_on

    helper = helper_for(slug)
    with closing(own_cluster()) as cluster:
        typer.echo(put_on(cluster, slug, helper.owner.variant(helper.exercise, helper.home)))


@app.command()
def explain(slug: Slug) -> None:
    """Show what an exercise was to teach; open once you have passed it, and after its due date."""
    from servicelab.cluster.base import MachineError
    from servicelab.course.help import NotOpen

    try:
        print_markdown(helper_for(slug).explanation())
    except NotOpen as closed:
        raise MachineError(str(closed)) from None


@app.command()
def fetch(slug: Slug) -> None:
    """Get a copy of an exercise to work on. A copy you have is kept."""
    workspace, offered = _find(slug)
    copy = workspace.root / slug / f"{slug}.ipynb"
    if copy.exists():
        typer.echo(f"You have it already: {copy}")
        return
    _put(offered, copy)
    typer.echo(f"Ready: {copy}")


@app.command()
def reset(slug: Slug) -> None:
    """Begin an exercise again with a fresh copy. What you wrote is kept beside it."""
    workspace, offered = _find(slug)
    copy = workspace.root / slug / f"{slug}.ipynb"
    if copy.exists():
        typer.echo(f"What you wrote is kept: {_keep(copy)}")
    _put(offered, copy)
    typer.echo(f"Fresh: {copy}")


def helper_for(slug: str, student: str | None = None) -> "Help":
    """Help for the learner, or for a student, with an exercise; a usage error when there is no such one."""
    from servicelab.course import NoSuchExercise
    from servicelab.course.help import help_with

    try:
        return help_with(slug, student)
    except NoSuchExercise as error:
        raise typer.BadParameter(str(error)) from None


def print_markdown(markdown: str) -> None:
    """Markdown in a terminal."""
    from rich.console import Console
    from rich.markdown import Markdown

    Console(highlight=False).print(Markdown(markdown))


def _find(slug: str) -> "tuple[Workspace, Path]":
    """The learner's folder, and the exercise as the course has it."""
    from servicelab.cli.workspace import Workspace
    from servicelab.cluster.base import MachineError
    from servicelab.cluster.home import Home
    from servicelab.course import load_course

    course = load_course()
    known(course, slug)
    offered = course.root / "exercises" / slug / f"{slug}.ipynb"
    if not offered.is_file():
        raise MachineError(f"the released notebook of {slug} is not there: {offered}", "Install the course again.")
    return Workspace.find(Home.find(), course.root), offered


def _put(offered: Path, copy: Path) -> None:
    from servicelab.cli.workspace import put

    put(offered, copy)


def _keep(copy: Path) -> Path:
    """Move the learner's file aside under a name that is free."""
    now = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    for number in range(1000):
        kept = copy.with_name(f"{copy.stem}.{now}{f'-{number}' if number else ''}.backup.ipynb")
        if not kept.exists():
            return copy.rename(kept)
    raise FileExistsError(f"there are too many backups beside {copy}")
