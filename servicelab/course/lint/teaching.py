"""A page for instructors about each unit, and claims of folklore that a cell refutes."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from servicelab.course.catalogue import Course, Unit
from servicelab.course.lint.book import read_book
from servicelab.course.lint.finding import Finding

PAGES = Path("docs") / "teaching"
FOLKLORE = Path("course") / "folklore.toml"
SECTIONS = ("Objectives", "Folklore to expect", "Fifty minutes together", "Questions for discussion")
OBJECTIVE = re.compile(r"^- (Given .+)$", re.MULTILINE)
REFUTED = re.compile(r"^\|.*\|.*\| *(?:[\w-]+, )?`([\w-]+)` *\|$", re.MULTILINE)
"""The last column of the table of folklore: a cell's id, after its lesson's number where the unit has several."""
PLAN = re.compile(r"^\| (\d+) \|", re.MULTILINE)
MEETING = 50
"""Minutes of the plan."""


def check(course: Course) -> Iterator[Finding]:
    """Pages that are missing or say something else than course.toml, and claims that no cell refutes."""
    books = {lesson.id: read_book(course, lesson.notebook) for lesson in course.lessons}
    cells = {name: {cell.id for cell in book.cells} if book else set() for name, book in books.items()}
    for unit in course.units:
        own = {cell for lesson in course.lessons if lesson.unit == unit.id for cell in cells[lesson.id]}
        yield from _page(course, unit, own)
    claims = tomllib.loads((course.root / FOLKLORE).read_text("utf-8"))["claim"]
    for claim in claims:
        if claim["cell"] not in cells.get(claim["lesson"], ()):
            what = f"lesson {claim['lesson']} has no cell {claim['cell']}"
            yield _finding(FOLKLORE, claim["id"], what, "Name the cell that refutes the claim.")


def _page(course: Course, unit: Unit, cells: set[str]) -> Iterator[Finding]:
    file = PAGES / f"{unit.id}.md"
    path = course.root / file
    if not path.is_file():
        yield _finding(file, "", f"there is no page for instructors about {unit.id}", "Write it like the others.")
        return
    text = path.read_text("utf-8")
    for section in SECTIONS:
        if f"\n## {section}\n" not in text:
            yield _finding(file, "", f"there is no section “{section}”", "Write it like the others.")
    if tuple(OBJECTIVE.findall(text)) != tuple(unit.objectives):
        yield _finding(file, "Objectives", "they are not those of course.toml", "Copy them from there.")
    for cell in REFUTED.findall(text):
        if cell not in cells:
            what = f"no lesson of {unit.id} has the cell {cell}"
            yield _finding(file, "Folklore to expect", what, "Name the cell that refutes it.")
    minutes = sum(map(int, PLAN.findall(text)))
    if minutes != MEETING:
        yield _finding(file, "Fifty minutes together", f"the plan takes {minutes} minutes", "Make it fifty.")


def _finding(file: Path, place: str, what: str, fix: str) -> Finding:
    return Finding("teaching", file.as_posix(), place, what, fix)
