"""What was graded already, by what exactly was judged: one SQLite file beside the gradebook.

A result is in it as soon as it is known, so a run that was killed goes on where it was.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from servicelab.checks import ExerciseResult
from servicelab.classroom.assignment import Judged, Task, result_from_text, result_to_text
from servicelab.classroom.resemblance import Held, held_from
from servicelab.cluster.base import MachineError

NAME = "grading.sqlite"
TABLE = """
CREATE TABLE IF NOT EXISTS graded (
    exercise TEXT, student TEXT, key TEXT NOT NULL, result TEXT NOT NULL, flags TEXT NOT NULL,
    PRIMARY KEY (exercise, student)
)
"""


@dataclass(frozen=True)
class Known:
    """What came of a submission: its result, sentences for the instructor, and why its score is held, if it is."""

    result: ExerciseResult
    flags: tuple[str, ...]
    held: Held | None


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

    def find(self, task: Task) -> Known | None:
        """What is known of exactly this task; None when it was not judged, or not to an end."""
        asked = "SELECT result, flags FROM graded WHERE exercise = ? AND student = ? AND key = ?"
        with closing(self._database.execute(asked, (self._slug, task.handed_in.student, task.key))) as rows:
            row = rows.fetchone()
        if row is None:
            return None
        result = result_from_text(row[0])
        return None if result.unscored else Known(result, *_noted_from(row[1]))

    def results(self) -> dict[str, ExerciseResult]:
        """The last result of everybody, by student."""
        asked = "SELECT student, result FROM graded WHERE exercise = ? ORDER BY student"
        return {row[0]: result_from_text(row[1]) for row in self._database.execute(asked, (self._slug,))}

    def held(self) -> dict[str, Held]:
        """Whose last score is provisional, by student, and why."""
        asked = "SELECT student, flags FROM graded WHERE exercise = ? ORDER BY student"
        found = ((row[0], _noted_from(row[1])[1]) for row in self._database.execute(asked, (self._slug,)))
        return {student: held for student, held in found if held}

    def note(self, key: str, judged: Judged) -> None:
        """Keep the result of the task with this key, in place of the student's last one."""
        values = (self._slug, judged.student, key, result_to_text(judged.result), _noted(judged))
        self._database.execute("INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?, ?)", values)

    def rows(self) -> Iterable[Sequence[str]]:
        """All that is known of this exercise, a row for each student, for another ledger to take in."""
        asked = "SELECT student, key, result, flags FROM graded WHERE exercise = ? ORDER BY student"
        return self._database.execute(asked, (self._slug,))

    def take_in(self, rows: Iterable[Sequence[str]]) -> None:
        """Keep another ledger's rows, all or none, in place of what was known of their students."""
        self._database.execute("BEGIN")
        with self._database:
            values = ((self._slug, *row) for row in rows)
            self._database.executemany("INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?, ?)", values)


def _noted(judged: Judged) -> str:
    """What an instructor should know: the flags, and behind them why the score is held."""
    return json.dumps([*judged.flags, *([judged.held.kept()] if judged.held else [])])


def _noted_from(text: str) -> tuple[tuple[str, ...], Held | None]:
    told = json.loads(text)
    held = next((held_from(one) for one in told if isinstance(one, dict)), None)
    return tuple(one for one in told if isinstance(one, str)), held
