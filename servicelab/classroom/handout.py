"""What a class is given: lessons, exercises and a wheel of the course, and for each student a file with their values.

The wheel holds what grades at home. It holds no solution, no known mistake, nothing that makes solutions, and no key.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.classroom.class_file import ClassFile, said
from servicelab.classroom.directory import CONFIG
from servicelab.classroom.roster import Roster
from servicelab.cluster.base import MachineError, NotSupported
from servicelab.cluster.home import Home, write_private
from servicelab.course import Course, CourseError, Exercise, load_course, owner
from servicelab.course.files import CATALOGUE
from servicelab.course.issued import written

SECONDS = 120.0
STAYS = ("__pycache__", "*.pyc", "solving.py")
"""Of the package; `solving.py` makes solutions from solutions/."""
EVERYBODY, STUDENTS = "class", "students"
NOT_IN_EXAMS = "There is no explanation in an exam."


@dataclass(frozen=True)
class Handout:
    """Where it lies: `everybody` for all alike, `students` with a file for each of `people`."""

    everybody: Path
    students: Path
    people: tuple[str, ...]


def hand_out(terms: ClassFile, course: Course, roster: Roster | None, to: Path) -> Handout:
    """Make what the class is given, in `to`; what was made there before is replaced.

    NotSupported without the course's source, MachineError when class.toml has no key, CourseError when the wheel cannot
    be built.
    """
    source = course.root
    if not (source / "pyproject.toml").is_file() or not (source / "solutions").is_dir():
        raise NotSupported(
            "A class is released from the course's source, not from the installed package. Get the source."
        )
    if not terms.variant_key:
        raise MachineError(
            "class.toml has no variant_key", "`lab class new` makes one; without it there are no secrets."
        )
    handout = Handout(to / EVERYBODY, to / STUDENTS, tuple(terms.students(roster)))
    with tempfile.TemporaryDirectory() as temporary:
        stage, made = Path(temporary) / "course", Path(temporary) / EVERYBODY
        _stage(terms, course, stage)
        for folder in ("lessons", "exercises"):
            shutil.copytree(stage / folder, made / folder)
        shutil.copy(source / "requirements.lock", made)
        _build_wheel(stage, made)
        (made / "README.md").write_text(_read_me(terms, course, next(made.glob("*.whl")).name), "utf-8")
        shutil.rmtree(handout.everybody, ignore_errors=True)
        shutil.copytree(made, handout.everybody)
    shutil.rmtree(handout.students, ignore_errors=True)
    home = Home.find()
    for student in handout.people:
        whose = owner(home, student=student, folder=terms.root)
        variants = [(exercise, whose.variant(exercise, home)) for exercise in _exercises(terms, course)]
        write_private(handout.students / f"{student}.json", written(student, variants))
    return handout


def _exercises(terms: ClassFile, course: Course) -> list[Exercise]:
    return [exercise for exercise in course.exercises if exercise.unit in terms.units]


def _stage(terms: ClassFile, course: Course, stage: Path) -> None:
    """The course's source with what this class gets, and nothing else."""
    source, exercises = course.root, _exercises(terms, course)
    shutil.copytree(source / "servicelab", stage / "servicelab", ignore=shutil.ignore_patterns(*STAYS))
    for name in ("README.md", "LICENSE", CONFIG):
        shutil.copy(source / name, stage)
    (stage / CATALOGUE).write_text(_catalogue(terms, (source / CATALOGUE).read_text("utf-8")), "utf-8")
    files = [exercise.fixture for exercise in exercises]
    files += [lesson.notebook for lesson in course.lessons if lesson.unit in terms.units]
    files += [path for exercise in exercises for path in (exercise.grader, exercise.words)]
    files += [f"exercises/{exercise.slug}/{exercise.slug}.ipynb" for exercise in exercises]
    others = {exercise.fixture for exercise in course.exercises}
    for path in (one for folder in ("cluster-config", "labconfig") for one in (source / folder).rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_file() and name not in others:
            files.append(name)
    for name in files:
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, stage / name)
    if terms.exam:
        for exercise in exercises:
            (stage / exercise.words).write_text(_without_help((source / exercise.words).read_text("utf-8")), "utf-8")
    kept = {f'"graders/{exercise.slug}.{kind}"' for exercise in exercises for kind in ("py", "toml")}
    project = (source / "pyproject.toml").read_text("utf-8").splitlines(keepends=True)
    lines = [line for line in project if not line.startswith('"graders/') or line.split(" = ")[0] in kept]
    (stage / "pyproject.toml").write_text("".join(lines), "utf-8")
    load_course(stage)  # what was put together can be read


def _catalogue(terms: ClassFile, text: str) -> str:
    """course.toml with the class's units, dates and policy."""
    parts = list(_parts(terms, text))
    policy = f'[policy]\nhints = "{terms.policy.hints}"\ndoctor = {str(terms.policy.doctor).lower()}\n'
    return "".join([*parts, "\n", policy])


def _parts(terms: ClassFile, text: str) -> Iterator[str]:
    is_kept = True
    for part in re.split(r"^(?=\[)", text, flags=re.M):
        kind = part.partition("\n")[0].strip()
        if kind in ("[[unit]]", "[[lesson]]", "[[exercise]]"):
            (entry,) = next(iter(tomllib.loads(part).values()))
            is_kept = entry["id" if kind == "[[unit]]" else "unit"] in terms.units
            if is_kept and kind == "[[exercise]]" and (due := terms.assigned(entry["slug"]).due):
                part = re.sub(r"^due = .*\n", "", part, flags=re.M).replace(kind, f"{kind}\ndue = {due.isoformat()}", 1)
        if is_kept:
            yield part


def _without_help(text: str) -> str:
    """An exercise's words with its task alone. CourseError when there are others, which nobody thought of here."""
    words: dict[str, Any] = tomllib.loads(text)
    if more := words.keys() - {"task", "explanation", "hints"}:
        raise CourseError(f"an exam's words cannot be made: what is “{sorted(more)[0]}”?")
    # JSON's strings are TOML's
    nothing = "".join(f"{step} = {json.dumps(NOT_IN_EXAMS)}\n" for step in ("question", "look", "parallel"))
    return f"task = {json.dumps(words['task'])}\nexplanation = {json.dumps(NOT_IN_EXAMS)}\n[hints.default]\n{nothing}"


def _build_wheel(stage: Path, to: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)]
    done = subprocess.run(command, cwd=stage, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise CourseError(f"the wheel could not be built:\n{done.stdout}{done.stderr}")
    for path in to.rglob(".gitignore"):  # hatchling's own
        with suppress(OSError):
            path.unlink()


def _read_me(terms: ClassFile, course: Course, wheel: str) -> str:
    dates = "".join(
        f"- {course.exercise(one.exercise).title} (`{one.exercise}`): {said(one.due) if one.due else 'no date'}\n"
        for one in terms.assignments
    )
    return f"""# {terms.name or "Service Lab"}

You need Python 3.11 or newer. In this folder:

    python -m venv lab-environment
    . lab-environment/bin/activate          (Windows: lab-environment\\Scripts\\activate)
    pip install --require-hashes -r requirements.lock
    pip install --no-deps {wheel}
    lab whoami --values ID.json             (the file that is for you alone)
    lab start

`lab submit EXERCISE` makes the archive that you hand in.

## Due

{dates}"""
