"""class.toml: what a class does, when, and on which terms. Without one nothing is due and everything counts alike."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from servicelab.classroom.roster import Person, Roster
from servicelab.cluster.base import MachineError
from servicelab.course import Course, NoSuchExercise
from servicelab.course.policy import Policy
from servicelab.course.variant import normalised
from servicelab.course.whose import CLASS_FILE

T = TypeVar("T")


class Attempts(StrEnum):
    """Which of several submissions counts."""

    LAST = "last"
    FIRST = "first"


@dataclass(frozen=True)
class Assigned:
    """One exercise that is graded; `weight` beside the others', `due` for those without an extension."""

    exercise: str
    weight: float = 1.0
    due: datetime | None = None


@dataclass(frozen=True)
class Late:
    """What a late submission loses: `percent_per_day` of the points reached, for each day begun after `grace_minutes`;
    all of them after `most_days`."""

    percent_per_day: float = 0.0
    grace_minutes: float = 0.0
    most_days: int | None = None

    def share(self, late: timedelta) -> float:
        """The part of the points that is lost, from 0 to 1."""
        days = math.ceil(max(late - timedelta(minutes=self.grace_minutes), timedelta()) / timedelta(days=1))
        if self.most_days is not None and days > self.most_days:
            return 1.0
        return min(1.0, days * self.percent_per_day / 100)


@dataclass(frozen=True)
class Extension:
    """More time for a student (or a group) with an exercise, or with all when none is named."""

    student: str
    until: datetime
    exercise: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ClassFile:
    """The class in a course directory. `units` are those that are released; `groups` says that groups hand in;
    `versions` are the folders of other versions of the course, with which submissions made for them are graded."""

    root: Path
    name: str = ""
    units: tuple[str, ...] = ()
    assignments: tuple[Assigned, ...] = ()
    extensions: tuple[Extension, ...] = ()
    late: Late = Late()
    policy: Policy = field(default_factory=Policy)
    attempts: Attempts = Attempts.LAST
    groups: bool = False
    exam: bool = False
    variant_key: str = ""
    versions: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def find(cls, root: Path, course: Course) -> "ClassFile":
        """Read the directory's class.toml. MachineError when it is wrong; the message says where and how."""
        path = root / CLASS_FILE
        every = ClassFile(
            root,
            units=tuple(unit.id for unit in course.units),
            assignments=tuple(Assigned(exercise.slug) for exercise in course.exercises),
        )
        if not path.is_file():
            return every
        try:
            return _read(root, tomllib.loads(path.read_text("utf-8")), course, every)
        except (
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
            NoSuchExercise,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise MachineError(f"{path}: {error}", "Mend it; docs/classroom.md shows a whole one.") from None

    def assigned(self, slug: str) -> Assigned:
        """The terms of an exercise; those of one that is not an assignment have no date."""
        return next((one for one in self.assignments if one.exercise == slug), Assigned(slug))

    def due(self, slug: str, student: str) -> datetime | None:
        """Until when a student has time; None when nothing is due."""
        due = self.assigned(slug).due
        mine = [one.until for one in self.extensions if one.student == student and one.exercise in ("", slug)]
        return max([due, *mine]) if due else None

    def hands_in(self, person: Person) -> str:
        """Who hands in for a person: their group, where groups do, else they."""
        return person.group or person.id if self.groups else person.id

    def students(self, roster: Roster | None) -> list[str]:
        """Everybody of the roster, or every group, as they hand in."""
        return sorted({self.hands_in(person) for person in roster.people}) if roster else []

    def lost(self, slug: str, student: str, submitted: datetime | None) -> float:
        """The part of the points that a submission loses for being late, from 0 to 1."""
        due = self.due(slug, student)
        return self.late.share(submitted - due) if due and submitted else 0.0


def _read(root: Path, table: dict[str, Any], course: Course, every: ClassFile) -> ClassFile:
    known = {unit.id for unit in course.units}
    units = tuple(table.pop("units", every.units))
    if unknown := [unit for unit in units if unit not in known]:
        raise ValueError(f"there is no unit “{unknown[0]}”; the course has: {', '.join(sorted(known))}")
    policy = Policy(**{name: table.pop(name) for name in ("hints", "doctor") if name in table})
    inside = tuple(one for one in every.assignments if course.exercise(one.exercise).unit in units)
    assignments = tuple(_made(Assigned, one) for one in table.pop("assignment", ())) or inside
    for one in assignments:
        unit = course.exercise(one.exercise).unit
        if unit not in units:
            raise ValueError(f"the exercise {one.exercise} is of the unit {unit}, which is not among `units`")
    extensions = [_made(Extension, one) for one in table.pop("extension", ())]
    late = _made(Late, table.pop("late", {}))
    attempts = Attempts(table.pop("attempts", Attempts.LAST))
    versions = {version: root / folder for version, folder in dict(table.pop("versions", {})).items()}
    plain = {field.name for field in fields(ClassFile)} - {"root", "policy", "assignments", "extensions", "versions"}
    if unknown := sorted(set(table) - plain):
        raise ValueError(f"there is no setting “{unknown[0]}”")
    by_id = tuple(replace(one, student=normalised(one.student)) for one in extensions)
    return ClassFile(
        root,
        units=units,
        assignments=assignments,
        extensions=by_id,
        late=late,
        policy=policy,
        attempts=attempts,
        versions=versions,
        **table,
    )


def _made(kind: Callable[..., T], entry: Mapping[str, Any]) -> T:
    for name, value in entry.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{name} = {value.isoformat()} has no time zone; write {value.isoformat()}+01:00, or …Z")
    return kind(**entry)


def said(moment: datetime) -> str:
    """A moment as people read it, in its own time zone."""
    zone = "UTC" if moment.tzinfo is UTC else f"{moment:%z}"
    return f"{moment:%d %B %Y, %H:%M} {zone}"
