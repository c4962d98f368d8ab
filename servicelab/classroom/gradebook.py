"""Writes scores into nbgrader's gradebook, as `nbgrader autograde` would. Importing nbgrader.api takes two seconds."""

import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat

from servicelab.checks import CheckOutcome, ExerciseResult
from servicelab.course import CourseError


@dataclass(frozen=True)
class GradedCells:
    """The cells of a released notebook that carry the score and its comment, by nbgrader's grade ids."""

    score: str
    maximum: float
    comment: str | None

    @classmethod
    def of(cls, release: Path) -> "GradedCells":
        """Find them. CourseError when there is not exactly one graded cell."""
        notebook = nbformat.read(release, as_version=4)  # type: ignore[no-untyped-call]
        marked = [cell.metadata["nbgrader"] for cell in notebook.cells if "nbgrader" in cell.metadata]
        graded = [mark for mark in marked if mark.get("grade")]
        answers = [mark["grade_id"] for mark in marked if mark.get("solution")]
        if len(graded) != 1:
            raise CourseError(f"{release}: there must be one graded cell, and there are {len(graded)}")
        return cls(graded[0]["grade_id"], float(graded[0]["points"]), answers[0] if answers else None)


class Gradebook:
    """nbgrader's gradebook, for one exercise. Use it as a context manager."""

    def __init__(self, database: str, course_id: str, slug: str, release: Path) -> None:
        from nbgrader.api import Gradebook as Book  # type: ignore[import-untyped]

        self._slug = slug
        self._cells = GradedCells.of(release)
        self._database = database
        _find_alembic()
        self._book: Any = Book(database, course_id)
        self._make_assignment(release)

    def __enter__(self) -> "Gradebook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._book.close()

    def _make_assignment(self, release: Path) -> None:
        """What `nbgrader generate_assignment` records, if it was not run with this gradebook."""
        from nbgrader.api import MissingEntry
        from nbgrader.preprocessors import SaveCells  # type: ignore[import-untyped]

        try:
            self._book.find_grade_cell(self._cells.score, self._slug, self._slug)
        except MissingEntry:
            self._book.update_or_create_assignment(self._slug)
            resources = {"nbgrader": {"notebook": self._slug, "assignment": self._slug, "db_url": self._database}}
            notebook = nbformat.read(release, as_version=4)  # type: ignore[no-untyped-call]
            SaveCells().preprocess(notebook, resources)
            self._book.db.expire_all()

    def write(self, student: str, result: ExerciseResult) -> None:
        """Record a student's score. What could not be judged gets no score and waits for a person."""
        if result.maximum != self._cells.maximum:
            raise CourseError(f"{self._slug}: the checks are worth {result.maximum}, its cell {self._cells.maximum}")
        self._book.update_or_create_student(student)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own queries make SQLAlchemy warn for every new submission
            self._book.update_or_create_submission(self._slug, student)
        grade = self._book.find_grade(self._cells.score, self._slug, self._slug, student)
        grade.auto_score = None if result.unscored else result.score
        grade.needs_manual_grade = result.unscored or grade.manual_score is not None
        if self._cells.comment is not None:
            comment = self._book.find_comment(self._cells.comment, self._slug, self._slug, student)
            comment.auto_comment = comment_text(result)
        self._book.db.commit()


def _find_alembic() -> None:
    """nbgrader starts `alembic` by name for a new gradebook; it is beside this Python, which need not be on PATH."""
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])


def comment_text(result: ExerciseResult) -> str | None:
    """What the student reads beside the score: the checks that did not pass, and why. None when all passed."""
    lines = []
    for check in result.checks:
        if check.outcome is CheckOutcome.FAILED:
            lines.append(f"{check.title}: not so. Expected: {check.expected} Actual: {check.actual} {check.help}")
        elif check.outcome is CheckOutcome.ERROR:
            lines.append(f"{check.title}: could not be judged. {check.actual}")
    return "\n\n".join(lines) or None
