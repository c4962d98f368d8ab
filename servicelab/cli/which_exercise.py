"""Which exercise a command is about."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from servicelab.course import Course, Exercise

Slug = Annotated[str, typer.Argument(metavar="EXERCISE", help="The exercise, for example clusterip.")]


def known(course: "Course", slug: str) -> "Exercise":
    """The exercise; a usage error when there is no such one."""
    from servicelab.course import NoSuchExercise

    try:
        return course.exercise(slug)
    except NoSuchExercise as error:
        raise typer.BadParameter(str(error)) from None
