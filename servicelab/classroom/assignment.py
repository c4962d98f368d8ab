"""What all submissions of one exercise are judged by, and how one is judged. Workers get it; it holds no secret."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import servicelab
from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult, Variant, all_errors, checks_of
from servicelab.classroom import feedback
from servicelab.classroom.resemblance import OTHER_VERSION, Held, values_written
from servicelab.classroom.submissions import HandedIn, read_submitted
from servicelab.cluster.base import MachineError
from servicelab.course import Course, CourseError, Submission, judging_cluster, load_course, run
from servicelab.course.engine import load_grader
from servicelab.course.policy import Policy
from servicelab.course.ready_made import ReadyMade


@dataclass(frozen=True)
class Task:
    """One submission to judge, with its student's variant. `key` tells it from every other thing to judge."""

    handed_in: HandedIn
    variant: Variant
    key: str


@dataclass(frozen=True)
class Judged:
    """What came of a submission: its result, sentences for the instructor, and the page for the student.

    `written` is what it has of all values that variants may have; `held` says why a person must decide on the score.
    """

    student: str
    result: ExerciseResult
    flags: tuple[str, ...]
    page: str
    written: frozenset[str] = frozenset()
    held: Held | None = None


@dataclass(frozen=True)
class Assignment:
    """One exercise as it was released. `kind` is the cluster's on which it is judged, `policy` the class's."""

    course_root: Path
    slug: str
    release: bytes
    kind: str = "embedded"
    policy: Policy = field(default_factory=Policy)

    @property
    def course(self) -> Course:
        """The course whose grader judges."""
        return _course(self.course_root)

    def task(self, handed_in: HandedIn, variant: Variant, fingerprint: str) -> Task:
        """What is to be judged; its key changes when the submission, the variant or what judges does."""
        told = [fingerprint, handed_in.name, handed_in.problem, sorted(variant.values.items()), variant.seed.hex()]
        digest = hashlib.sha256(json.dumps(told).encode())
        digest.update(handed_in.data)
        return Task(handed_in, variant, digest.hexdigest())

    def fingerprint(self) -> str:
        """A hash of all that judges beside the submission: release, grader, fixture, checks, and the versions."""
        course = self.course
        exercise = replace(course.exercise(self.slug), due=None)  # a class's wheel has its date, which judges nothing
        told = [course.version, version("servicelab"), repr(exercise), self.kind]
        told += [] if self.policy.doctor else ["no doctor"]  # what students read on their pages
        digest = hashlib.sha256(json.dumps(told).encode() + self.release)
        for path in (course.root / exercise.grader, course.root / exercise.fixture, *_checks()):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def warm_up(self) -> None:
        """Import and read everything that the first submission would otherwise wait for."""
        self.fingerprint()
        if self.kind == "embedded":
            untouched = HandedIn("nobody", f"{self.slug}.ipynb", self.release)
            self.judge(self.task(untouched, Variant(), ""))

    def judge(self, task: Task) -> Judged:
        """Judge one submission. CourseError when the exercise itself is wrong; nothing else is raised."""
        try:
            return self._judge(task)
        except CourseError:
            raise
        except Exception as error:  # whatever a submission makes of our code, the others must be judged
            return self.not_judged(task, f"The lab itself broke: {type(error).__name__}: {error}")

    def _judge(self, task: Task) -> Judged:
        course = self.course
        read = read_submitted(task.handed_in, self.slug, self.release, course.version)
        result = self._run(read.submission, task)
        result = replace(result, checks=tuple(map(self.policy.told, result.checks)))
        exercise = course.exercise(self.slug)
        page = feedback.page(exercise.title, result, read.submission.manifests)
        written = values_written(exercise, read.submission.manifests)
        held = OTHER_VERSION if read.of_other_version else None
        return Judged(read.student, result, read.flags, page, written, held)

    def _run(self, submission: Submission, task: Task) -> ExerciseResult:
        seed = int(task.key[:12], 16)
        if self.kind == "embedded":
            made = _ready_made(self.course, self.slug)
            if made.fits:
                lab = made.copy(task.variant, seed)
                return run(self.slug, submission, lab.cluster, course=self.course, variant=task.variant, ready=lab)
        with judging_cluster(kind=self.kind, seed=seed) as cluster:
            return run(self.slug, submission, cluster, course=self.course, variant=task.variant)

    def not_judged(self, task: Task, why: str) -> Judged:
        """What stands in the gradebook when a submission ended its worker or its time: no score, and the reason."""
        course = self.course
        exercise = course.exercise(self.slug)
        checks = checks_of(load_grader(course.root / exercise.grader))
        reason = MachineError(why, "A person must look at the submission.")
        result = ExerciseResult(self.slug, all_errors(checks, reason), "no cluster", course.version)
        return Judged(task.handed_in.student, result, (why,), feedback.page(exercise.title, result, {}))


_course = cache(load_course)


@cache
def _ready_made(course: Course, slug: str) -> ReadyMade:
    return ReadyMade(course.exercise(slug), course)


def _checks() -> Iterator[Path]:
    """What graders are made of."""
    folder = Path(servicelab.__file__).parent / "checks"
    yield from sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml"))


def result_to_text(result: ExerciseResult) -> str:
    """A result as it is kept."""
    return json.dumps(result, default=vars)


def result_from_text(text: str) -> ExerciseResult:
    """The opposite of `result_to_text`."""
    told = json.loads(text)
    checks = tuple(CheckResult(**{**check, "outcome": CheckOutcome(check["outcome"])}) for check in told["checks"])
    return ExerciseResult(**{**told, "checks": checks, "earlier": tuple(told.get("earlier", ()))})
