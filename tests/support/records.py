"""What the long runs (`lab test --full`) found, kept in `tests/records/` with what it was found for.

A record names the files that it is about, and their hash. When one of them changes, the record no longer says anything
about the course as it is, and `tests/test_records.py` fails until the long run is done again.
"""

import hashlib
import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servicelab.embedded import facts

COURSE = Path(__file__).resolve().parents[2]
FOLDER = COURSE / "tests" / "records"


def hash_of(inputs: Sequence[str]) -> str:
    """One hash of all files that the patterns (relative to the course) name, their names included."""
    digest = hashlib.sha256()
    files = {path for pattern in inputs for path in COURSE.glob(pattern) if path.is_file()}
    assert files, f"no file fits {inputs}"
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(COURSE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(name: str) -> dict[str, Any] | None:
    """The record of that name, if there is one for the inputs as they are now: a long run goes on from there."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record if record["hash"] == hash_of(record["inputs"]) else None


def write(name: str, inputs: Sequence[str], found: dict[str, Any]) -> None:
    """Keep what a run found, with date, versions and the hash of its inputs."""
    versions = {"python": platform.python_version(), "kubernetes": facts.facts()["kubernetes"]}
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    record = {"date": when, "versions": versions, "inputs": list(inputs), "hash": hash_of(inputs)} | found
    file = FOLDER / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
