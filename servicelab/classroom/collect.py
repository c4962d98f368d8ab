"""Takes submissions in from a folder, an archive or a learning platform's download, into submitted/STUDENT/EXERCISE/.

Who the student is says the file's place or name, by the roster; never the notebook. Nothing that was downloaded names
a path that is written to.
"""

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from servicelab.classroom.class_file import Attempts, ClassFile, said
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.handing_in import PROGRESS, UNREADABLE, Receipt, unpacked
from servicelab.classroom.layout import Layout
from servicelab.classroom.roster import ID, Roster, canvas_key, moodle_key
from servicelab.classroom.submissions import printable, take_in_record
from servicelab.classroom.table import Table
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import write_private
from servicelab.course.progress_record import written
from servicelab.course.submission import LARGEST_NOTEBOOK, read_at_most
from servicelab.course.variant import normalised

TIMESTAMP = "timestamp.txt"
"""Beside a notebook: when it was handed in, where nbgrader looks for it."""
EARLIER = "attempts"
"""Beside submitted/: submissions that do not count any more, or not yet."""
MOST_FILES = 100_000


MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file(?:_.*)?", re.S)
CANVAS = re.compile(r"[^_/]+_(?P<late>LATE_)?(?P<id>\d+)_(?P<order>\d+)_[^/]+", re.S)
# the first that fits: what follows is the name that the student gave the file
BLACKBOARD = re.compile(r".+?_(?P<id>[^_/]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_[^/]*|\.[^/]*)", re.S)
BY_NAME = {Layout.MOODLE: MOODLE, Layout.CANVAS: CANVAS, Layout.BLACKBOARD: BLACKBOARD}


@dataclass(frozen=True)
class Found:
    """A file that may be a submission: whose it is (`names`, tried in turn), and when it came, if its name tells."""

    path: PurePosixPath
    open: Callable[[], IO[bytes]]
    names: tuple[str, ...]
    when: datetime | None = None
    order: int = 0
    is_late: bool = False

    @property
    def came(self) -> tuple[float, int]:
        """What the later of two has more of."""
        return (self.when.timestamp() if self.when else 0.0, self.order)


@dataclass
class Collected:
    """What came of it: the students whose submission is new, newer than before, kept beside the one that counts, or as
    it was; and what was not taken, with the reason. `notes` are sentences on those that were, by student."""

    new: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def collect(
    directory: CourseDirectory,
    terms: ClassFile,
    slug: str,
    source: Path,
    roster: Roster | None,
    *,
    layout: Layout | None = None,
    naming: Path | None = None,
) -> Collected:
    """Take in all submissions of an exercise that `source`, a folder or an archive, holds.

    `naming` is a table with the columns `file`, `id` and perhaps `submitted`, which then says whose each file is.
    Without a roster only folders named by ids are taken. MachineError when there is nothing to read.
    """
    with ExitStack() as opened:
        files = dict(_files(source, opened))
        if not files:
            told = f"{source} holds no notebook and no archive"
            raise MachineError(told, "Name the folder or the file you downloaded.")
        return _collect(directory, terms, slug, roster, files, layout, naming)


def _collect(
    directory: CourseDirectory,
    terms: ClassFile,
    slug: str,
    roster: Roster | None,
    files: Mapping[PurePosixPath, Callable[[], IO[bytes]]],
    layout: Layout | None,
    naming: Path | None,
) -> Collected:
    layout = layout or _layout(files)
    if roster is None and not naming and layout in (Layout.MOODLE, Layout.CANVAS):
        told = f"{layout} names students by numbers, and there is no roster that tells whose they are"
        raise MachineError(told, "Take one in: lab class roster FILE, or name one: --roster FILE")
    found = list(_named(files, naming) if naming else _laid_out(files, layout))
    done = Collected()
    by_student: dict[str, list[Found]] = {}
    for one in found:
        student = _student(one, roster, terms)
        if student is None:
            done.refused.append((printable(str(one.path)), "it is nobody's of the roster"))
        else:
            by_student.setdefault(student, []).append(one)
    for student, theirs in sorted(by_student.items()):
        try:
            _take(directory, terms, slug, student, _which(theirs, slug), done)
        except ValueError as problem:
            done.refused.append((student, str(problem)))
    done.missing = [one for one in terms.students(roster) if not (directory.submitted / one / slug).is_dir()]
    return done


def _files(source: Path, opened: ExitStack) -> Iterator[tuple[PurePosixPath, Callable[[], IO[bytes]]]]:
    """Notebooks and archives below a folder, or in an archive. No link is followed."""
    if source.is_dir():
        for file in sorted(source.rglob("*")):
            if file.suffix in (".ipynb", ".zip") and file.is_file() and not _through_link(file, source):
                yield PurePosixPath(file.relative_to(source).as_posix()), lambda file=file: file.open("rb")  # type: ignore[misc]
        return
    try:
        archive = opened.enter_context(zipfile.ZipFile(source))
    except (OSError, zipfile.BadZipFile) as error:
        raise MachineError(
            f"{source} cannot be read: {error}", "Name a folder, or a .zip as it was downloaded."
        ) from None
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise MachineError(f"{source} holds more than {MOST_FILES} files", "Unpack it, and name the folder.")
    for one in members:
        path = PurePosixPath(one.filename)
        if path.suffix in (".ipynb", ".zip") and not one.is_dir():
            yield path, lambda one=one: archive.open(one)  # type: ignore[misc]


def _through_link(path: Path, source: Path) -> bool:
    return any(
        place.is_symlink() for place in (path, *path.parents) if place.is_relative_to(source) and place != source
    )


def _layout(files: Mapping[PurePosixPath, object]) -> Layout:
    """What the names look like: a platform's when most are."""
    for layout, pattern in BY_NAME.items():
        if sum(any(pattern.fullmatch(part) for part in path.parts) for path in files) * 2 > len(files):
            return layout
    return Layout.FOLDER


def _laid_out(files: Mapping[PurePosixPath, Callable[[], IO[bytes]]], layout: Layout) -> Iterator[Found]:
    if layout is Layout.FOLDER:
        folders = {path: [part for part in path.parts[:-1] if part not in ("submitted", ".", "..")] for path in files}
        # the outermost folder says who it is, for what is inside is the student's; one around all may be the download's
        is_around_all = len({tuple(parts[:1]) for parts in folders.values()}) == 1
        for path, parts in folders.items():
            yield Found(path, files[path], tuple(parts[: 1 + is_around_all]))
        return
    for path, open_file in files.items():
        match = next((match for part in path.parts if (match := BY_NAME[layout].fullmatch(part))), None)
        told = match.groupdict() if match else {}
        when = _moment(told["time"]) if told.get("time") else None
        key = {Layout.MOODLE: moodle_key, Layout.CANVAS: canvas_key}.get(layout, str)
        names = (key(told["id"]), *([told["name"]] if "name" in told else [])) if told else ()
        yield Found(path, open_file, names, when, int(told.get("order") or 0), bool(told.get("late")))


def _moment(text: str) -> datetime | None:
    """Blackboard's time in a file name, which is the server's; read as this machine's time zone. None if it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d-%H-%M-%S").astimezone()
    except ValueError:
        return None


def _named(files: Mapping[PurePosixPath, Callable[[], IO[bytes]]], naming: Path) -> Iterator[Found]:
    """The files that a table names."""
    table = Table.read(naming)
    if not {"file", "id"} <= set(table.header):
        raise MachineError(
            f"{naming} needs the columns `file` and `id`", "`submitted` may say when, as 2026-12-01T10:00Z."
        )
    for row in table.rows:
        path = PurePosixPath(table.value(row, "file"))
        when = table.value(row, "submitted")
        try:
            moment = datetime.fromisoformat(when).astimezone() if when else None
        except ValueError:
            raise MachineError(f"{naming}: “{when}” is no time", "Write it as 2026-12-01T10:00Z.") from None
        if path in files:
            yield Found(path, files[path], (table.value(row, "id"),), moment)


def _student(found: Found, roster: Roster | None, terms: ClassFile) -> str | None:
    """Whose a submission is: of the roster, or else what its folder says, normalised."""
    if roster:
        person = roster.find(*found.names)
        if person:
            return terms.hands_in(person)
        groups = {one.group for one in roster.people if one.group} if terms.groups else set()
        return next((group for name in found.names if (group := normalised(name)) in groups), None)
    student = normalised(found.names[0]) if found.names else ""
    return student if ID.fullmatch(student) else None


def _which(files: list[Found], slug: str) -> Found:
    """The one of a student's files that counts: the last that came, the exercise's own among several."""
    named = [one for one in files if slug in one.path.name] or files
    last = max(one.came for one in named)
    latest = [one for one in named if one.came == last]
    if len(latest) > 1:
        raise ValueError(
            f"there are {len(latest)} files that could be {slug}: {', '.join(one.path.name for one in latest)}"
        )
    return latest[0]


def _take(directory: CourseDirectory, terms: ClassFile, slug: str, student: str, found: Found, done: Collected) -> None:
    try:
        data = read_at_most(found.open(), LARGEST_NOTEBOOK)
    except UNREADABLE as error:
        raise ValueError(f"the file cannot be read: {error}") from None
    when, told, progress = found.when, None, None
    if found.path.suffix == ".zip":
        data, told, progress = unpacked(data, slug)
    if told and when is None:
        when = told.submitted
        done.notes.append((student, f"handed in {said(when)} by the clock of the student's own machine"))
    done.notes += [(student, note) for note in _doubts(found, told, data, when, terms, slug, student)]
    place = directory.submitted / student / slug
    notebook = place / f"{slug}.ipynb"
    if not notebook.is_file():
        _write(notebook, data, when)
        done.new.append(student)
    elif notebook.read_bytes() == data:
        done.same.append(student)
        progress = progress or take_in_record(directory.submitted, student, slug)
    elif terms.attempts is Attempts.FIRST or _is_older(when, place / TIMESTAMP):
        _keep_beside(directory, student, slug, data, when)
        done.beside.append(student)
        return
    else:
        _keep_beside(directory, student, slug, notebook.read_bytes(), submitted_at(place))
        _write(notebook, data, when)
        done.newer.append(student)
    if progress:
        write_private(place / PROGRESS, written(progress))
    else:
        (place / PROGRESS).unlink(missing_ok=True)


def _doubts(
    found: Found, told: Receipt | None, data: bytes, when: datetime | None, terms: ClassFile, slug: str, student: str
) -> Iterator[str]:
    """What an instructor should know of a submission."""
    if told:
        if told.sha256 != hashlib.sha256(data).hexdigest():
            yield "the notebook is not the one of its receipt"
        if told.exercise != slug:
            yield f"the receipt is for {printable(told.exercise)}"
        if normalised(told.student) != student and not terms.groups:
            yield f"the receipt names {printable(told.student)}"
    if when is None and terms.due(slug, student):
        yield "nothing says when it was handed in, so it counts as in time"
    due = terms.due(slug, student)
    if found.is_late and due and when and when <= due:
        yield "the platform says it was late, its own time says it was not"


def _is_older(when: datetime | None, timestamp: Path) -> bool:
    before = submitted_at(timestamp.parent)
    return when is not None and before is not None and when < before


def _keep_beside(directory: CourseDirectory, student: str, slug: str, data: bytes, when: datetime | None) -> None:
    """Keep a submission that does not count, once."""
    digest = hashlib.sha256(data).hexdigest()[:12]
    _write(directory.root / EARLIER / student / slug / digest / f"{slug}.ipynb", data, when)


def _write(notebook: Path, data: bytes, when: datetime | None) -> None:
    timestamp = notebook.with_name(TIMESTAMP)
    timestamp.unlink(missing_ok=True)
    write_private(notebook, data)
    if when:
        write_private(timestamp, f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n")


def submitted_at(folder: Path) -> datetime | None:
    """When the submission in this folder was handed in, as its timestamp.txt says; None when that says nothing."""
    from nbgrader.utils import parse_utc  # type: ignore[import-untyped]

    try:
        text = (folder / TIMESTAMP).read_text("utf-8").strip()
        return parse_utc(text).replace(tzinfo=UTC) if text else None
    except (OSError, ValueError, OverflowError):
        return None
