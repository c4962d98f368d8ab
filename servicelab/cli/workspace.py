"""The learner's own files: copies of the lessons and exercises. The course's files are never edited.

JupyterLab's file browser shows this folder and nothing else. Lessons are copied too, because running a notebook writes
its outputs into the file: a read-only lesson would nag at every save, and a tracked one would change the course.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servicelab.cluster.home import VARIABLE, Home, read_json, write_private

COPIES = ".lab-copies.json"
"""In the folder itself: the digest each file had when it was copied, to tell whether the learner has changed it."""


@dataclass
class Fetched:
    """What `fetch` did, as paths below the folder. `outdated` are changed by the learner, and new in the course too."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Workspace:
    """`root` is the learner's folder, `course` the course's."""

    root: Path
    course: Path

    @classmethod
    def find(cls, home: Home, course: Path, environment: Mapping[str, str] = os.environ) -> "Workspace":
        """`work/` beside the lessons; in LAB_HOME when that is set, or when the course may not be written."""
        beside = os.access(course, os.W_OK) and not environment.get(VARIABLE)
        return cls((course if beside else home.root) / "work", course)

    def fetch(self) -> Fetched:
        """Copy what is new in the course; what the learner has changed is never written to."""
        copies = read_json(self.root / COPIES)
        fetched = Fetched()
        for name, source in self._course_files():
            mine, offered = self.root / name, digest(source)
            if not mine.exists():
                put(source, mine)
                fetched.added.append(name)
            elif copies.get(name) == offered:
                continue
            elif digest(mine) in (copies.get(name), offered):
                put(source, mine)
                fetched.updated.append(name)
            else:
                fetched.outdated.append(name)
                continue
            copies[name] = offered
        write_private(self.root / COPIES, json.dumps(copies, indent=1))
        return fetched

    def _course_files(self) -> Iterator[tuple[str, Path]]:
        """Each file a learner gets: its path in the folder, and where it comes from."""
        for folder, prefix in (("lessons", "lessons/"), ("exercises", "")):
            top = self.course / folder
            for path in sorted(top.rglob("*")):
                inside = path.relative_to(top)
                if path.is_file() and not any(part.startswith((".", "__")) for part in inside.parts):
                    yield prefix + inside.as_posix(), path


def digest(path: Path) -> str:
    """A file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(source: Path, target: Path) -> None:
    """Copy a file so that nobody ever sees half of it; the copy can be written even when the original cannot."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, half)
    half.replace(target)
