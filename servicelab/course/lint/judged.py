"""Solutions score full marks and released exercises nothing, on a throw-away embedded cluster."""

from collections.abc import Iterator

from servicelab.course.catalogue import Course, CourseError
from servicelab.course.engine import run
from servicelab.course.lint.book import release, solution
from servicelab.course.lint.finding import Finding
from servicelab.course.submission import read_notebook


def check(course: Course) -> Iterator[Finding]:
    """Every exercise."""
    from servicelab.cluster.embedded import open_throwaway

    for exercise in course.exercises:
        for place, wanted in ((solution, exercise.points), (release, 0.0)):
            file = place(exercise.slug)
            if not (course.root / file).is_file():
                continue  # the rule `files` says so
            cluster = open_throwaway(seed=1)
            try:
                score = run(exercise.slug, read_notebook(course.root / file), cluster, course=course).score
            except CourseError:
                continue  # the rule `exercises` says so
            finally:
                cluster.close()
            if score != wanted:
                fix = f"Look: LAB_VARIANT=reference lab check {exercise.slug} {file}"
                yield Finding("judged", file, "", f"scores {score:g} instead of {wanted:g}", fix)
