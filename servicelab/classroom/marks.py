"""Marks: what the gradebook says, with the class's terms, written there so that formgrader shows the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.collect import submitted_at
from servicelab.classroom.decisions import Override
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.gradebook import opened, unusable

AT_A_TIME = 500
"""Submissions read at a time: a class may be large."""
OVERRIDDEN = "A person gave this score: "
"""How the comment begins that tells the reason of an override."""


@dataclass(frozen=True)
class Mark:
    """What a student gets for an exercise. `score` is None when nobody could judge it yet; `lost` are points.

    `checked` is the score of the checks alone, which a person's may replace. A score that is `held` is provisional: it
    is no mark until a person gives it, or another.
    """

    student: str
    score: float | None
    checked: float | None = None
    lost: float = 0.0
    submitted: datetime | None = None
    held: bool = False

    @property
    def value(self) -> float | None:
        """The mark, to two decimals as it goes out; None while it needs a person."""
        return None if self.score is None or self.held else round(max(0.0, self.score - self.lost), 2)


def settle(
    directory: CourseDirectory, terms: ClassFile, slug: str, overrides: Mapping[str, Override]
) -> dict[str, Mark]:
    """Write into the gradebook when submissions came, how much they lose for being late, and overrides that it lacks;
    give the marks of all that were graded, by student. What a person entered in formgrader stays, and counts.

    Writes only what differs. MachineError when the gradebook cannot be used.
    """
    from sqlalchemy.exc import SQLAlchemyError

    marks = {}
    with opened(directory.database, directory.course_id) as book:
        try:
            for submission, notebook, grade in _rows(book, slug):
                student = submission.student_id
                if (override := overrides.get(student)) and grade.manual_score is None:
                    _override(book, grade, override)
                marks[student] = mark = _mark(directory, terms, slug, student, grade)
                due, own = terms.assigned(slug).due, terms.due(slug, student)
                _put(submission.assignment, duedate=_naive(due))
                _put(submission, timestamp=_naive(mark.submitted), extension=own - due if own and due else None)
                _put(notebook, late_submission_penalty=mark.lost or None)
            book.db.commit()
        except SQLAlchemyError as error:
            raise unusable(error) from None
    return marks


def override(
    directory: CourseDirectory, slug: str, student: str, wanted: Override | None, *, held: bool = False
) -> bool:
    """Write an override into the gradebook, or take it back; whether the student's submission is there.

    `held` says whether the checks' own score needs a person.
    """
    with opened(directory.database, directory.course_id) as book:
        for _, _, grade in _rows(book, slug, student):
            _override(book, grade, wanted, held)
            book.db.commit()
            return True
    return False


def _rows(book: Any, slug: str, student: str | None = None) -> Iterator[tuple[Any, Any, Any]]:
    """Each submission of the exercise (or a student's alone), its notebook, and the grade of the checks."""
    from nbgrader import api  # type: ignore[import-untyped]

    query = (
        book.db.query(api.SubmittedAssignment, api.SubmittedNotebook, api.Grade)
        .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
        .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
        .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
        .join(api.GradeCell, api.Grade.cell_id == api.GradeCell.id)
        .filter(api.Assignment.name == slug, api.Notebook.name == slug)
        .order_by(api.SubmittedAssignment.student_id)
    )
    if student is not None:
        query = query.filter(api.SubmittedAssignment.student_id == student)
    yield from query.yield_per(AT_A_TIME)


def _override(book: Any, grade: Any, wanted: Override | None, held: bool = False) -> None:
    """Set a person's score, and the reason as a comment beside an answer, where formgrader shows it."""
    from nbgrader import api

    _put(grade, manual_score=wanted.score if wanted else None)
    _put(grade, needs_manual_grade=wanted is None and (held or grade.auto_score is None))
    comments = book.db.query(api.Comment).join(api.SolutionCell, api.Comment.cell_id == api.SolutionCell.id)
    comment = comments.filter(api.Comment.notebook_id == grade.notebook_id).order_by(api.SolutionCell.name).first()
    if comment is not None:
        _put(comment, manual_comment=f"{OVERRIDDEN}{wanted.reason}" if wanted else None)


def _mark(directory: CourseDirectory, terms: ClassFile, slug: str, student: str, grade: Any) -> Mark:
    score = grade.manual_score if grade.manual_score is not None else grade.auto_score
    if score is not None:
        score += grade.extra_credit or 0.0
    submitted = submitted_at(directory.submitted / student / slug)
    lost = round((score or 0.0) * terms.lost(slug, student, submitted), 6)
    is_held = grade.needs_manual_grade and grade.manual_score is None and score is not None
    return Mark(student, score, grade.auto_score, lost, submitted, is_held)


def _naive(moment: datetime | None) -> datetime | None:
    """As nbgrader keeps moments: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def _put(row: Any, **values: float | str | bool | datetime | timedelta | None) -> None:
    """Set what differs, so that nothing else is written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
