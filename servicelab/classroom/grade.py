"""Grades all submissions of an exercise: read as data, judged by workers side by side, kept in nbgrader's gradebook."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from servicelab.checks import ExerciseResult
from servicelab.classroom import feedback, share
from servicelab.classroom.assignment import Assignment, Judged, Task
from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.decisions import Decisions
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.gradebook import Gradebook, Score
from servicelab.classroom.ledger import NAME, Ledger
from servicelab.classroom.marks import settle
from servicelab.classroom.remote import RemoteWorkers
from servicelab.classroom.resemblance import Held, Resemblance, fits
from servicelab.classroom.roster import Roster
from servicelab.classroom.submissions import HandedIn, find_folders, take_in
from servicelab.classroom.versions import Released, courses, made_for
from servicelab.classroom.workers import Workers
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.cluster.lock import held
from servicelab.course import Course, load_course

LOCK = "grading.lock"
BATCH = 50
"""Scores that go into the gradebook in one transaction."""


@dataclass(frozen=True)
class Graded:
    """One student's result, and what the instructor should know about the submission.

    `published` is the score that the student was told and that stays for now, because this one differs from it. `held`
    says why this score is provisional, where it is.
    """

    student: str
    result: ExerciseResult
    flags: tuple[str, ...]
    published: float | None = None
    held: Held | None = None


class Accept(Enum):
    """Which results may take the place of a score that was published: none, higher ones, all."""

    NOTHING = 0
    HIGHER = 1
    ALL = 2


def students_to_grade(directory: CourseDirectory, slug: str, only: Sequence[str] = ()) -> list[str]:
    """Who has submitted, or those of `only`. MachineError when nobody has, or one of `only` has not."""
    found = find_folders(directory.submitted, slug).students
    missing = sorted(set(only) - set(found))
    if missing:
        raise MachineError(f"no submission of {slug} from: {', '.join(missing)}", f"Look in {directory.submitted}.")
    if not found:
        place = directory.submitted / "STUDENT" / slug / f"{slug}.ipynb"
        raise MachineError(f"there are no submissions of {slug}", f"They belong into {place}.")
    return [student for student in found if not only or student in only]


class Grading:
    """One run over the submissions of some students. Use it as a context manager: it holds the course directory.

    `students` are those of this run, `changed` those whose submission is not graded yet, or not as it is now; with
    `force` all. `kind` is the cluster's on which it is judged, `on` the Dask scheduler (dask://HOST:PORT) whose workers
    judge instead of processes here. A result that differs from a published score is kept as `accept` says, else it is
    judged again next time. With `part` it is that share of the students; the class's terms are then left to the run
    that takes the shares in. `versions` are folders of other versions of the course, beside those of class.toml.
    MachineError when another run is at work.
    """

    def __init__(
        self,
        directory: CourseDirectory,
        slug: str,
        students: Sequence[str],
        *,
        kind: str = "embedded",
        force: bool = False,
        accept: Accept = Accept.NOTHING,
        on: str | None = None,
        part: share.Share | None = None,
        course: Course | None = None,
        versions: Mapping[str, Path] | None = None,
    ) -> None:
        self._directory = directory
        self._slug = slug
        self._course = course or load_course()
        self._release = release_notebook(directory, self._course, slug)
        self._kind = kind
        self._versions = versions or {}
        self._part = part
        self.students = [one for one in students if part is None or part.has(one)]
        self._force = force
        self._accept = accept
        self._on = on
        self._home = Home.find()
        self._place = part.place(self._home, directory.root) if part else directory.root
        self._open = ExitStack()

    def __enter__(self) -> "Grading":
        with ExitStack() as opened:
            opened.enter_context(held(self._place / LOCK, self._is_busy))
            self._ledger = opened.enter_context(Ledger(self._place / NAME, self._slug))
            if self._part is None:
                share.take_in(self._directory.root, self._slug, self._ledger)
            self._terms = ClassFile.find(self._directory.root, self._course)
            with Decisions(self._directory.root, self._slug) as decided:
                self._published, self._overrides = decided.published(), decided.overrides()
            self._released = self._all_released()
            for student in self.students:
                task = self._task(student)
                if self._known(task) is None:
                    self._released_for(task.handed_in).changed.append(student)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def changed(self) -> list[str]:
        """Whose submissions are to be judged."""
        return [student for released in self._released.values() for student in released.changed]

    def _all_released(self) -> dict[str, Released]:
        """The exercise by the course's version: as it is now first, then as other versions that are here have it."""
        root, now = self._directory.root, self._course
        handed_in = find_folders(self._directory.submitted, self._slug).students
        everybody = sorted({*handed_in, *self._terms.students(Roster.of(root))})
        points = now.exercise(self._slug).points
        releases = {now.version: (now, self._release)}
        for version, course in courses({**self._terms.versions, **self._versions}, self._slug, points).items():
            releases.setdefault(version, (course, release_in(course.root / "exercises", self._slug)))
        policy = self._terms.policy
        assignments = {
            version: Assignment(course.root, self._slug, release.read_bytes(), self._kind, policy)
            for version, (course, release) in releases.items()
        }
        return {version: Released(one, root, self._home, everybody) for version, one in assignments.items()}

    def results(self, jobs: int, seconds: float) -> Iterator[Graded]:
        """Judge what changed, in `jobs` processes with `seconds` for each submission; the results as they come.

        Each is kept before it is handed on. When this ends, the gradebook has all of them, and those of the students
        whose submission did not change, with the class's terms; what an interruption kept from it the next run writes.
        """
        changed = set(self.changed)
        now, *before = self._released.values()
        with ExitStack() as opened:
            workers = self._workers(now, jobs, seconds)
            opened.enter_context(workers)  # they begin while nbgrader is imported
            book = Gradebook(self._directory.database, self._directory.course_id, self._slug, self._release)
            batch = opened.enter_context(_Batch(opened.enter_context(book)))
            for student in self.students:
                if student in changed:
                    continue
                known = self._known(self._task(student))
                if known is not None:
                    batch.add(known)
            for key, judged in self._judged(now, workers):
                yield self._keep(key, judged, batch)
            for released in before:
                with self._workers(released, jobs, seconds) as others:
                    for key, judged in self._judged(released, others):
                        said = f"It was judged by version {released.version} of the course, for which it was made."
                        yield self._keep(key, replace(judged, flags=(*judged.flags, said)), batch)
        if self._part:
            self._part.leave(self._directory.root, self._slug, self._ledger)
        else:
            settle(self._directory, self._terms, self._slug, self._overrides)

    def _workers(self, released: Released, jobs: int, seconds: float) -> Workers | RemoteWorkers:
        """Other machines have the course as it is now, and no other version."""
        if self._on and released.changed and released.version == self._course.version:
            return RemoteWorkers(released.assignment, self._on, seconds)
        return Workers(released.assignment, min(jobs, len(released.changed)), seconds)

    def _judged(self, released: Released, workers: Workers | RemoteWorkers) -> Iterator[tuple[str, Judged]]:
        """All that changed, each with its task's key. What fits another's variant is judged with that one, too, and
        comes last, held, with the score of its own student's variant."""
        fitting: dict[str, tuple[str, Judged, Resemblance]] = {}
        for task, judged in workers.judge(self._task(student) for student in released.changed):
            if found := released.resemblance(task, judged):
                fitting[judged.student] = task.key, judged, found
            else:
                yield task.key, judged
        again = (self._task(student, found.student) for student, (_, _, found) in fitting.items())
        for _, other in workers.judge(again):
            key, judged, found = fitting[other.student]
            yield key, replace(judged, held=fits(found, other.result))

    def _keep(self, key: str, judged: Judged, batch: "_Batch") -> Graded:
        published = self._published.get(judged.student)
        if published and published.score == judged.result.score:
            judged = replace(judged, held=None)  # it was decided on when it went out
        provisional = self._undecided(judged.student, judged.held)
        graded = Graded(judged.student, judged.result, judged.flags, self._stays(judged), provisional)
        if graded.published is not None:
            return graded
        feedback.write(self._directory.feedback, judged.student, self._slug, judged.page)
        self._ledger.note(key, judged)
        batch.add(graded)
        return graded

    def _stays(self, judged: Judged) -> float | None:
        """The published score that must stay although the result is another; None when the result may be kept."""
        published, result = self._published.get(judged.student), judged.result
        if published is None or (result.score == published.score and not result.unscored):
            return None
        is_higher = result.score > published.score and not result.unscored
        wanted = Accept.HIGHER if is_higher else Accept.ALL
        return None if self._accept.value >= wanted.value else published.score

    def _task(self, student: str, whose: str | None = None) -> Task:
        """A student's submission, to judge with their variant or that of another, `whose`."""
        handed_in = take_in(self._directory.submitted, student, self._slug)
        return self._released_for(handed_in).task(handed_in, whose or student)

    def _released_for(self, handed_in: HandedIn) -> Released:
        """What judges a submission: the version that it was made for, if that is here, else the course as it is now."""
        return self._released.get(made_for(handed_in.data) or "", self._released[self._course.version])

    def _known(self, task: Task) -> Graded | None:
        """What is known of a submission as it is now, when its page is there too."""
        student = task.handed_in.student
        found = self._ledger.find(task)
        if self._force or found is None or not feedback.path(self._directory.feedback, student, self._slug).is_file():
            return None
        return Graded(student, found.result, found.flags, held=self._undecided(student, found.held))

    def _undecided(self, student: str, held: Held | None) -> Held | None:
        """Why a score is held, unless a person has given another one."""
        return None if student in self._overrides else held

    def _is_busy(self) -> None:
        raise MachineError(f"another `lab grade` is at work in {self._place}", "Wait until it has ended, or end it.")


class _Batch:
    """Collects scores for the gradebook and writes them together; the last ones at the end of the block."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book
        self._scores: list[Score] = []

    def __enter__(self) -> "_Batch":
        return self

    def __exit__(self, *error: object) -> None:
        self._write()

    def add(self, graded: Graded) -> None:
        """One score more."""
        flagged = bool(graded.flags or graded.held)
        self._scores.append(Score(graded.student, graded.result, flagged, held=graded.held is not None))
        if len(self._scores) >= BATCH:
            self._write()

    def _write(self) -> None:
        scores, self._scores = self._scores, []
        if scores:
            self._book.write(scores)


def release_notebook(directory: CourseDirectory, course: Course, slug: str) -> Path:
    """The exercise as students got it: from the course directory, else the course's own. MachineError without one."""
    return release_in(directory.release, slug, course.root / "exercises")


def release_in(folder: Path, slug: str, *others: Path) -> Path:
    """The released notebook in a folder, or in one of the others. MachineError when it is in none."""
    for release in (folder, *others):
        path = release / slug / f"{slug}.ipynb"
        if path.is_file():
            return path
    raise MachineError(
        f"there is no released notebook of {slug} in {folder}", f"Run: nbgrader generate_assignment {slug}"
    )
