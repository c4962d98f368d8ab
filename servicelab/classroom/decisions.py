"""What people decided, and what students were told: overrides with reasons, and the marks that went out.

One SQLite file beside the gradebook, apart from the ledger, which can be made anew while this cannot.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

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
    """Those about one exercise; the file is made by the first of them. Use it as a context manager.

    MachineError when the file cannot be used.
    """

    def __init__(self, root: Path, slug: str) -> None:
        self._path = root / NAME
        self._slug = slug
        self._open = ExitStack()

    def __enter__(self) -> "Decisions":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()

    def overrides(self) -> dict[str, Override]:
        """By student."""
        rows = self._rows("SELECT student, score, reason FROM override WHERE exercise = ?")
        return {row[0]: Override(*row) for row in rows}

    def override(self, wanted: Override) -> None:
        """Note one, in place of the student's earlier one."""
        row = (self._slug, wanted.student, wanted.score, wanted.reason, _now())
        self._write("INSERT OR REPLACE INTO override VALUES (?, ?, ?, ?, ?)", [row])

    def forget(self, student: str) -> None:
        """Take an override back."""
        self._write("DELETE FROM override WHERE exercise = ? AND student = ?", [(self._slug, student)])

    def published(self) -> dict[str, Published]:
        """By student."""
        rows = self._rows("SELECT student, score, mark FROM published WHERE exercise = ?")
        return {row[0]: Published(row[1], row[2]) for row in rows}

    def publish(self, marks: Iterable[tuple[str, Published]]) -> None:
        """Note what went out."""
        rows = [(self._slug, student, one.score, one.mark, _now()) for student, one in marks]
        self._write("INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?, ?)", rows)

    @cached_property
    def _database(self) -> sqlite3.Connection:
        try:
            database = self._open.enter_context(closing(sqlite3.connect(self._path)))
            database.executescript(TABLES)
        except sqlite3.Error as error:
            raise MachineError(f"{self._path} cannot be used: {error}", "Restore it from a copy.") from None
        return database

    def _rows(self, asked: str) -> list[Any]:
        return self._database.execute(asked, (self._slug,)).fetchall() if self._path.exists() else []

    def _write(self, wanted: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            with self._database as transaction:
                transaction.executemany(wanted, rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
