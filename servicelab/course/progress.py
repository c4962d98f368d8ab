"""What a learner has tried, predicted, asked for and passed, kept in LAB_HOME: one row for every event.

docs/privacy.md says for the learner what is recorded; whoever adds a column tells it there, too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from servicelab.checks import CheckOutcome, ExerciseResult
from servicelab.checks.result import GOOD
from servicelab.cluster.home import Home, make_private
from servicelab.course.progress_record import ATTEMPTS, CHECKS, COLUMNS, PREDICTIONS, Event, Record

TABLES = """
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
);
CREATE TABLE IF NOT EXISTS passed_checks (
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    check_id TEXT NOT NULL,
    PRIMARY KEY (attempt, check_id)
);
CREATE TABLE IF NOT EXISTS predictions (
    exercise TEXT NOT NULL,
    fresh INTEGER NOT NULL,
    item TEXT NOT NULL,
    choice TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (exercise, fresh, item)
);
CREATE TABLE IF NOT EXISTS hints (
    exercise TEXT NOT NULL,
    cause TEXT NOT NULL,
    step INTEGER NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS solutions_shown (
    exercise TEXT NOT NULL,
    at TEXT NOT NULL
);
"""

CHECKS_PASSED = """
SELECT coalesce(group_concat(check_id, ' '), '')
FROM (SELECT check_id FROM passed_checks WHERE attempt = attempts.id ORDER BY check_id)
"""
EARLIER_STAYS = " ON CONFLICT DO UPDATE SET choice = excluded.choice, at = excluded.at WHERE excluded.at < at"


@dataclass(frozen=True)
class Standing:
    """Where a learner stands in one exercise. `first_passed` is a time in UTC, ISO 8601, or None; `last_causes` are
    those of the last attempt. After a solution was shown, the exercise must be passed anew, on a fresh variant.
    """

    attempts: int
    best_score: float
    first_passed: str | None
    last_causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One attempt: when it ended, its points, and the checks (ids) that passed."""

    at: datetime
    score: float
    passed: frozenset[str]


class Progress:
    """The record in LAB_HOME/progress.sqlite, `path`. Several programs may use it at once."""

    def __init__(self, home: Home) -> None:
        self.path = home.root / "progress.sqlite"

    def record(self, result: ExerciseResult) -> None:
        """Note an attempt. One that could not be judged is not an attempt."""
        if result.unscored:
            return
        causes = sorted({check.cause for check in result.checks if check.cause and _failed(check.outcome)})
        row = (
            result.slug,
            _now(),
            result.course_version,
            result.cluster,
            result.score,
            result.maximum,
            int(result.passed),
            " ".join(causes),
        )
        names = "exercise, at, course_version, cluster, score, maximum, passed, causes"
        with self._database() as database, database:
            kept = database.execute(f"INSERT INTO attempts ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            passed = [(kept.lastrowid, check.id) for check in result.checks if check.outcome in GOOD]
            database.executemany("INSERT INTO passed_checks VALUES (?, ?)", passed)

    def attempts(self, slug: str) -> tuple[Attempt, ...]:
        """All attempts at an exercise, the first first."""
        if not self.path.exists():
            return ()
        with self._database() as database:
            query = (
                "SELECT at, score, group_concat(check_id, ' ') FROM attempts LEFT JOIN passed_checks ON attempt = id "
                "WHERE exercise = ? GROUP BY id ORDER BY at, id"  # taken in from elsewhere, ids are in no order
            )
            rows = database.execute(query, (slug,)).fetchall()
        return tuple(
            Attempt(datetime.fromisoformat(at), score, frozenset((ids or "").split())) for at, score, ids in rows
        )

    def standing(self, slug: str) -> Standing:
        """Where the learner stands in an exercise."""
        if not self.path.exists():
            return Standing(0, 0.0, None)
        with self._database() as database:
            query = "SELECT count(*), max(score), min(CASE WHEN passed THEN at END) FROM attempts WHERE exercise = ?"
            since = " AND at > coalesce((SELECT max(at) FROM solutions_shown WHERE exercise = ?), '')"
            attempts, best, _ = database.execute(query, (slug,)).fetchone()
            first = database.execute(query + since, (slug, slug)).fetchone()[2]
            last = "SELECT causes FROM attempts WHERE exercise = ? ORDER BY at DESC, id DESC LIMIT 1"
            causes = (database.execute(last, (slug,)).fetchone() or ("",))[0].split()
        return Standing(attempts, best or 0.0, first, tuple(causes))

    def commit_prediction(self, slug: str, item: str, choice: str) -> str:
        """Note what is predicted before a request is sent, and give what was predicted first for this variant."""
        fresh = self.solutions_shown(slug)
        with self._database() as database, database:
            row = (slug, fresh, item, choice, _now())
            database.execute("INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?, ?)", row)
            query = "SELECT choice FROM predictions WHERE exercise = ? AND fresh = ? AND item = ?"
            return str(database.execute(query, (slug, fresh, item)).fetchone()[0])

    def hints_used(self, slug: str) -> int:
        """How many different steps of hints for an exercise the learner has seen."""
        return self._count("SELECT count(*) FROM (SELECT DISTINCT cause, step FROM hints WHERE exercise = ?)", slug)

    def hints_taken(self, slug: str, cause: str) -> int:
        """How many steps of the hints for this cause the learner has seen."""
        return self._count("SELECT coalesce(max(step), 0) FROM hints WHERE exercise = ? AND cause = ?", slug, cause)

    def record_hint(self, slug: str, cause: str, step: int) -> None:
        """Note that this step (1 is the first) of the hints for a cause was seen."""
        with self._database() as database, database:
            database.execute("INSERT INTO hints VALUES (?, ?, ?, ?)", (slug, cause, step, _now()))

    def solutions_shown(self, slug: str) -> int:
        """How often the learner had the solution shown; each time issues a fresh variant."""
        return self._count("SELECT count(*) FROM solutions_shown WHERE exercise = ?", slug)

    def record_solution_shown(self, slug: str) -> None:
        """Note that the solution was shown."""
        with self._database() as database, database:
            database.execute("INSERT INTO solutions_shown VALUES (?, ?)", (slug, _now()))

    def record_of(self, slug: str | None = None) -> Record:
        """Everything that is kept, or all about one exercise."""
        if not self.path.exists():
            return {table: [] for table in COLUMNS}
        found: dict[str, list[Event]] = {}
        with self._database() as database:
            for table, columns in COLUMNS.items():
                names = ", ".join(columns)
                more = f", ({CHECKS_PASSED}) AS {CHECKS}" if table == ATTEMPTS else ""
                asked = f"SELECT {names}{more} FROM {table} WHERE ? IN ('', exercise) ORDER BY at, {names}"
                cursor = database.execute(asked, (slug or "",))
                keys = [column[0] for column in cursor.description]
                found[table] = [dict(zip(keys, row, strict=True)) for row in cursor]
        return found

    def merge(self, record: Record) -> int:
        """Take in a record from elsewhere; how many events were new. Taken in again, it changes nothing.

        Of two predictions before the same request the earlier one stays.
        """
        new = 0
        with self._database() as database, database:
            for table, columns in COLUMNS.items():
                names, places = ", ".join(columns), ", ".join("?" * len(columns))
                same = " AND ".join(f"{name} = ?" for name in columns)
                is_new = f"NOT EXISTS (SELECT 1 FROM {table} WHERE {same})"
                into = f"INSERT INTO {table} ({names}) SELECT {places} WHERE {is_new}"
                into += EARLIER_STAYS if table == PREDICTIONS else ""
                for event in record[table]:
                    kept = database.execute(into, [event[name] for name in columns] * 2)
                    new += kept.rowcount
                    if table == ATTEMPTS and kept.rowcount:
                        checks = [(kept.lastrowid, check) for check in sorted(set(str(event[CHECKS]).split()))]
                        database.executemany("INSERT INTO passed_checks VALUES (?, ?)", checks)
        return new

    def forget(self, slug: str | None = None) -> None:
        """Delete everything, or all about one exercise, also from the file's free pages."""
        if not self.path.exists():
            return
        with self._database() as database:
            database.execute("PRAGMA secure_delete = ON")
            with database:
                wanted = (slug or "",)
                of_exercise = "WHERE ? IN ('', exercise)"
                database.execute(
                    f"DELETE FROM passed_checks WHERE attempt IN (SELECT id FROM attempts {of_exercise})", wanted
                )
                for table in COLUMNS:
                    database.execute(f"DELETE FROM {table} {of_exercise}", wanted)

    def _count(self, query: str, *words: str) -> int:
        if not self.path.exists():
            return 0
        with self._database() as database:
            return int(database.execute(query, words).fetchone()[0])

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        make_private(self.path.parent)
        with closing(sqlite3.connect(self.path, timeout=10.0)) as database:
            self.path.chmod(0o600)
            database.executescript(TABLES)
            yield database


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _failed(outcome: CheckOutcome) -> bool:
    return outcome is CheckOutcome.FAILED
