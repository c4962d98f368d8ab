"""Grades all submissions of an exercise: read as data, judged by the one engine, kept in nbgrader's gradebook."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from servicelab.checks import ExerciseResult
from servicelab.classroom import feedback
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.submissions import find_students, read_submitted
from servicelab.cluster.base import Cluster, MachineError
from servicelab.cluster.home import Home
from servicelab.course import Course, judging_cluster, load_course, owner, run

OpenCluster = Callable[[], AbstractContextManager[Cluster]]


@dataclass(frozen=True)
class Graded:
    """One student's result, and what the instructor should know about the submission."""

    student: str
    result: ExerciseResult
    flags: tuple[str, ...]


def students_to_grade(directory: CourseDirectory, slug: str, only: Sequence[str] = ()) -> list[str]:
    """Who has submitted, or those of `only`. MachineError when nobody has, or one of `only` has not."""
    found = find_students(directory.submitted, slug)
    missing = sorted(set(only) - set(found))
    if missing:
        raise MachineError(f"no submission of {slug} from: {', '.join(missing)}", f"Look in {directory.submitted}.")
    if not found:
        place = directory.submitted / "STUDENT" / slug / f"{slug}.ipynb"
        raise MachineError(f"there are no submissions of {slug}", f"They belong into {place}.")
    return [student for student in found if not only or student in only]


def grade(
    directory: CourseDirectory,
    slug: str,
    students: Sequence[str],
    *,
    open_cluster: OpenCluster = judging_cluster,
    course: Course | None = None,
) -> Iterator[Graded]:
    """Grade one student after the other; each score is in the gradebook before its result is handed on."""
    from servicelab.classroom.gradebook import Gradebook

    course = course or load_course()
    exercise = course.exercise(slug)
    release = release_notebook(directory, course, slug)
    home = Home.find()
    with Gradebook(directory.database, directory.course_id, slug, release) as book:
        for student in students:
            submitted = read_submitted(directory.submitted, student, slug, release, course.version)
            variant = owner(home, student=student, folder=directory.root).variant(exercise, home)
            # a cluster of its own for each student: nothing of one can reach the next
            with open_cluster() as cluster:
                result = run(slug, submitted.submission, cluster, course=course, variant=variant)
            book.write(student, result)
            manifests = submitted.submission.manifests
            feedback.write(directory.feedback, student, slug, exercise.title, result, manifests)
            yield Graded(student, result, submitted.flags)


def release_notebook(directory: CourseDirectory, course: Course, slug: str) -> Path:
    """The exercise as students got it: from the course directory, else the course's own. MachineError without one."""
    for release in (directory.release, course.root / "exercises"):
        path = release / slug / f"{slug}.ipynb"
        if path.is_file():
            return path
    raise MachineError(f"there is no released notebook of {slug}", f"Run: nbgrader generate_assignment {slug}")
