"""Keeps a store on disk, in SQLite: what was acknowledged survives the end of the process, also by kill -9.

The database is in WAL mode with `synchronous=NORMAL`: a committed write is with the operating system, so it survives
the death of the process; only the machine losing power can lose the last moments, and never the consistency of what is
older. (`FULL` would add a wait for the disk to every request and protect against the power cut alone.)
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from servicelab.embedded.resources import KEPT, Resource
from servicelab.embedded.store import Change, ChangeKind, Object, Store

FORMAT = 1
LOCK_SECONDS = 1.0
"""How long to wait for another process to let go of the journal."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID;
"""


class DamagedJournal(Exception):
    """The file cannot be read as a journal; the message says which and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"The cluster's journal {path} cannot be read ({why}). "
            "Its objects are lost; run `lab cluster reset` to begin with an empty cluster."
        )
        self.path = path


class JournalInUse(Exception):
    """Another process has the journal open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The cluster's journal {path} is in use: the cluster already runs in another process. "
            "See `lab cluster status`; `lab cluster stop` ends it."
        )


class Journal:
    """Every write to a store goes into a transaction; `commit` puts it on disk. One process at a time has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=LOCK_SECONDS)
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(SCHEMA)
            self._check_format()
        except sqlite3.OperationalError as problem:
            raise (JournalInUse(path) if "locked" in str(problem) else DamagedJournal(path, str(problem))) from None
        except sqlite3.DatabaseError as problem:
            raise DamagedJournal(path, str(problem)) from None
        self._store: Store | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was ever committed."""
        return self._about("revision") is None

    def attach(self, store: Store) -> None:
        """Bring a new store to what is kept, and keep all that is written to it from now on."""
        if not self.empty:
            try:
                store.restore(int(self._about("revision") or 0), list(self._objects()))
            except (sqlite3.DatabaseError, ValueError, KeyError) as problem:
                raise DamagedJournal(self.path, str(problem)) from None
        self._store = store
        store.on_change(self._keep)

    def commit(self) -> None:
        """Return when all writes so far are kept. Raises sqlite3.Error when the disk refuses."""
        if not self._database.in_transaction or self._store is None:
            return
        self._database.execute("INSERT OR REPLACE INTO about VALUES ('revision', ?)", (str(self._store.revision),))
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        self._database.close()

    def _keep(self, change: Change) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")
        metadata = change.object["metadata"]
        key = (change.resource.qualified, metadata.get("namespace", ""), metadata["name"])
        if change.kind is ChangeKind.DELETED:
            self._database.execute("DELETE FROM objects WHERE resource=? AND namespace=? AND name=?", key)
        else:
            text = json.dumps(change.object, separators=(",", ":"), ensure_ascii=False)
            self._database.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (*key, text))

    def _objects(self) -> Iterator[tuple[Resource, Object]]:
        known = {resource.qualified: resource for resource in KEPT}
        with closing(self._database.execute("SELECT resource, object FROM objects")) as rows:
            for name, text in rows:
                yield known[name], json.loads(text)

    def _check_format(self) -> None:
        kept = self._about("format")
        if kept is None:
            self._database.execute("INSERT INTO about VALUES ('format', ?)", (str(FORMAT),))
        elif kept != str(FORMAT):
            raise DamagedJournal(self.path, f"it has format {kept}, this program reads {FORMAT}")

    def _about(self, key: str) -> str | None:
        row = self._database.execute("SELECT value FROM about WHERE key=?", (key,)).fetchone()
        return None if row is None else str(row[0])
