"""A real PostgreSQL for the tests: a private one, in a folder of its own, that listens on a socket there alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "postgres"
SECONDS = 60


@dataclass(frozen=True)
class PostgreSQL:
    """A server that runs; `folder` has its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """What SQLAlchemy takes for a database."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """A new database, a copy of another; its URL."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)


def programs() -> Path | None:
    """Where PostgreSQL's programs are; Debian has them outside of PATH."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return places[0] if places else None


@contextmanager
def running(place: Path) -> Iterator[PostgreSQL]:
    """A server until the end of the block. It refuses to run as root, who starts it as the user Debian makes for it."""
    with tempfile.TemporaryDirectory(prefix="lab-pg-") as temporary:  # pytest's own folders are closed to other users
        folder = Path(temporary)
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            as_user = {"user": USER, "group": USER, "extra_groups": []}
            shutil.chown(folder, USER, USER)

        def run(program: str, *words: str) -> None:
            command = [str(place / program), *words]
            with (folder.parent / f"{folder.name}.log").open("ab") as log:
                subprocess.run(command, check=True, stdout=log, stderr=log, cwd=folder, timeout=SECONDS, **as_user)

        data = f"--pgdata={folder / 'data'}"
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        log = folder.parent / f"{folder.name}.log"
        try:
            run("initdb", data, f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--no-sync")
            run("pg_ctl", "start", data, "--wait", f"--options={options}", f"--log={folder / 'server.log'}")
            try:
                yield PostgreSQL(folder)
            finally:
                run("pg_ctl", "stop", data, "--mode=immediate", "--wait")
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"{error}:\n{log.read_text(errors='replace')}") from None
        finally:
            log.unlink(missing_ok=True)
