"""Where a learner stands in the course: what is passed, and the lesson to go on with."""

from dataclasses import dataclass

from servicelab.cluster.home import Home
from servicelab.course.catalogue import Course, Lesson
from servicelab.course.progress import Progress


@dataclass(frozen=True)
class Standing:
    """`next_lesson` is the one after the last with a passed exercise: the first for who is new, None at the end."""

    passed: int
    exercises: int
    next_lesson: Lesson | None

    def __str__(self) -> str:
        done = f"{self.passed} of {self.exercises} exercise{'' if self.exercises == 1 else 's'} passed"
        return f"{done}; next: {self.next_lesson.title}" if self.next_lesson else f"{done}; this was the last lesson"


def standing(home: Home, course: Course) -> Standing:
    """What the learner's record says of the course as it is now."""
    progress = Progress(home)
    passed = {entry.slug for entry in course.exercises if progress.standing(entry.slug).first_passed}
    reached = {entry.lesson for entry in course.exercises if entry.slug in passed}
    done = max((number for number, lesson in enumerate(course.lessons, 1) if lesson.id in reached), default=0)
    return Standing(len(passed), len(course.exercises), next(iter(course.lessons[done:]), None))
