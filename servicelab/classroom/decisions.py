"""What people decided, and what students were told: overrides with reasons, and the marks that went out.

One SQLite file beside the gradebook, apart from the ledger, which can be made anew while this cannot.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from servicelab.cluster.base import MachineError

NAME = "decisions.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS override (
    exercise TEXT, student TEXT, score REAL NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (exercise, student)
);
CREATE TABLE IF NOT EXISTS published (
    exercise TEXT, student TEXT, score REAL NOT NULL, mark REAL NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (exercise, student)
);
"""


@dataclass(frozen=True)
class Override:
    """A score that a person gave instead of the checks', and why."""

    student: str
    score: float
    reason: str


@dataclass(frozen=True)
class Published:
    """What a student was told: the score of the checks (or the person) and the mark that it came to."""

    score: float
    mark: float


class Decisions:
    """Those about one exercise. Use it as a context manager. MachineError when the file cannot be used."""

    def __init__(self, root: Path, slug: str) -> None:
        self._slug = slug
        try:
            self._database = sqlite3.connect(root / NAME)
            self._database.executescript(TABLES)
        except sqlite3.Error as error:
            raise MachineError(f"{root / NAME} cannot be used: {error}", "Restore it from a copy.") from None

    def __enter__(self) -> "Decisions":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def overrides(self) -> dict[str, Override]:
        """By student."""
        asked = "SELECT student, score, reason FROM override WHERE exercise = ?"
        return {row[0]: Override(*row) for row in self._database.execute(asked, (self._slug,))}

    def override(self, wanted: Override) -> None:
        """Note one, in place of the student's earlier one."""
        row = (self._slug, wanted.student, wanted.score, wanted.reason, _now())
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO override VALUES (?, ?, ?, ?, ?)", row)

    def forget(self, student: str) -> None:
        """Take an override back."""
        with self._database:
            self._database.execute("DELETE FROM override WHERE exercise = ? AND student = ?", (self._slug, student))

    def published(self) -> dict[str, Published]:
        """By student."""
        asked = "SELECT student, score, mark FROM published WHERE exercise = ?"
        return {row[0]: Published(row[1], row[2]) for row in self._database.execute(asked, (self._slug,))}

    def publish(self, marks: Iterable[tuple[str, Published]]) -> None:
        """Note what went out."""
        rows = [(self._slug, student, one.score, one.mark, _now()) for student, one in marks]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?, ?)", rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
