"""`lab class`: a class from its beginning to its marks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicelab.cli.grade import Gradebook
from servicelab.cli.which_exercise import Slug, known

if TYPE_CHECKING:
    from servicelab.classroom.class_file import ClassFile
    from servicelab.course import Course

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode="markdown", help="Set up, release and mark a class."
)
Directory = Annotated[Path, typer.Option("--course", help="The course directory, with class.toml.")]
Student = Annotated[str, typer.Option(metavar="ID", help="The student, or the group.")]


@app.command()
def new(
    directory: Annotated[Path, typer.Argument(help="A new course directory, or an empty one.")],
    name: Annotated[str, typer.Option(help="What the class is called.")] = "",
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit; may be given several times.")] = None,
    roster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The class list, as `lab class roster` takes it.")
    ] = None,
) -> None:
    """Make a course directory: class.toml with a secret key, and nbgrader's configuration.

    For example: `lab class new autumn --name "Networks" --unit clusterip --unit nodeport --roster canvas.csv`
    """
    from servicelab.classroom.beginning import begin
    from servicelab.course import load_course

    course = load_course()
    known = [one.id for one in course.units]
    for one in unit or ():
        if one not in known:
            raise typer.BadParameter(f"there is no unit {one}; there are: {', '.join(known)}", param_hint="--unit")
    path = begin(directory.resolve(), course, name, unit or known)
    typer.echo(f"Ready: {path}. It holds a secret key: nobody else should read it. Set dates and weights there.")
    if roster:
        take_roster(roster, directory.resolve())


@app.command()
def roster(
    file: Annotated[Path, typer.Argument(help="The platform's download, or a table with a column `id`.")],
    course: Directory = Path(),
) -> None:
    """Take in who is in the class: Canvas's gradebook, Moodle's participants or worksheet, Blackboard's gradebook, or a
    table with the columns id, name, email, group.

    For example: `lab class roster ~/Downloads/grades.csv`
    """
    take_roster(file, course.resolve())


def take_roster(file: Path, root: Path) -> None:
    """Read a roster, and keep it as it is."""
    from servicelab.classroom.roster import NAME, Roster
    from servicelab.cluster.home import write_private

    found = Roster.read(file)
    write_private(root / NAME, file.read_bytes())
    groups = {person.group for person in found.people if person.group}
    shown = f", {len(groups)} groups" if groups else ""
    typer.echo(
        f"{len(found.people)} students{shown}; the table is of the form {found.form.name}. First: {found.people[0].id}"
    )


@app.command()
def preview(student: Student, course: Directory = Path()) -> None:
    """Show what a student has to do: exercises, dates with extensions, and the values that are theirs.

    For example: `lab class preview --student ada`. The text of one: `lab exercise task clusterip --student ada`
    """
    from rich.console import Console
    from rich.table import Table

    from servicelab.checks.render.words import number
    from servicelab.classroom.class_file import said
    from servicelab.cluster.home import Home
    from servicelab.course import owner
    from servicelab.course.variant import normalised

    terms, catalogue = opened(course)
    home, identity = Home.find(), normalised(student)
    whose = owner(home, student=identity, folder=terms.root)
    table = Table("exercise", "title", "points", "weight", "due", "values", box=None, pad_edge=False)
    for one in terms.assignments:
        exercise = catalogue.exercise(one.exercise)
        due = terms.due(one.exercise, identity)
        values = ", ".join(f"{name} {value}" for name, value in whose.variant(exercise, home).values.items())
        row = (number(exercise.points), number(one.weight), said(due) if due else "–", values)
        table.add_row(exercise.slug, exercise.title, *row)
    Console(highlight=False).print(table)


@app.command()
def answer(slug: Slug, student: Student, course: Directory = Path()) -> None:
    """Show a solution with a student's values: the manifests, and the right answers, found on a cluster of its own.

    For example: `lab class answer clusterip --student ada`
    """
    from rich.console import Console

    from servicelab.cluster.base import NotSupported
    from servicelab.cluster.home import Home
    from servicelab.course import judging_cluster, owner
    from servicelab.course.variant import normalised

    terms, catalogue = opened(course)
    exercise = known(catalogue, slug)
    if not (catalogue.root / "solutions" / slug).is_dir():
        raise NotSupported("Solutions come with the course's source, not with the installed package. Get the source.")
    from servicelab.course.solving import solved

    home = Home.find()
    variant = owner(home, student=normalised(student), folder=terms.root).variant(exercise, home)
    with Console(stderr=True).status("Solving it …"), judging_cluster(kind="embedded", seed=1) as cluster:
        solution = solved(catalogue, exercise, variant, cluster)
    for name, text in (*solution.manifests.items(), *solution.answers.items()):
        typer.echo(f"# {name}\n{text.strip()}\n")


@app.command()
def release(
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; handout/ in the course directory unless told.")
    ] = None,
    exam: Annotated[
        bool, typer.Option("--exam", help="As an exam: a new key, no hints, no solutions, no doctor.")
    ] = False,
    course: Directory = Path(),
) -> None:
    """Make what the class is given: `class/` for everybody, and `students/ID.json` with the values of each.

    An exam has a course directory of its own, for its key is another: `lab class new exam`, then there
    `lab class release --exam`. Once it is an exam it keeps its key, so that it can be released again.

    For example: `lab class release --to /tmp/handout`
    """
    from rich.console import Console

    from servicelab.classroom.beginning import become_exam
    from servicelab.classroom.handout import hand_out
    from servicelab.classroom.roster import Roster

    terms, catalogue = opened(course)
    if exam and not terms.exam:
        become_exam(terms)
        terms, _ = opened(course)
    with Console(stderr=True).status("Building the wheel …"):
        made = hand_out(terms, catalogue, Roster.of(terms.root), to or terms.root / "handout")
    typer.echo(f"For everybody: {made.everybody}")
    if made.people:
        typer.echo(f"For each of {len(made.people)} alone: {made.students}/ID.json")
    else:
        typer.echo("There is no roster, so there are no files with values: lab class roster FILE")


@app.command()
def override(
    slug: Slug,
    student: Student,
    score: Annotated[float | None, typer.Option(min=0, help="The points this person gets instead.")] = None,
    reason: Annotated[str, typer.Option(help="Why; the student may read it.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take it back: the checks' score counts again.")] = False,
    course: Directory = Path(),
    gradebook: Gradebook = None,
) -> None:
    """Give a score instead of the checks', with a reason. It stays when the submission is graded again.

    For example: `lab class override clusterip --student ada --score 9 --reason "the question was ambiguous"`
    """
    from servicelab.checks.render.words import number
    from servicelab.classroom import marks
    from servicelab.classroom.decisions import Decisions, Override
    from servicelab.classroom.directory import CourseDirectory
    from servicelab.classroom.ledger import NAME, Ledger
    from servicelab.cluster.base import MachineError
    from servicelab.course.variant import normalised

    terms, catalogue = opened(course)
    most = known(catalogue, slug).points
    if not remove and (score is None or not reason.strip()):
        raise typer.BadParameter("give --score and --reason, or --remove")
    if score is not None and score > most:
        raise typer.BadParameter(f"the exercise has {number(most)} points", param_hint="--score")
    identity = normalised(student)
    wanted = None if remove or score is None else Override(identity, score, reason.strip())
    directory = CourseDirectory.find(terms.root, gradebook)
    with Ledger(terms.root / NAME, slug) as ledger:
        held = identity in ledger.held()
    if not marks.override(directory, slug, identity, wanted, held=held):
        raise MachineError(f"{identity} has no graded submission of {slug}", f"Grade it first: lab grade {slug}")
    with Decisions(terms.root, slug) as decided:
        if wanted:
            decided.override(wanted)
        else:
            decided.forget(identity)
        mark = marks.settle(directory, terms, slug, decided.overrides())[identity]
    told = "needs a person" if mark.value is None else number(mark.value)
    typer.echo(f"{identity}, {slug}: {told}{f', of which {number(mark.lost)} lost for lateness' if mark.lost else ''}")


@app.command()
def export(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The table that is written.")],
    exercise: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this one; may be given several times. All that have a date or submissions unless told."
        ),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="canvas, moodle, blackboard or csv; that of the table unless told.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The platform's own table, to fill in; roster.csv unless told.")
    ] = None,
    allow_incomplete: Annotated[
        bool, typer.Option("--allow-incomplete", help="Leave the cells of what has no score empty.")
    ] = False,
    lower: Annotated[bool, typer.Option("--lower", help="Let published marks become lower.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Only a look: nothing counts as published.")] = False,
    course: Directory = Path(),
    gradebook: Gradebook = None,
) -> None:
    """Write the marks into the platform's own table, which it takes back as it is: points, less what lateness costs.

    What goes out counts as published. A mark that differs from what was published before is shown, and a lower one is
    an error unless it is asked for.

    Examples:

    - `lab class export marks.csv`

    - `lab class export marks.csv --exercise clusterip --roster worksheet.csv` fills Moodle's worksheet
    """
    from servicelab.classroom.export import fill, form_named, forms
    from servicelab.classroom.publishing import NotAllowed, gathered, publish
    from servicelab.classroom.roster import NAME, Roster
    from servicelab.cluster.base import MachineError
    from servicelab.cluster.home import whole

    terms, catalogue = opened(course)
    exercises = [known(catalogue, slug) for slug in exercise or [one.exercise for one in terms.assignments]]
    if form is not None and form not in forms():
        raise typer.BadParameter(f"choose {', '.join(forms())}", param_hint="--format")
    own = Roster.of(terms.root)
    tables = Roster.read(roster) if roster else own
    if tables is None:
        raise MachineError(f"there is no {NAME}", "Take one in: lab class roster FILE, or name one: --roster FILE")
    shaped = form_named(form, tables) if form else tables
    to_mark = gathered(terms, exercises, gradebook)
    if not exercise:
        to_mark = [one for one in to_mark if one.marks or one.handed_in or terms.assigned(one.exercise.slug).due]
    if not to_mark:
        raise MachineError("nothing was handed in yet", "Collect and grade first: lab collect, lab grade")
    sheet = fill(terms, own or tables, shaped, to_mark)
    for change in sheet.changes:
        typer.echo(f"published before: {change.student}, {change.exercise}: {change.before:.2f} → {change.now:.2f}")
    try:
        publish(terms, sheet, to_mark, allow_incomplete=allow_incomplete, lower=lower, draft=draft)
    except NotAllowed as problem:
        raise MachineError(*problem.args) from None
    with whole(to) as unfinished:
        unfinished.write_bytes(sheet.table.data())
    for student in sheet.strangers:
        typer.echo(f"{student} was graded and is not in the roster.")
    if sheet.absent:
        typer.echo(f"{len(sheet.absent)} times nothing was handed in in time, which gives 0.")
    typer.echo(f"Ready: {to}{', a draft' if draft else ''}.")


def opened(directory: Path) -> "tuple[ClassFile, Course]":
    """The class in a directory, and the course."""
    from servicelab.classroom.class_file import ClassFile
    from servicelab.course import load_course

    course = load_course()
    return ClassFile.find(directory.resolve(), course), course
