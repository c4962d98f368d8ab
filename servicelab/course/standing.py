"""Where a learner stands in the course: what is passed, and the lesson to go on with."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicelab.checks.words import number_words
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Course, Lesson
from servicelab.course.progress import Progress, Standing


@dataclass(frozen=True)
class CourseStanding:
    """`of_exercises` by slug; `next_lesson` is the one after the last with a passed exercise: the first for who is new,
    None at the end."""

    of_exercises: Mapping[str, Standing]
    next_lesson: Lesson | None

    @property
    def passed(self) -> int:
        """How many exercises are passed."""
        return sum(1 for one in self.of_exercises.values() if one.first_passed)

    def __str__(self) -> str:
        done = f"{self.passed} of {number_words(len(self.of_exercises), 'exercise')} passed"
        return f"{done}; next: {self.next_lesson.title}" if self.next_lesson else f"{done}; this was the last lesson"


def standing(home: Home, course: Course) -> CourseStanding:
    """What the learner's record says of the course as it is now."""
    progress = Progress(home)
    of_exercises = {entry.slug: progress.standing(entry.slug) for entry in course.exercises}
    reached = {entry.lesson for entry in course.exercises if of_exercises[entry.slug].first_passed}
    done = max((number for number, lesson in enumerate(course.lessons, 1) if lesson.id in reached), default=0)
    return CourseStanding(of_exercises, next(iter(course.lessons[done:]), None))
