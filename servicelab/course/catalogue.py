"""course.toml: the units, lessons and exercises, in the order learners meet them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from servicelab.cluster.images import WORKLOAD
from servicelab.course.files import CATALOGUE, course_root
from servicelab.course.policy import Policy

POD_SECURITY = frozenset({"baseline", "restricted"})
SHARED = frozenset({"node-ports", "cluster-objects"})


class CourseError(Exception):
    """The course's files are wrong; the message says which and how. For authors, never for learners."""


class NoSuchExercise(ValueError):
    """A slug that the course does not have; the message lists those it has."""


@dataclass(frozen=True)
class Unit:
    """A chapter of the course. `objectives` are sentences, `prerequisites` ids of units, `minutes` for the whole unit.

    `core` units make up the course that everybody takes. `talked_over` numbers objectives that no check can show.
    """

    id: str
    title: str
    minutes: int = 0
    objectives: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    core: bool = True
    talked_over: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A notebook to read and run. `objectives` are sentences, `prerequisites` ids of lessons, `minutes` what a learner
    may need for it.
    """

    id: str
    unit: str
    title: str
    notebook: str
    minutes: int = 0
    objectives: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Varied:
    """A value that differs from learner to learner: `reference` stands in the exercise's files.

    The others come from `words` (a name, a label, a namespace) or from `numbers`, the first and the last of a range
    (a port).
    """

    name: str
    reference: str | int
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        good = len(self.numbers) == 2 if isinstance(self.reference, int) else bool(self.words)
        if not good or bool(self.words) == bool(self.numbers):
            raise CourseError(f"varies {self.name}: give `words` for a word, or `numbers = [FIRST, LAST]` for a number")

    @property
    def pool(self) -> Sequence[str | int]:
        """All values that it may have."""
        return self.words or range(self.numbers[0], self.numbers[1] + 1)


@dataclass(frozen=True)
class Exercise:
    """One exercise. `grader`, `words` and `fixture` are paths below the course's root.

    `namespaces` are those it plays in, the main one first; `manifests` the names of the cells it reads, `kinds`
    what may be in them, as `apiVersion/kind`; `answers` the names of its `%%answer` cells; `points` the sum of its
    checks' points; `varies` what differs between learners; from `due` on its explanation is open to everybody.
    `core` is False for further practice, which the core's hours do not hold.
    `shows` says which objectives (`UNIT/NUMBER`, from 1) its checks show, and which checks those are.

    On a real cluster a submission's Pods must meet Pod Security `pod_security`; their `images` are those listed, on any
    cluster. `shares` names what a run needs of the whole cluster (`node-ports`, `cluster-objects`): one run at a time.
    `unready` names Deployments, of the fixture or the solution, whose Pods run and are not ready by themselves.
    `stands_for` gives reserved addresses of the task, each with the Pod (`NAMESPACE/NAME`) whose address a run takes.
    """

    slug: str
    unit: str
    lesson: str
    title: str
    points: float
    grader: str
    fixture: str
    namespaces: tuple[str, ...]
    manifests: tuple[str, ...]
    kinds: tuple[str, ...]
    words: str = ""
    answers: tuple[str, ...] = ()
    varies: tuple[Varied, ...] = ()
    minutes: int = 0
    objectives: tuple[str, ...] = ()
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    core: bool = True
    due: datetime | None = None

    pod_security: str = "baseline"
    images: tuple[str, ...] = (WORKLOAD,)
    shares: tuple[str, ...] = ()
    unready: tuple[str, ...] = ()
    stands_for: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.pod_security not in POD_SECURITY or not set(self.shares) <= SHARED:
            raise CourseError(
                f"exercise {self.slug}: pod_security is one of {', '.join(sorted(POD_SECURITY))}, "
                f"shares of {', '.join(sorted(SHARED))}"
            )


@dataclass(frozen=True)
class Course:
    """The whole catalogue; `version` is noted in every result, `policy` is that of the class it was released for."""

    root: Path
    version: str
    units: tuple[Unit, ...]
    lessons: tuple[Lesson, ...]
    exercises: tuple[Exercise, ...]
    policy: Policy = field(default_factory=Policy)

    def exercise(self, slug: str) -> Exercise:
        """The exercise with this slug. NoSuchExercise when there is none."""
        for exercise in self.exercises:
            if exercise.slug == slug:
                return exercise
        known = ", ".join(exercise.slug for exercise in self.exercises)
        raise NoSuchExercise(f"There is no exercise “{slug}”. The course has: {known}.")


def load_course(root: Path | None = None) -> Course:
    """Read course.toml. CourseError when it is wrong."""
    root = root or course_root()
    try:
        table = tomllib.loads((root / CATALOGUE).read_text("utf-8"))
        return Course(
            root,
            str(table["version"]),
            tuple(Unit(**_with_tuples(entry)) for entry in table.get("unit", [])),
            tuple(Lesson(**_with_tuples(entry)) for entry in table.get("lesson", [])),
            tuple(_exercise(entry) for entry in table.get("exercise", [])),
            Policy(**table.get("policy", {})),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CourseError(f"{CATALOGUE}: {error}") from error


def _with_tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A table with its lists made unchangeable."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _exercise(entry: Mapping[str, Any]) -> Exercise:
    if not all(entry[key] for key in ("namespaces", "manifests", "kinds")):
        raise CourseError(f"exercise {entry['slug']}: namespaces, manifests and kinds must not be empty")
    varies = tuple(Varied(**_with_tuples(varied)) for varied in entry.get("varies", ()))
    return Exercise(**{**_with_tuples(entry), "varies": varies, "shows": _with_tuples(entry.get("shows", {}))})
