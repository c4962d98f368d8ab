"""From the gradebook to what students are told, and what must not happen on the way unasked."""

from collections.abc import Sequence

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.decisions import Decisions, Published
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.export import Sheet, ToMark
from servicelab.classroom.marks import settle
from servicelab.classroom.submissions import find_folders, first_of
from servicelab.course import Exercise


class NotAllowed(Exception):
    """The marks must not go out like this: what is in the way, and what to do."""


def gathered(terms: ClassFile, exercises: Sequence[Exercise], database: str | None = None) -> list[ToMark]:
    """The marks of these exercises, as the gradebook has them now. MachineError when it cannot be used."""
    directory = CourseDirectory.find(terms.root, database)
    found = []
    for exercise in exercises:
        with Decisions(terms.root, exercise.slug) as decided:
            marks = settle(directory, terms, exercise.slug, decided.overrides())
            handed_in = frozenset(find_folders(directory.submitted, exercise.slug).students)
            found.append(ToMark(exercise, marks, decided.published(), handed_in))
    return found


def publish(
    terms: ClassFile,
    sheet: Sheet,
    to_mark: Sequence[ToMark],
    *,
    allow_incomplete: bool = False,
    lower: bool = False,
    draft: bool = False,
) -> None:
    """Note that these marks go out, unless it is a `draft`.

    NotAllowed when a submission has no score, or a published mark would become lower, and that was not asked for.
    """
    if sheet.unscored and not allow_incomplete:
        names = first_of([f"{student} ({slug})" for student, slug in sheet.unscored])
        does = (
            "Grade them, decide (lab class override) or enter scores in formgrader, or leave the cells empty: "
            "--allow-incomplete"
        )
        raise NotAllowed(f"{len(sheet.unscored)} submissions have no final score: {names}", does)
    down = [f"{one.student} ({one.exercise})" for one in sheet.changes if one.now < one.before]
    if down and not lower:
        raise NotAllowed(f"{len(down)} published marks would become lower: {first_of(down)}", "Let them: --lower")
    if draft:
        return
    for one in to_mark:
        told = [
            (student, Published(mark.checked if mark.checked is not None else mark.score, mark.value))
            for student, mark in one.marks.items()
            if mark.score is not None and mark.value is not None
        ]
        with Decisions(terms.root, one.exercise.slug) as decided:
            decided.publish(told)
