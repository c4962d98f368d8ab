"""`lab check`: the checks of an exercise, on the learner's notebook, in the terminal."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.output import Output
from servicelab.cli.which_exercise import Slug, known

if TYPE_CHECKING:
    from servicelab.course import Exercise, Submission

app = typer.Typer(add_completion=False)
FAILED, NOT_JUDGED = 1, 3


class Kind(StrEnum):
    """What `--cluster` takes."""

    EMBEDDED = "embedded"
    KIND = "kind"


@app.command()
def check(
    slug: Slug,
    notebook: Annotated[
        Path | None, typer.Argument(help="A notebook, a manifest, or a folder of files; your copy unless told.")
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print the result.")] = Output.TEXT,
    cluster: Annotated[Kind | None, typer.Option(help="Where to check; the remembered choice unless told.")] = None,
    student: Annotated[
        str | None, typer.Option(metavar="ID", help="Check as this student's; else as that of its folder, or yours.")
    ] = None,
) -> None:
    """Check your solution of an exercise. Nothing of the notebook is executed: manifests and answers are read as data.

    Each learner has values of their own. In a class they follow from who you are (`lab whoami`); a notebook in
    submitted/STUDENT/EXERCISE/ is checked with that student's.

    In a folder are manifests and answers as files, for a terminal and an editor alone; `lab exercise task` names them.

    Ends with 0 when all checks pass, 1 when one fails, 3 when they could not be judged.
    """
    from rich.console import Console

    from servicelab.checks import render
    from servicelab.cluster.base import MachineError
    from servicelab.cluster.home import Home
    from servicelab.course import judging_cluster, load_course, owner, run
    from servicelab.course.history import remember

    home = Home.find()
    course = load_course()
    exercise = known(course, slug)
    path = notebook or own_copy(slug)
    if not path.exists():
        raise MachineError(f"there is no {path}", f"Fetch the exercise: lab exercise fetch {slug}")
    submission = read(path, exercise)
    for problem in submission.problems:
        print(problem, file=sys.stderr)
    folder = path if path.is_dir() else path.parent
    variant = owner(home, student=student, folder=folder).variant(exercise, home)
    with judging_cluster(home, kind=cluster.value if cluster else None) as judge:
        result = remember(run(slug, submission, judge, course=course, variant=variant), home)
    if output is Output.JSON:
        import json

        print(json.dumps(render.to_json(result), indent=2))
    else:
        Console(highlight=False).print(render.terminal(result))
    if not result.passed:
        raise typer.Exit(NOT_JUDGED if result.unscored else FAILED)


def own_copy(slug: str) -> Path:
    """The learner's copy of an exercise."""
    from servicelab.cli.workspace import Workspace
    from servicelab.cluster.home import Home
    from servicelab.course.files import course_root

    return Workspace.find(Home.find(), course_root()).root / slug / f"{slug}.ipynb"


def read(path: Path, exercise: "Exercise") -> "Submission":
    """A notebook's manifests and answers, those of a folder, or a YAML file as the exercise's manifest."""
    from servicelab.cluster.base import MachineError
    from servicelab.course import Submission, read_notebook
    from servicelab.course.submission import read_files

    if path.is_dir():
        found = read_files(path, exercise.manifests, exercise.answers)
        if not (found.manifests or found.answers or found.problems):
            raise MachineError(f"none of the exercise's files is in {path}", f"lab exercise task {exercise.slug}")
        return found
    if path.suffix in (".yaml", ".yml"):
        return Submission({exercise.manifests[0]: path.read_bytes().decode("utf-8", "replace")})
    return read_notebook(path)
