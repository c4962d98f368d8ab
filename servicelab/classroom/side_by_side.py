"""The page of submissions that fit another student's variant: the evidence side by side, and the odds of chance.

It names students, so it is for instructors alone. It passes no verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from servicelab.checks.render.words import number
from servicelab.checks.variant import Value
from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.feedback import LARGEST_SHOWN
from servicelab.classroom.ledger import NAME, Ledger
from servicelab.classroom.pages import environment
from servicelab.classroom.resemblance import Resemblance
from servicelab.classroom.roster import Roster
from servicelab.classroom.submissions import take_in
from servicelab.cluster.home import Home
from servicelab.course import Course, Exercise, owner, parse_notebook
from servicelab.picture.palette import variables


@dataclass(frozen=True)
class Case:
    """A submission, and the student whose values it has. `rows` tell of each value: its name, what the submission has,
    and what was given to either student. `expected` is how many students of the class would have these values by
    chance, beside the one who has. `own` and `theirs` are both students' manifests."""

    student: str
    score: float
    resembles: Resemblance
    rows: tuple[tuple[str, Value | None, Value, Value], ...]
    expected: float
    own: Mapping[str, str]
    theirs: Mapping[str, str]

    @property
    def expected_words(self) -> str:
        """The number without an exponent, in two digits."""
        return f"{Decimal(f'{self.expected:.2g}'):f}"


def cases(terms: ClassFile, exercise: Exercise) -> list[Case]:
    """All that were graded last, by student."""
    with Ledger(terms.root / NAME, exercise.slug) as ledger:
        fitting = {student: held.resembles for student, held in ledger.held().items() if held.resembles}
        results = ledger.results() if fitting else {}
    if not fitting:
        return []
    home, directory = Home.find(), CourseDirectory.find(terms.root)
    others = len({*results, *terms.students(Roster.of(terms.root))}) - 1

    def issued(student: str) -> Mapping[str, Value]:
        return owner(home, student=student, folder=terms.root).variant(exercise, home).values

    def manifests(student: str) -> Mapping[str, str]:
        handed_in = take_in(directory.submitted, student, exercise.slug)
        found = parse_notebook(handed_in.data).manifests
        return {name: found[name][:LARGEST_SHOWN] for name in exercise.manifests if name in found}

    made = []
    for student, resembles in fitting.items():
        own, theirs = issued(student), issued(resembles.student)
        rows = tuple((name, resembles.values.get(name), own[name], theirs[name]) for name in own)
        score, expected = results[student].score, resembles.chance * others
        sides = manifests(student), manifests(resembles.student)
        made.append(Case(student, score, resembles, rows, expected, *sides))
    return made


def page(found: list[Case], course: Course, exercise: Exercise) -> str:
    """The whole page."""
    made = environment()
    made.filters["points"] = number
    return made.get_template("side_by_side.html.j2").render(
        title=exercise.title,
        slug=exercise.slug,
        version=course.version,
        maximum=exercise.points,
        cases=found,
        colours="".join(variables("lab-report")),
    )
