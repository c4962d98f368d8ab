"""`lab grade`: all submissions of an exercise, read as data, into nbgrader's gradebook."""

from pathlib import Path
from typing import Annotated

import typer

from servicelab.cli.check import Kind

app = typer.Typer(add_completion=False)
NEEDS_A_PERSON = 3


@app.command()
def grade(
    slug: Annotated[str, typer.Argument(metavar="EXERCISE", help="The exercise, for example clusterip.")],
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be given several times.")] = None,
    course: Annotated[Path, typer.Option(help="The directory with submitted/ and the gradebook.")] = Path(),
    cluster: Annotated[Kind | None, typer.Option(help="Where to judge; the remembered choice unless told.")] = None,
) -> None:
    """Grade submitted notebooks without executing them. Scores go to nbgrader's gradebook, pages to feedback/.

    Ends with 3 when something could not be judged and a person must look.
    """
    from rich.console import Console
    from rich.progress import Progress

    from servicelab.checks.render.words import number
    from servicelab.classroom.directory import CourseDirectory
    from servicelab.classroom.grade import grade as grade_all
    from servicelab.classroom.grade import students_to_grade
    from servicelab.course import NoSuchExercise, judging_cluster, load_course

    try:
        load_course().exercise(slug)
    except NoSuchExercise as error:
        raise typer.BadParameter(str(error)) from None
    console = Console(highlight=False, soft_wrap=True)
    directory = CourseDirectory.find(course.resolve())
    students = students_to_grade(directory, slug, student or [])
    kind = cluster.value if cluster else None
    unscored = 0
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(f"Grading {slug}", total=len(students))
        for graded in grade_all(directory, slug, students, open_cluster=lambda: judging_cluster(kind=kind)):
            result = graded.result
            unscored += result.unscored
            points = "needs a person" if result.unscored else f"{number(result.score)}/{number(result.maximum)}"
            causes = ", ".join(dict.fromkeys(check.cause for check in result.checks if check.cause))
            console.print(f"{graded.student:<20} {points:>14}  {causes}", markup=False)
            for flag in graded.flags:
                console.print(f"{'':<20} note: {flag}", markup=False)
            progress.advance(task)
    console.print(f"{len(students)} submissions graded; the pages are in {directory.feedback}.", markup=False)
    if unscored:
        console.print(f"{unscored} could not be judged; they wait in the gradebook for a person.", markup=False)
        raise typer.Exit(NEEDS_A_PERSON)
