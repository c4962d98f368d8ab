"""`lab grade`: all submissions of an exercise, read as data, into nbgrader's gradebook."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.check import Kind
from servicelab.cli.which_exercise import Slug, known

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from servicelab.classroom.grade import Graded

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
NEEDS_A_PERSON = 3
Gradebook = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="LAB_GRADEBOOK",
        help="The gradebook, as nbgrader takes it for --db; that of nbgrader_config.py unless told.",
    ),
]
LIMITS = {Kind.EMBEDDED: 60.0, Kind.KIND: 900.0}
"""Seconds for a submission unless told; on a real cluster Pods must start."""
MOST_LISTED = 50
"""With more submissions than this, only those with a note get a line."""


@app.command()
def grade(
    slug: Slug,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be given several times.")] = None,
    course: Annotated[Path, typer.Option(help="The directory with submitted/ and the gradebook.")] = Path(),
    cluster: Annotated[Kind | None, typer.Option(help="Where to judge; the remembered choice unless told.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions judged at a time; one for each processor unless told.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again also what did not change.")] = False,
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Let higher scores take the place of published ones; else they are shown only."),
    ] = False,
    lower: Annotated[bool, typer.Option("--lower", help="With --apply: lower ones too.")] = False,
    gradebook: Gradebook = None,
    on: Annotated[
        str | None, typer.Option(metavar="dask://HOST:PORT", help="Judge on the workers of this Dask scheduler.")
    ] = None,
    course_version: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERSION=DIR",
            help="Grade what was made for this version of the course with it; DIR is its source. May be repeated; "
            "class.toml can say it once and for all.",
        ),
    ] = None,
    share: Annotated[
        str | None,
        typer.Option(metavar="INDEX/COUNT", help="Only this part of the class, 0/COUNT being the first."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Seconds for one submission: 60 unless told, 900 on kind.")
    ] = None,
) -> None:
    """Grade submitted notebooks without executing them. Scores go to nbgrader's gradebook, pages to feedback/.

    What did not change since it was graded is not graded again, and a run that was ended, in whatever way, goes on
    where it was: give the same command.

    Examples:

    - `lab grade clusterip` grades what is in submitted/STUDENT/clusterip/

    - `lab grade clusterip --student ada --force` grades ada's again

    - `lab grade clusterip --on dask://scheduler:8786` judges on other machines

    - `lab grade clusterip --gradebook postgresql://host/class` writes into PostgreSQL

    - `lab grade clusterip --share 0/4 --gradebook URL` grades a quarter of the class; another machine takes 1/4

    Ends with 3 when something could not be judged, or a published score would change, and a person must look.
    """
    from rich.console import Console

    from servicelab.checks.render.words import number
    from servicelab.classroom.directory import CourseDirectory
    from servicelab.classroom.grade import Accept, Grading, students_to_grade
    from servicelab.classroom.remote import SCHEME
    from servicelab.classroom.share import Share
    from servicelab.classroom.submissions import find_folders
    from servicelab.cluster import disks
    from servicelab.cluster.home import Home
    from servicelab.course import load_course
    from servicelab.course.judging import chosen_kind

    if lower and not apply:
        raise typer.BadParameter("say --apply too", param_hint="--lower")
    if on and (jobs or cluster is Kind.KIND):
        raise typer.BadParameter(
            "Dask's workers judge on embedded clusters, as many at a time as they are", param_hint="--on"
        )
    if on and not on.startswith(SCHEME):
        raise typer.BadParameter("write dask://HOST:PORT", param_hint="--on")
    try:
        part = Share.parse(share) if share else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--share") from None
    versions = dict(_version(text) for text in course_version or ())
    accept = Accept.ALL if lower else Accept.HIGHER if apply else Accept.NOTHING
    known(load_course(), slug)
    console = Console(highlight=False, soft_wrap=True)
    directory = CourseDirectory.find(course.resolve(), gradebook)
    told = disks.warning(
        directory.root,
        "Grade in a folder on a disk of this machine; a gradebook may also be in PostgreSQL: --gradebook URL",
    )
    if told and not part:  # a share's SQLite is in LAB_HOME
        console.print(told, markup=False)
    for name, problem in find_folders(directory.submitted, slug).refused:
        console.print(f"{name} is not graded: {problem}.", markup=False)
    if part and directory.database.startswith("sqlite"):
        raise typer.BadParameter(
            "shares need a gradebook on a server: --gradebook postgresql://…", param_hint="--share"
        )
    students = students_to_grade(directory, slug, student or [])
    kind = cluster or (Kind.EMBEDDED if on else Kind(chosen_kind(Home.find())))
    at_a_time = 1 if kind is Kind.KIND else jobs or processors()
    graded = unscored = held = 0
    differing: list[Graded] = []
    with Grading(
        directory,
        slug,
        students,
        kind=kind.value,
        force=force,
        accept=accept,
        on=on,
        part=part,
        versions=versions,
    ) as grading:
        changed = len(grading.changed)
        try:
            with progress(console) as shown:
                task = shown.add_task(f"Grading {slug}", total=changed)
                for one in grading.results(at_a_time, timeout or LIMITS[kind]):
                    graded += 1
                    if one.published is not None:
                        differing.append(one)
                    unscored += one.result.unscored
                    held += one.held is not None
                    tell(console, one, changed <= MOST_LISTED)
                    shown.advance(task)
        except KeyboardInterrupt:
            console.print(f"{graded} of {changed} graded. The same command goes on from there.", markup=False)
            raise
    same = len(grading.students) - changed
    before = f"; {same} did not change since they were" if same else ""
    console.print(f"{graded} submissions graded{before}. The pages are in {directory.feedback}.", markup=False)
    if differing:
        console.print("These differ from what was published. Nothing of them was written:")
        for one in sorted(differing, key=lambda one: one.student):
            now = "needs a person" if one.result.unscored else number(one.result.score)
            console.print(f"{one.student:<20} {number(one.published or 0.0)} → {now}", markup=False)
        console.print("--apply takes those that are higher, --apply --lower all of them.")
    if unscored:
        console.print(f"{unscored} could not be judged; they wait in the gradebook for a person.", markup=False)
    if held:
        does = f"lab class override {slug} --student ID --score POINTS --reason WHY"
        console.print(f"Held: {held}. Their scores are provisional until you decide: {does}", markup=False)
    if unscored or held or differing:
        raise typer.Exit(NEEDS_A_PERSON)


def _version(text: str) -> tuple[str, Path]:
    version, equals, folder = text.partition("=")
    if not (version and equals and folder):
        raise typer.BadParameter("write VERSION=DIR", param_hint="--course-version")
    return version, Path(folder)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def progress(console: "Console") -> "Progress":
    """A bar, how many a second, and how long it will still take."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class Throughput(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Throughput(), Remaining())
    return Progress(*columns, console=console, transient=True, speed_estimate_period=10)


def tell(console: "Console", graded: "Graded", is_listed: bool) -> None:
    """A line for a student, and one for each thing that the instructor should know."""
    from servicelab.checks.render.words import number

    result = graded.result
    if not (is_listed or graded.flags or graded.held or result.unscored):
        return
    points = "needs a person" if result.unscored else f"{number(result.score)}/{number(result.maximum)}"
    causes = ", ".join(dict.fromkeys(check.cause for check in result.checks if check.cause))
    console.print(f"{graded.student:<20} {points:>14}  {causes}", markup=False)
    for flag in graded.flags:
        console.print(f"{'':<20} note: {flag}", markup=False)
    if graded.held:
        console.print(f"{'':<20} held: {graded.held.why}", markup=False)
