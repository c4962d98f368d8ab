"""What a learner has tried and passed: one row for every attempt, kept in LAB_HOME."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from servicelab.checks import CheckOutcome, ExerciseResult
from servicelab.cluster.home import Home, make_private

TABLE = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY,
    exercise TEXT NOT NULL,
    at TEXT NOT NULL,
    course_version TEXT NOT NULL,
    cluster TEXT NOT NULL,
    score REAL NOT NULL,
    maximum REAL NOT NULL,
    passed INTEGER NOT NULL,
    causes TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Standing:
    """Where a learner stands in one exercise. `first_passed` is a time in UTC, ISO 8601, or None."""

    attempts: int
    best_score: float
    first_passed: str | None


class Progress:
    """The record in LAB_HOME/progress.sqlite. Several programs may use it at once."""

    def __init__(self, home: Home) -> None:
        self._path = home.root / "progress.sqlite"

    def record(self, result: ExerciseResult) -> None:
        """Note an attempt. One that could not be judged is not an attempt."""
        if result.unscored:
            return
        causes = sorted({check.cause for check in result.checks if check.cause and _failed(check.outcome)})
        row = (
            result.slug,
            datetime.now(UTC).isoformat(timespec="seconds"),
            result.course_version,
            result.cluster,
            result.score,
            result.maximum,
            int(result.passed),
            " ".join(causes),
        )
        names = "exercise, at, course_version, cluster, score, maximum, passed, causes"
        with self._database() as database, database:
            database.execute(f"INSERT INTO attempts ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def standing(self, slug: str) -> Standing:
        """Where the learner stands in an exercise."""
        if not self._path.exists():
            return Standing(0, 0.0, None)
        query = "SELECT count(*), max(score), min(CASE WHEN passed THEN at END) FROM attempts WHERE exercise = ?"
        with self._database() as database:
            attempts, best, first = database.execute(query, (slug,)).fetchone()
        return Standing(attempts, best or 0.0, first)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        make_private(self._path.parent)
        with closing(sqlite3.connect(self._path, timeout=10.0)) as database:
            self._path.chmod(0o600)
            database.execute(TABLE)
            yield database


def _failed(outcome: CheckOutcome) -> bool:
    return outcome is CheckOutcome.FAILED
