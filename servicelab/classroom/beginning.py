"""How a class begins: its directory, and class.toml with a key that nobody can guess."""

import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.directory import CONFIG
from servicelab.classroom.ledger import NAME as LEDGER
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import write_private
from servicelab.course import Course
from servicelab.course.whose import CLASS_FILE

KEY_LINE = re.compile(r"^variant_key = .*$", re.M)
TEXT = """\
# A class of Service Lab. docs/classroom.md tells what may stand here.
name = "{name}"

# Whoever has this key can compute the values of every student.
variant_key = "{key}"

units = [{units}]

hints = "all"      # all; questions: the first step only; none
doctor = true      # whether `lab doctor` answers
attempts = "last"  # which of several submissions counts: last or first
groups = false     # whether the roster's groups hand in instead of each student

[late]
percent_per_day = 0  # of the points reached, for each day begun
grace_minutes = 0
# most_days = 5      # after so many days a submission earns nothing

{assignments}
# [[extension]]
# student = "ada"
# exercise = "clusterip"  # without it: all
# until = 2026-12-08T23:59:00+01:00
# reason = "ill"
"""
ASSIGNMENT = """\
[[assignment]]
exercise = "{slug}"
weight = 1
# due = 2026-12-01T23:59:00+01:00
"""


def begin(root: Path, course: Course, name: str, units: Sequence[str]) -> Path:
    """Make a course directory; its class.toml. MachineError when there is one already."""
    path = root / CLASS_FILE
    if path.exists():
        raise MachineError(f"{path} is there already", "A new class needs a directory of its own.")
    root.mkdir(parents=True, exist_ok=True)
    if not (root / CONFIG).exists():
        shutil.copy(course.root / CONFIG, root)
    slugs = [exercise.slug for exercise in course.exercises if exercise.unit in units]
    write_private(
        path,
        TEXT.format(
            name=name.replace("\\", "").replace('"', "”"),
            key=new_key(),
            units=", ".join(f'"{unit}"' for unit in units),
            assignments="\n".join(ASSIGNMENT.format(slug=slug) for slug in slugs),
        ),
    )
    return path


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_hex(32)


def become_exam(terms: ClassFile) -> None:
    """Give a class a new key, and take hints and doctor from it. MachineError when something was handed in already,
    which the new key would give other values to."""
    path = terms.root / CLASS_FILE
    if (terms.root / LEDGER).exists() or any((terms.root / "submitted").glob("*/*")):
        raise MachineError("this class has submissions already", "An exam needs a directory: lab class new exam")
    text = path.read_text("utf-8") if path.is_file() else ""
    if not KEY_LINE.search(text):
        raise MachineError(f"{path} has no line with variant_key", "An exam begins with: lab class new exam")
    text = KEY_LINE.sub(f'variant_key = "{new_key()}"\nexam = true', text, count=1)
    for line in ('hints = "none"', "doctor = false"):
        name = line.split(" = ")[0]
        text, count = re.subn(rf"^{name} = .*$", line, text, count=1, flags=re.M)
        if not count:
            text = text.replace("exam = true", f"exam = true\n{line}", 1)
    write_private(path, text)
