"""What a student hands in: an archive with the notebook and a receipt, which says what it should hold."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from servicelab.course.progress_record import LARGEST_RECORD, Record, read_record, written
from servicelab.course.submission import LARGEST_NOTEBOOK, read_at_most

RECEIPT = "receipt.json"
PROGRESS = "progress.json"
"""In an archive, and beside a submission: what the student handed in of their record, about this exercise alone."""
LARGEST_RECEIPT = 10_000
UNREADABLE = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error)
"""What reading an archive may raise: it is damaged, encrypted or packed in a way that Python does not know."""


@dataclass(frozen=True)
class Receipt:
    """What was handed in, as the student's own machine says: `sha256` of the notebook, `submitted` by its own clock."""

    exercise: str
    student: str
    sha256: str
    submitted: datetime
    course_version: str

    def text(self) -> str:
        """As it is kept."""
        return json.dumps({**asdict(self), "submitted": self.submitted.isoformat()}, indent=1) + "\n"


def receipt(slug: str, student: str, notebook: bytes, course_version: str, now: datetime | None = None) -> Receipt:
    """The receipt for a notebook's bytes."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    return Receipt(slug, student, hashlib.sha256(notebook).hexdigest(), now, course_version)


class Unpacked(NamedTuple):
    """What an archive holds: the notebook, and the receipt and the record of progress where they can be read."""

    notebook: bytes
    receipt: Receipt | None = None
    progress: Record | None = None


def archive(notebook: bytes, told: Receipt, progress: Record | None = None) -> bytes:
    """The archive to hand in; `lab collect` and `nbgrader zip_collect` read it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{told.exercise}/{told.exercise}.ipynb", notebook)
        packed.writestr(f"{told.exercise}/{RECEIPT}", told.text())
        if progress is not None:
            packed.writestr(f"{told.exercise}/{PROGRESS}", written(progress))
    return data.getvalue()


def unpacked(data: bytes, slug: str) -> Unpacked:
    """What an archive holds.

    Nothing is written, and no more is unpacked than a notebook may hold. ValueError with a sentence when there is none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            files = {one.filename: one for one in packed.infolist() if not one.is_dir()}
            notebooks = [name for name in files if name.endswith(".ipynb")]
            named = [name for name in notebooks if name.rpartition("/")[2] == f"{slug}.ipynb"]
            if len(named or notebooks) != 1:
                raise ValueError(f"The archive holds {len(named or notebooks)} notebooks that could be {slug}.")
            notebook = read_at_most(packed.open(files[(named or notebooks)[0]]), LARGEST_NOTEBOOK)
            told = _only(packed, files.values(), RECEIPT, LARGEST_RECEIPT)
            record = _only(packed, files.values(), PROGRESS, LARGEST_RECORD)
    except UNREADABLE as error:
        raise ValueError(f"The archive cannot be read: {error}.") from None
    return Unpacked(notebook, _receipt(told), _record(record))


def _only(packed: zipfile.ZipFile, files: Iterable[zipfile.ZipInfo], name: str, most: int) -> bytes:
    """The one file of that name; nothing when there are none or several."""
    found = [one for one in files if one.filename.rpartition("/")[2] == name]
    return read_at_most(packed.open(found[0]), most) if len(found) == 1 else b""


def _record(data: bytes) -> Record | None:
    try:
        return read_record(data)
    except ValueError:
        return None


def _receipt(data: bytes) -> Receipt | None:
    try:
        told: dict[str, Any] = json.loads(data)
        submitted = datetime.fromisoformat(told["submitted"])
        texts = [told[name] for name in ("exercise", "student", "sha256", "course_version")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if submitted.tzinfo is None or not all(isinstance(text, str) for text in texts):
        return None
    return Receipt(texts[0], texts[1], texts[2], submitted, texts[3])
