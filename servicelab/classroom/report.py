"""What a class did with an exercise, as a page without anything loaded from elsewhere, and as data."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from servicelab.checks import CheckOutcome, ExerciseResult, Variant, checks_of
from servicelab.checks.render.words import OUTCOME_WORDS, number
from servicelab.classroom import charts
from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.ledger import NAME, Ledger
from servicelab.classroom.pages import environment
from servicelab.classroom.roster import Roster
from servicelab.classroom.statistics import ClassStatistics, of_class, of_passes
from servicelab.classroom.submissions import take_in_record
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course import Course, Exercise, owner
from servicelab.course.engine import load_grader
from servicelab.course.history import lasted
from servicelab.course.progress_record import first_pass
from servicelab.picture.palette import variables

SHORTEST_NAME = 3
"""Letters of a name that is blotted out of examples; shorter ones would blot out words."""


def told(terms: ClassFile, course: Course, exercise: Exercise) -> ClassStatistics:
    """Count what was graded last. MachineError when nothing was."""
    with Ledger(terms.root / NAME, exercise.slug) as ledger:
        results, held = ledger.results(), ledger.held()
    resembling = {student: one.resembles.student for student, one in held.items() if one.resembles}
    titles = {check.id: check.title for check in checks_of(load_grader(course.root / exercise.grader))}
    try:
        counted = of_class(results, titles, _anonymous(terms, exercise, results, resembling))
    except ValueError as problem:
        raise MachineError(f"{exercise.slug}: {problem}", f"Grade first: lab grade {exercise.slug}") from None
    submitted = CourseDirectory.find(terms.root).submitted
    records = [record for student in results if (record := take_in_record(submitted, student, exercise.slug))]
    passes = [first_pass(record, exercise.slug) for record in records]
    return replace(counted, resembling=len(resembling), first_pass=of_passes(passes))


def _anonymous(
    terms: ClassFile, exercise: Exercise, results: Mapping[str, ExerciseResult], resembling: Mapping[str, str]
) -> Callable[[str, str], str]:
    """Puts the reference's values in the place of a student's, and of those that the submission has instead; blots out
    everybody's names."""
    home, roster = Home.find(), Roster.of(terms.root)
    names = {key for person in roster.people for key in person.keys} if roster else set()
    blot = _blot([*names, *results])

    def back(student: str, text: str) -> str:
        own = owner(home, student=student, folder=terms.root).variant(exercise, home)
        return text if own.is_reference else Variant(own.values, own.references, own.seed).rendered(text)

    def anonymous(student: str, text: str) -> str:
        text = back(student, text)
        return blot(back(resembling[student], text) if student in resembling else text)

    return anonymous


def _blot(names: Iterable[str]) -> Callable[[str], str]:
    known = sorted({name for name in names if len(name) >= SHORTEST_NAME}, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.I) if known else None
    return lambda text: pattern.sub("…", text) if pattern else text


def page(statistics: ClassStatistics, course: Course, exercise: Exercise) -> str:
    """The whole page."""
    made = environment()
    made.filters |= {"points": number, "bin": charts.of_bin, "duration": _duration}
    shown = [outcome for outcome in charts.FILLS if any(check.outcomes.get(outcome) for check in statistics.checks)]
    return made.get_template("report.html.j2").render(
        title=exercise.title,
        slug=exercise.slug,
        version=course.version,
        told=statistics,
        colours="".join(variables("lab-report")),
        order=shown,
        legend=[(charts.FILLS[outcome], OUTCOME_WORDS[outcome]) for outcome in shown],
        distribution=charts.distribution(statistics.bins),
        outcomes=charts.outcomes(statistics.checks),
        causes=charts.causes(statistics.causes, statistics.students),
        spans=charts.spans(statistics.first_pass) if statistics.first_pass else "",
    )


def _duration(seconds: float) -> str:
    return lasted(timedelta(seconds=seconds))


def as_data(statistics: ClassStatistics, course: Course, exercise: Exercise) -> dict[str, Any]:
    """What the page tells, for other programs."""
    told = asdict(statistics)
    for check, entry in zip(statistics.checks, told["checks"], strict=True):
        entry["outcomes"] = {outcome.value: check.outcomes.get(outcome, 0) for outcome in CheckOutcome}
    for cause, entry in zip(statistics.causes, told["causes"], strict=True):
        entry["name"] = cause.name
        entry["examples"] = [{"words": words, "students": count} for words, count in cause.examples]
    return {"exercise": exercise.slug, "title": exercise.title, "course_version": course.version, **told}
