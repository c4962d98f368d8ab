"""Marks as a learning platform takes them: its own table, with a column for each exercise filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.decisions import Published
from servicelab.classroom.marks import Mark
from servicelab.classroom.roster import BLACKBOARD, CANVAS, MOODLE, MOODLE_WORKSHEET, PLAIN, Form, Roster
from servicelab.classroom.table import Table
from servicelab.cluster.base import MachineError
from servicelab.course import Exercise
from servicelab.course.variant import normalised

IDENTITY = {
    CANVAS.name: ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
    MOODLE.name: ("First name", "Surname", "Last name", "ID number", "Username", "Email address"),
    BLACKBOARD.name: ("Last Name", "First Name", "Username", "Student ID"),
}
"""The columns beside the marks that a platform needs. Others are left out, so that nothing else is imported."""
TOTAL = "percent"


@dataclass(frozen=True)
class ToMark:
    """An exercise that is exported: its marks by student, what students were told before, and who has handed in."""

    exercise: Exercise
    marks: Mapping[str, Mark]
    published: Mapping[str, Published] = field(default_factory=dict)
    handed_in: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """A published mark that would be another."""

    student: str
    exercise: str
    before: float
    now: float


@dataclass
class Sheet:
    """The filled table, and what an instructor must know: submissions without a score, published marks that change,
    graded students whom the roster does not have, and who gets nothing for not handing in."""

    table: Table
    unscored: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    absent: list[tuple[str, str]] = field(default_factory=list)


def fill(
    terms: ClassFile, roster: Roster, tables: Roster, to_mark: Sequence[ToMark], now: datetime | None = None
) -> Sheet:
    """Fill the table of `tables` (a platform's download, often the roster itself) with marks.

    Who has not handed in gets 0 once it was due, and an empty cell before. MachineError when the table cannot hold it.
    """
    now = now or datetime.now(UTC)
    sheet = Sheet(_shape(tables, to_mark))
    places = [sheet.table.header.index(_column(tables, one, len(to_mark))) for one in to_mark]
    for person in tables.people:
        row = sheet.table.rows[person.row]
        known = person if tables is roster else roster.same(person)
        if known is None:
            continue
        student = terms.hands_in(known)
        values = [_value(terms, one, student, now, sheet) for one in to_mark]
        for place, one, value in zip(places, to_mark, values, strict=True):
            if value is None or (tables.form is MOODLE_WORKSHEET and not _may_change(sheet.table, row)):
                row[place] = ""
            else:
                row[place] = f"{value * _scale(tables, sheet.table, row, one):.2f}"
        if tables.form is PLAIN:
            row[sheet.table.header.index(TOTAL)] = _total(terms, to_mark, values)
    everybody = {person.id for person in roster.people} | {person.group for person in roster.people}
    sheet.strangers = sorted({student for one in to_mark for student in one.marks} - everybody)
    sheet.changes = list(_changes(to_mark))
    for rows in (sheet.unscored, sheet.absent):
        rows[:] = sorted(set(rows))
    return sheet


def in_plain_form(roster: Roster) -> Roster:
    """A plain table of the same people: a row for each, with the id alone."""
    people = tuple(replace(person, row=place) for place, person in enumerate(roster.people))
    return Roster(PLAIN, Table(["id"], [[person.id] for person in people]), people)


def form_named(name: str, tables: Roster) -> Roster:
    """The table in the form of that name. MachineError when that needs the platform's own table."""
    if name == tables.form.name:
        return tables
    if name == PLAIN.name:
        return in_plain_form(tables)
    told = f"the table is of the form {tables.form.name}, not {name}"
    raise MachineError(told, f"{name} takes marks in a table of its own: download it, and name it with --roster.")


def _shape(tables: Roster, to_mark: Sequence[ToMark]) -> Table:
    """The table with the columns it needs. Its rows are new lists, which may be written to."""
    form, table = tables.form, tables.table
    if form is MOODLE_WORKSHEET and len(to_mark) > 1:
        raise MachineError("a grading worksheet is for one assignment", "Name one exercise: --exercise SLUG.")
    columns = [_column(tables, one, len(to_mark)) for one in to_mark]
    if form is PLAIN:
        columns.append(TOTAL)
    kept = [name for name in table.header if form not in (CANVAS, MOODLE, BLACKBOARD) or name in IDENTITY[form.name]]
    shaped = table.only([*kept, *(name for name in columns if name not in kept)])
    if form is CANVAS:
        for row in shaped.rows:
            if normalised(row[0]) == "points possible":
                for one in to_mark:
                    row[shaped.header.index(_column(tables, one, len(to_mark)))] = f"{one.exercise.points:g}"
    return shaped


def _column(tables: Roster, one: ToMark, count: int) -> str:
    """What the exercise's column is called: as in the table, when it has one, else by its title or slug."""
    if tables.form is MOODLE_WORKSHEET:
        return "Grade"
    exercise = one.exercise
    names = "|".join(re.escape(normalised(name)) for name in (exercise.title, exercise.slug))
    known = re.compile(rf"(?:{names})(?: *[(\[|].*)?")
    found = [name for name in tables.table.header if known.fullmatch(normalised(name))]
    if found:
        return found[0]
    match tables.form:
        case form if form is PLAIN:
            return exercise.slug
        case form if form is BLACKBOARD:
            return f"{exercise.title} [Total Pts: {exercise.points:g} Score]"
    return exercise.title


def _value(terms: ClassFile, one: ToMark, student: str, now: datetime, sheet: Sheet) -> float | None:
    """The mark; None for an empty cell. What has no score is noted in the sheet."""
    slug = one.exercise.slug
    if mark := one.marks.get(student):
        if mark.value is None:
            sheet.unscored.append((student, slug))
        return mark.value
    if student in one.handed_in:
        sheet.unscored.append((student, slug))
        return None
    due = terms.due(slug, student)
    if due is None or now < due:
        return None
    sheet.absent.append((student, slug))
    return 0.0


def _scale(tables: Roster, table: Table, row: list[str], one: ToMark) -> float:
    """A worksheet has a maximum of its own."""
    if tables.form is not MOODLE_WORKSHEET:
        return 1.0
    text = table.value(row, "Maximum Grade").replace(",", ".")
    try:
        return float(text) / one.exercise.points
    except ValueError:
        raise MachineError(f"the worksheet's maximum grade is “{text}”", "The assignment must take points.") from None


def _may_change(table: Table, row: list[str]) -> bool:
    return table.value(row, "Grade can be changed").casefold() not in ("no", "0")


def _total(terms: ClassFile, to_mark: Sequence[ToMark], values: Sequence[float | None]) -> str:
    """What was reached of all that has a mark, by weight, in percent."""
    counted = [
        (terms.assigned(one.exercise.slug).weight, value / one.exercise.points)
        for one, value in zip(to_mark, values, strict=True)
        if value is not None
    ]
    weight = sum(one for one, _ in counted)
    return f"{100 * sum(one * share for one, share in counted) / weight:.2f}" if weight else ""


def _changes(to_mark: Sequence[ToMark]) -> Iterator[Change]:
    for one in to_mark:
        for student, before in sorted(one.published.items()):
            mark = one.marks.get(student)
            now = mark.value if mark else None
            if now != before.mark:
                yield Change(student, one.exercise.slug, before.mark, now if now is not None else 0.0)


def forms() -> list[str]:
    """The names of all forms."""
    every: tuple[Form, ...] = (CANVAS, MOODLE, BLACKBOARD, PLAIN)
    return [form.name for form in every]
