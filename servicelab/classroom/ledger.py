"""What was graded already, by what exactly was judged: one SQLite file beside the gradebook.

A result is in it as soon as it is known, so a run that was killed goes on where it was.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType

from servicelab.checks import ExerciseResult
from servicelab.classroom.assignment import Judged, Task, result_from_text, result_to_text
from servicelab.cluster.base import MachineError

NAME = "grading.sqlite"
TABLE = """
CREATE TABLE IF NOT EXISTS graded (
    exercise TEXT, student TEXT, key TEXT NOT NULL, result TEXT NOT NULL, flags TEXT NOT NULL,
    PRIMARY KEY (exercise, student)
)
"""


class Ledger:
    """The last result of each student for one exercise. Use it as a context manager."""

    def __init__(self, path: Path, slug: str) -> None:
        self._slug = slug
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            # with a write-ahead log a commit costs no wait for the disk, and survives the end of the process
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(TABLE)
        except sqlite3.Error as error:
            raise MachineError(f"{path} cannot be used: {error}", "Move it away; everything is graded anew.") from None

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def find(self, task: Task) -> tuple[ExerciseResult, tuple[str, ...]] | None:
        """The result and flags of exactly this task; None when it was not judged, or not to an end."""
        asked = "SELECT result, flags FROM graded WHERE exercise = ? AND student = ? AND key = ?"
        with closing(self._database.execute(asked, (self._slug, task.handed_in.student, task.key))) as rows:
            row = rows.fetchone()
        if row is None:
            return None
        result = result_from_text(row[0])
        return None if result.unscored else (result, tuple(json.loads(row[1])))

    def results(self) -> dict[str, ExerciseResult]:
        """The last result of everybody, by student."""
        asked = "SELECT student, result FROM graded WHERE exercise = ? ORDER BY student"
        return {row[0]: result_from_text(row[1]) for row in self._database.execute(asked, (self._slug,))}

    def note(self, task: Task, judged: Judged) -> None:
        """Keep a result, in place of the student's last one."""
        values = (self._slug, task.handed_in.student, task.key, result_to_text(judged.result), json.dumps(judged.flags))
        self._database.execute("INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?, ?)", values)
