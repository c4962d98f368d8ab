"""Where a learner's lab keeps its state: LAB_HOME, or the place this system has for programs' data."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

VARIABLE = "LAB_HOME"
DEFAULT_NAME = "lab"
NAME_PATTERN = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")


def is_valid_name(name: str) -> bool:
    """Whether a cluster may be called so: it becomes part of host names and of file names."""
    return NAME_PATTERN.fullmatch(name) is not None


def make_private(directory: Path) -> Path:
    """Make a directory, and those above it that are missing, for nobody else to look into (0700)."""
    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
    return directory


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file so that only its owner can read it (0600), and so that nobody ever sees half of it."""
    make_private(path.parent)
    data = content.encode() if isinstance(content, str) else content
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """A file beside the place to write to; it gets the place's name once the block has ended well. Readable for all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.unfinished")
    yield unfinished
    unfinished.replace(place)


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file of ours says; {} when it is not there or is damaged (it is then made anew)."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Home:
    """The places under LAB_HOME. Nothing is made before it is needed."""

    root: Path

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> "Home":
        """The home LAB_HOME names, else this user's own."""
        named = environment.get(VARIABLE)
        return cls(Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("servicelab")))

    @property
    def settings_file(self) -> Path:
        return self.root / "settings.json"

    @property
    def bin(self) -> Path:
        """Programs for the lab's PATH."""
        return self.root / "bin"

    @property
    def cache(self) -> Path:
        """What can be deleted at any time and is then made again."""
        return self.root / "cache"

    @property
    def clusters(self) -> Path:
        return self.root / "clusters"

    def cluster(self, kind: str, name: str) -> Path:
        """The directory of one cluster. The two kinds are kept apart: both may exist under one name.

        Raises ValueError with a sentence for the learner when the name is not one.
        """
        if not is_valid_name(name):
            raise ValueError(
                f"“{name}” cannot name a cluster; use at most 30 lower-case letters, digits and dashes, "
                "with a letter or digit at both ends"
            )
        return self.clusters / name / kind

    def lock_file(self, kind: str, name: str) -> Path:
        """Held while a cluster is started, stopped, reset or deleted; outlives the cluster's own directory."""
        return self.root / "locks" / f"{self.cluster(kind, name).parent.name}-{kind}.lock"
