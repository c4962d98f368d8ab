"""Who is in the class: a file of the learning platform's, or any table with a column of ids."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from servicelab.classroom.submissions import LONGEST_ID, printable
from servicelab.classroom.table import Table
from servicelab.cluster.base import MachineError
from servicelab.course.variant import normalised

NAME = "roster.csv"
"""Where a course directory keeps it."""
ID = re.compile(r"[\w@+-][\w .@+-]*")
"""What can be an id: it becomes the name of a folder."""


@dataclass(frozen=True)
class Form:
    """How a platform's tables look: `marked_by` are columns that each of them has; the first of `ids` that is filled is
    a person's id; `names` are columns, taken together, that name a person too."""

    name: str
    marked_by: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
    nobody: re.Pattern[str] = re.compile(r"(?!)")
    """Ids and names that are no person's."""


CANVAS = Form(
    "canvas",
    ("Student", "ID", "Section"),
    ("SIS Login ID", "SIS User ID", "ID"),
    (("SIS User ID",), ("SIS Login ID",), ("Student",)),
    re.compile(r"points possible|(student, test|test student)"),
)
MOODLE_WORKSHEET = Form(
    "moodle",
    ("Identifier", "Grade", "Maximum Grade"),
    ("ID number", "Username", "Email address", "Full name", "Identifier"),
    (("Identifier",), ("Full name",), ("Email address",), ("ID number",), ("Username",)),
)
MOODLE = Form(
    "moodle",
    ("First name", "Email address"),
    ("ID number", "Username", "Email address"),
    (("First name", "Surname"), ("First name", "Last name"), ("Email address",), ("ID number",), ("Username",)),
)
BLACKBOARD = Form(
    "blackboard",
    ("Last Name", "First Name", "Username"),
    ("Username",),
    (("Username",), ("Student ID",), ("First Name", "Last Name")),
    re.compile(r".*_previewuser"),
)
PLAIN_IDS = ("id", "student", "student_id", "username", "login")
PLAIN_NAMES = (*((column,) for column in (*PLAIN_IDS, "name", "email")), ("first_name", "last_name"))
PLAIN = Form("csv", (), PLAIN_IDS, PLAIN_NAMES)
"""Any table with a column `id`; the columns `name`, `email` and `group` are read, too."""


@dataclass(frozen=True)
class Person:
    """One of the class. `keys` is everything that names them, normalised; `row` their place in the table."""

    id: str
    row: int
    keys: frozenset[str] = field(repr=False)
    group: str = ""


@dataclass(frozen=True)
class Roster:
    """The class, as `table` lists it."""

    form: Form
    table: Table
    people: tuple[Person, ...]

    @classmethod
    def read(cls, path: Path) -> "Roster":
        """Read a roster. MachineError when it has no ids, or one twice."""
        table = Table.read(path)
        forms = (CANVAS, MOODLE_WORKSHEET, MOODLE, BLACKBOARD)
        form = next((form for form in forms if set(form.marked_by) <= set(table.header)), PLAIN)
        if not set(form.ids) & set(table.header):
            known = ", ".join(("a column `id`", *(f"{one.name}: {', '.join(one.marked_by)}" for one in forms)))
            raise MachineError(f"{path}: no column names the students", f"A roster has {known}.")
        people = tuple(_people(form, table, path))
        if not people:
            raise MachineError(f"{path} lists nobody", "Download it again, with all students.")
        return cls(form, table, people)

    @classmethod
    def of(cls, root: Path) -> "Roster | None":
        """That of a course directory, if it has one."""
        return cls.read(root / NAME) if (root / NAME).is_file() else None

    @cached_property
    def _by_key(self) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.people:
            for key in person.keys:
                found.setdefault(key, []).append(person)
        return found

    def find(self, *names: str) -> Person | None:
        """The one person that the first of these names belongs to which is one person's alone."""
        for name in names:
            found = self._by_key.get(normalised(name), [])
            if len(found) == 1:
                return found[0]
        return None

    def joined(self, other: "Roster") -> "Roster":
        """This roster, whose people also go by what another table of the class calls them."""
        more: dict[str, frozenset[str]] = {}
        for theirs in other.people:
            if mine := self.same(theirs):
                more[mine.id] = theirs.keys
        people = (replace(one, keys=one.keys | more.get(one.id, frozenset())) for one in self.people)
        return replace(self, people=tuple(people))

    def same(self, person: Person) -> Person | None:
        """The person of another table of the same class: by id, else by whatever else names one person alone."""
        return self.find(person.id, *sorted(person.keys))


def _people(form: Form, table: Table, path: Path) -> Iterable[Person]:
    seen: dict[str, int] = {}
    for row, values in enumerate(table.rows):
        identity = normalised(next((one for column in form.ids if (one := table.value(values, column))), ""))
        keys = frozenset(_keys(form, table, values))
        if not identity or any(form.nobody.fullmatch(key) for key in (identity, *keys)):
            continue
        if not ID.fullmatch(identity) or len(identity) > LONGEST_ID:
            does = "Use letters, digits and . _ @ + -, at most 128 of them."
            raise MachineError(f"{path}, row {row + 2}: “{printable(identity)}” cannot be an id", does)
        if identity in seen:
            told = f"{path}, rows {seen[identity] + 2} and {row + 2} have the same id, {identity}"
            raise MachineError(told, "Each student needs one of their own; capitals do not count.")
        seen[identity] = row
        yield Person(identity, row, keys | {identity}, normalised(table.value(values, "group")))


def _keys(form: Form, table: Table, values: list[str]) -> Iterable[str]:
    for columns in form.names:
        name = normalised(" ".join(filter(None, (table.value(values, column) for column in columns))))
        if not name or (len(columns) > 1 and not all(table.value(values, column) for column in columns)):
            continue
        yield name
        last, comma, first = name.partition(", ")
        if comma:
            yield f"{first} {last}"
    if form is CANVAS:  # a number there is no number elsewhere
        yield canvas_key(table.value(values, "ID"))


def canvas_key(number: str) -> str:
    """What names the person with this number of Canvas's."""
    return f"canvas {number}"


def moodle_key(number: str) -> str:
    """What names the participant with this number, which differs from assignment to assignment; see `Identifier`."""
    return f"participant {number}"
