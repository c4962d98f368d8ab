"""A submission is graded with the version of the course that it was made for, where an instructor has that one."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from servicelab.checks import Variant
from servicelab.classroom.assignment import Assignment, Judged, Task
from servicelab.classroom.resemblance import Resemblance, resemblance
from servicelab.classroom.submissions import HandedIn
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course import Course, CourseError, Exercise, NoSuchExercise, load_course, owner

VERSION = re.compile(rb'"course_version"\s*:\s*"([^"\\]{1,100})"')


class Released:
    """An exercise as one version of the course has it, for the class in `root`: who judges it, and everybody's variant.

    `changed` are the students whose submissions it is to judge, `everybody` those whose values a submission may have.
    """

    def __init__(self, assignment: Assignment, root: Path, home: Home, everybody: Sequence[str]) -> None:
        self.assignment = assignment
        self.changed: list[str] = []
        self._root = root
        self._home = home
        self._everybody = everybody
        self._fingerprint = assignment.fingerprint()

    @property
    def version(self) -> str:
        """The course's."""
        return self.assignment.course.version

    @cached_property
    def exercise(self) -> Exercise:
        """As this version has it."""
        return self.assignment.course.exercise(self.assignment.slug)

    def task(self, handed_in: HandedIn, whose: str) -> Task:
        """A submission, to judge with the variant of a student."""
        return self.assignment.task(handed_in, self._variant(whose), self._fingerprint)

    def resemblance(self, task: Task, judged: Judged) -> Resemblance | None:
        """Whose variant a submission that lost points fits instead of its own."""
        if judged.result.unscored or judged.result.passed:
            return None
        return resemblance(self.exercise, judged.written, task.variant, self._variants)

    def _variant(self, student: str) -> Variant:
        return owner(self._home, student=student, folder=self._root).variant(self.exercise, self._home)

    @cached_property
    def _variants(self) -> dict[str, Variant]:
        return {student: self._variant(student) for student in self._everybody}


def made_for(notebook: bytes) -> str | None:
    """The version that a notebook's bytes speak of last, which is where its metadata stands. It is only a hint where
    to have it judged: who judges reads the metadata, and says when it is another version after all."""
    found = VERSION.findall(notebook)
    return found[-1].decode("utf-8", "replace") if found else None


def courses(folders: Mapping[str, Path], slug: str, points: float) -> dict[str, Course]:
    """Released courses by version; without those that do not have the exercise. MachineError when a folder holds
    another version or none, and when the exercise has other points there, for a gradebook knows one maximum."""
    found = {}
    for version, folder in folders.items():
        try:
            course = load_course(folder.absolute())
            theirs = course.exercise(slug).points
        except NoSuchExercise:
            continue
        except (OSError, CourseError) as error:
            told = f"{folder} holds no course: {error}"
            raise MachineError(told, "Name the folder of that version's source, with course.toml.") from None
        if course.version != version:
            raise MachineError(f"{folder} holds version {course.version}, not {version}", "Name the right folder.")
        if theirs != points:
            told = f"{slug} has {theirs:g} points in version {version}, and {points:g} here"
            raise MachineError(told, "Grade those submissions in a course directory of their own.")
        found[version] = course
    return found
