"""Writes scores into nbgrader's gradebook, as `nbgrader autograde` would, many at a time.

nbgrader's own functions take a score each and several transactions for it; here a batch is one. Importing nbgrader.api
takes two seconds.
"""

import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat

from servicelab.checks import CheckOutcome, ExerciseResult
from servicelab.cluster.base import MachineError
from servicelab.course import CourseError

Row = Mapping[str, Any]


@dataclass(frozen=True)
class GradedCells:
    """The cells of a released notebook that carry the score and its comment, by nbgrader's grade ids."""

    score: str
    maximum: float
    comment: str | None

    @classmethod
    def of(cls, notebook: Any, path: Path) -> "GradedCells":
        """Find them. CourseError when there is not exactly one graded cell."""
        marked = [cell.metadata["nbgrader"] for cell in notebook.cells if "nbgrader" in cell.metadata]
        graded = [mark for mark in marked if mark.get("grade")]
        answers = [mark["grade_id"] for mark in marked if mark.get("solution")]
        if len(graded) != 1:
            raise CourseError(f"{path}: there must be one graded cell, and there are {len(graded)}")
        return cls(graded[0]["grade_id"], float(graded[0]["points"]), answers[0] if answers else None)


@dataclass(frozen=True)
class Score:
    """What is to stand in the gradebook for a student. `flagged` asks a person to look at the notebook; a score that is
    `held` stands there, and needs a person to decide on it."""

    student: str
    result: ExerciseResult
    flagged: bool = False
    held: bool = False


class Gradebook:
    """nbgrader's gradebook, for one exercise. Use it as a context manager.

    `database` is a URL of SQLAlchemy's. MachineError when it cannot be read or written.
    """

    def __init__(self, database: str, course_id: str, slug: str, release: Path) -> None:
        self._slug = slug
        self._database = database
        notebook = nbformat.read(release, as_version=4)  # type: ignore[no-untyped-call]
        self._cells = GradedCells.of(notebook, release)
        with _understood(), _alone(database):
            self._book = opened(database, course_id)
            self._make_assignment(notebook)

    def __enter__(self) -> "Gradebook":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._book.close()

    def _make_assignment(self, notebook: Any) -> None:
        """What `nbgrader generate_assignment` records, if it was not run with this gradebook."""
        from nbgrader.api import MissingEntry  # type: ignore[import-untyped]
        from nbgrader.preprocessors import SaveCells  # type: ignore[import-untyped]

        try:
            self._book.find_grade_cell(self._cells.score, self._slug, self._slug)
        except MissingEntry:
            self._book.update_or_create_assignment(self._slug)
            resources = {"nbgrader": {"notebook": self._slug, "assignment": self._slug, "db_url": self._database}}
            SaveCells().preprocess(notebook, resources)
            self._book.db.expire_all()

    def write(self, scores: Sequence[Score]) -> None:
        """Record scores, each student's once. What could not be judged gets no score and waits for a person.

        What stands there already is not written again; what a person entered stays.
        """
        for score in scores:
            if score.result.maximum != self._cells.maximum:
                worth = f"the checks are worth {score.result.maximum}, its cell {self._cells.maximum}"
                raise CourseError(f"{self._slug}: {worth}")
        with _understood(), self._book.engine.begin() as connection:
            _Batch(connection, self._places, scores).write()

    @cached_property
    def _places(self) -> "_Places":
        assignment = self._book.find_assignment(self._slug)
        cells: dict[str, tuple[list[str], list[str]]] = {}
        for notebook in assignment.notebooks:
            tasks = [cell.id for cell in notebook.task_cells]
            cells[notebook.id] = (
                [cell.id for cell in notebook.grade_cells] + tasks,
                [cell.id for cell in notebook.solution_cells] + tasks,
            )
        score = self._book.find_grade_cell(self._cells.score, self._slug, self._slug).id
        comment = self._cells.comment
        commented = self._book.find_solution_cell(comment, self._slug, self._slug).id if comment else None
        notebook = self._book.find_notebook(self._slug, self._slug).id
        return _Places(assignment.id, notebook, cells, score, commented)


@dataclass(frozen=True)
class _Places:
    """Ids in the gradebook: `cells` has, by notebook, those that get grades and those that get comments."""

    assignment: str
    notebook: str
    cells: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    score: str
    comment: str | None


class _Batch:
    """One transaction: reads what stands there for some students, and writes what differs."""

    def __init__(self, connection: Any, places: _Places, scores: Iterable[Score]) -> None:
        self._connection = connection
        self._places = places
        self._scores = {score.student: score for score in scores}

    def write(self) -> None:
        """Write it; the caller commits."""
        from nbgrader import api  # type: ignore[import-untyped]

        students = sorted(self._scores)
        known = {row["id"] for row in self._rows(api.Student, api.Student.id.in_(students))}
        self._insert(api.Student, [{"id": student} for student in students if student not in known])
        submissions = self._submissions(students)
        notebooks = self._notebooks(list(submissions))
        self._write_grades(notebooks, submissions)
        self._write_comments(notebooks, submissions)

    def _submissions(self, students: Sequence[str]) -> dict[str, str]:
        """The student of each submission, by its id; what is missing is made."""
        from nbgrader.api import SubmittedAssignment as Table

        here = (Table.assignment_id == self._places.assignment) & Table.student_id.in_(students)
        known = {row["student_id"] for row in self._rows(Table, here)}
        new = [student for student in students if student not in known]
        self._insert(Table, [{"assignment_id": self._places.assignment, "student_id": student} for student in new])
        return {row["id"]: row["student_id"] for row in self._rows(Table, here)}

    def _notebooks(self, submissions: Sequence[str]) -> list[Row]:
        """The submitted notebooks; what is missing is made."""
        from nbgrader.api import SubmittedNotebook as Table

        here = Table.assignment_id.in_(submissions)
        known = {(row["assignment_id"], row["notebook_id"]) for row in self._rows(Table, here)}
        wanted = [(submission, notebook) for submission in submissions for notebook in self._places.cells]
        new = [{"assignment_id": one[0], "notebook_id": one[1]} for one in wanted if one not in known]
        self._insert(Table, new)
        return self._rows(Table, here)

    def _write_grades(self, notebooks: Sequence[Row], submissions: Mapping[str, str]) -> None:
        from nbgrader.api import Grade, SubmittedNotebook

        grades, flagged = [], []
        for notebook, grade in self._with_cells(Grade, 0, notebooks):
            if grade["cell_id"] != self._places.score:
                continue
            score = self._scores[submissions[notebook["assignment_id"]]]
            result = score.result
            wanted = {
                "id": grade["id"],
                "auto_score": None if result.unscored else result.score,
                "needs_manual_grade": result.unscored or score.held or grade["manual_score"] is not None,
            }
            if not wanted.items() <= grade.items():
                grades.append(wanted)
            if score.flagged and not notebook["flagged"]:
                flagged.append({"id": notebook["id"], "flagged": True})
        self._update(Grade, grades)
        self._update(SubmittedNotebook, flagged)

    def _write_comments(self, notebooks: Sequence[Row], submissions: Mapping[str, str]) -> None:
        from nbgrader.api import Comment

        comments = []
        for notebook, comment in self._with_cells(Comment, 1, notebooks):
            if comment["cell_id"] == self._places.comment:
                text = comment_text(self._scores[submissions[notebook["assignment_id"]]].result)
                if comment["auto_comment"] != text:
                    comments.append({"id": comment["id"], "auto_comment": text})
        self._update(Comment, comments)

    def _with_cells(self, table: Any, which: int, notebooks: Sequence[Row]) -> list[tuple[Row, Row]]:
        """Grades or comments, each with its notebook; what is missing is made."""
        by_id = {notebook["id"]: notebook for notebook in notebooks}
        here = table.notebook_id.in_(list(by_id))
        known = {(row["notebook_id"], row["cell_id"]) for row in self._rows(table, here)}
        cells = self._places.cells
        wanted = [(one["id"], cell) for one in notebooks for cell in cells.get(one["notebook_id"], ((), ()))[which]]
        self._insert(table, [{"notebook_id": one[0], "cell_id": one[1]} for one in wanted if one not in known])
        return [(by_id[row["notebook_id"]], row) for row in self._rows(table, here)]

    def _rows(self, table: Any, condition: Any) -> list[Row]:
        from sqlalchemy import select

        return list(self._connection.execute(select(table.__table__).where(condition)).mappings())

    def _insert(self, table: Any, rows: Sequence[Row]) -> None:
        from sqlalchemy import insert

        if rows:
            self._connection.execute(insert(table.__table__), list(rows))

    def _update(self, table: Any, rows: Sequence[Row]) -> None:
        from sqlalchemy import bindparam, update

        if rows:
            kept = table.__table__
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
            changed = update(kept).where(kept.c.id == bindparam("new_id")).values(values)
            self._connection.execute(changed, [{f"new_{name}": row[name] for name in row} for row in rows])


def opened(database: str, course_id: str) -> Any:
    """nbgrader's own gradebook. MachineError when it cannot be used."""
    from nbgrader.api import Gradebook as Book

    _find_alembic()
    with _understood():
        return Book(database, course_id)


@contextmanager
def _understood() -> Iterator[None]:
    """MachineError for what goes wrong with a database in the block."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        raise unusable(error) from None
    except ModuleNotFoundError as error:
        does = "pip install 'servicelab[class]' brings the one for postgresql://"
        raise MachineError(f"the driver for this gradebook's URL is missing: {error.name}", does) from None


@contextmanager
def _alone(database: str) -> Iterator[None]:
    """One at a time in PostgreSQL: several graders may begin together, and nbgrader makes tables and assignment without
    looking whether another one does. Beside an SQLite file the course directory's lock says that there is one."""
    from sqlalchemy import NullPool, create_engine, make_url, text

    if make_url(database).get_backend_name() != "postgresql":
        yield
        return
    with create_engine(database, poolclass=NullPool).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": zlib.crc32(b"nbgrader's gradebook")})
        yield


def unusable(error: Exception) -> MachineError:
    """What a person can do about a gradebook that fails."""
    said = str(getattr(error, "orig", None) or error)
    return MachineError(
        f"nbgrader's gradebook cannot be used: {said}",
        "Close what else uses it, or mend its URL, and run the same command again: nothing graded is lost.",
    )


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
    # no database takes half a character, and PostgreSQL no NUL
    return "\n\n".join(lines).replace("\0", "�").encode("utf-8", "replace").decode() or None
