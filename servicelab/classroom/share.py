"""A class graded in shares by processes that do not know of each other, on machines that share a folder.

Who grades a submission follows from its student's name alone, so no share needs to know the others. A share keeps its
ledger on its own machine, because SQLite is not made for files on a network, and leaves what it found in the course
directory as a plain file. The next `lab grade` there that is no share takes these files in.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from servicelab.classroom.ledger import Ledger
from servicelab.cluster.home import Home, whole

FOLDER = "shares"
WRITTEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True)
class Share:
    """One of `count` parts of a class; `index` counts from 0."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Share":
        """`INDEX/COUNT`. ValueError with a sentence when it is none."""
        found = WRITTEN.fullmatch(text)
        share = cls(int(found[1]), int(found[2])) if found else None
        if share is None or share.index >= share.count:
            raise ValueError(f"“{text}” is no share; write INDEX/COUNT, and count from 0: 0/4, 1/4, 2/4 and 3/4")
        return share

    def has(self, student: str) -> bool:
        """Whether this student's submission is graded in this share: always the same one, whoever else hands in."""
        return zlib.crc32(student.encode()) % self.count == self.index

    def place(self, home: Home, root: Path) -> Path:
        """Where a share of this course directory has its ledger, on this machine."""
        return home.root / FOLDER / f"{sha256(str(root).encode()).hexdigest()[:12]}-{self._name}"

    def leave(self, root: Path, slug: str, ledger: Ledger) -> None:
        """Write what was found on an exercise into the course directory, in place of what this share left before."""
        with whole(root / FOLDER / slug / f"{self._name}.jsonl") as path, path.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in ledger.rows())

    @property
    def _name(self) -> str:
        return f"{self.index}-of-{self.count}"


def take_in(root: Path, slug: str, ledger: Ledger) -> None:
    """Take into the ledger what shares of an exercise left in the course directory; their files go."""
    for path in sorted((root / FOLDER / slug).glob("*.jsonl")):
        ledger.take_in(_rows(path))
        path.unlink()


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)
