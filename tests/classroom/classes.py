"""Classes of students for the tests, and what stands in their gradebook."""

from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from servicelab.classroom.assignment import Assignment, Judged
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.submissions import take_in
from servicelab.course import load_course, read_notebook
from servicelab.course.variant import reference
from tests.classroom.doors import Doors

COURSE = load_course()
SLUG = "clusterip"
RELEASE = COURSE.root / "exercises" / SLUG / f"{SLUG}.ipynb"
SOLUTION = read_notebook(COURSE.root / "solutions" / SLUG / f"{SLUG}.ipynb").manifests["web.yaml"]
WRONG = SOLUTION.replace("app: web", "app: wbe")
_GRADES = "assignment feedback grade gradebook ledger marks resemblance review submissions versions worker workers"
GRADES = [f"servicelab/classroom/{name}.py" for name in _GRADES.split()]
"""What long runs of grading are about."""
ASSIGNMENT = Assignment(COURSE.root, SLUG, RELEASE.read_bytes())


def judge(directory: CourseDirectory, student: str) -> Judged:
    """Judge one submission in this process, with the reference's variant."""
    handed_in = take_in(directory.submitted, student, SLUG)
    return ASSIGNMENT.judge(ASSIGNMENT.task(handed_in, reference(COURSE.exercise(SLUG)), ""))


def small_class(root: Path, more: int = 0) -> Doors:
    """Submissions of each sort: right, wrong, untouched, damaged, not there; and so many more, wrong and right."""
    doors = Doors.make(root)
    for student, manifest in {"ada": SOLUTION, "bob": None, "eve": WRONG, "zoe": SOLUTION}.items():
        doors.submit(student, manifest)
    doors.submit("cleo", SOLUTION).write_text("{")
    doors.submit("dan", SOLUTION).unlink()
    for number in range(more):
        doors.submit(f"s{number:02}", SOLUTION if number % 2 else WRONG)
    return doors


SCORES = {"ada": 10.0, "bob": 0.0, "cleo": 0.0, "dan": 0.0, "eve": 2.0, "zoe": 10.0}
STANDING = """
SELECT student_id, base_cell.name, auto_score, manual_score, needs_manual_grade, auto_comment, flagged
FROM submitted_assignment
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN base_cell ON base_cell.notebook_id = submitted_notebook.notebook_id
LEFT JOIN grade ON grade.notebook_id = submitted_notebook.id AND grade.cell_id = base_cell.id
LEFT JOIN comment ON comment.notebook_id = submitted_notebook.id AND comment.cell_id = base_cell.id
ORDER BY student_id, base_cell.name
"""


def standing(root: Path) -> list[tuple]:
    """All that a gradebook says of all students, without the ids that are made by chance."""
    return standing_at(f"sqlite:///{root / 'gradebook.db'}")


def standing_at(url: str) -> list[tuple]:
    """The same of the gradebook at a URL."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(STANDING))]


def pages(directory: CourseDirectory) -> dict[str, str]:
    """The pages of all students."""
    return {path.parts[-3]: path.read_text() for path in directory.feedback.glob(f"*/{SLUG}/{SLUG}.html")}
