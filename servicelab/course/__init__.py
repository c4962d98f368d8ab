"""The catalogue (course.toml), exercises, submissions, progress, and the engine that judges."""

from servicelab.course.catalogue import Course, CourseError, Exercise, Lesson, NoSuchExercise, Unit, load_course
from servicelab.course.engine import run
from servicelab.course.judging import judging_cluster
from servicelab.course.progress import Progress, Standing
from servicelab.course.submission import Submission, parse_notebook, read_notebook
from servicelab.course.whose import Owner, owner

__all__ = [
    "Course",
    "CourseError",
    "Exercise",
    "Lesson",
    "NoSuchExercise",
    "Owner",
    "Progress",
    "Standing",
    "Submission",
    "Unit",
    "judging_cluster",
    "load_course",
    "owner",
    "parse_notebook",
    "read_notebook",
    "run",
]
