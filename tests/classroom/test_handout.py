"""What a class is given holds no solution and no key, and is enough to work at home and to be graded alike."""

import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest

from servicelab.classroom.beginning import become_exam, begin
from servicelab.classroom.class_file import ClassFile
from servicelab.classroom.handout import hand_out
from servicelab.classroom.roster import Roster
from servicelab.cluster.base import MachineError
from servicelab.course import load_course
from servicelab.course.solving import written
from servicelab.course.variant import secret_of, variant
from tests.classroom import rosters

COURSE = load_course()
SLUG = "nodeport"
EXERCISE = COURSE.exercise(SLUG)
UNITS = ["nodeport", "closing-doors"]
DUE = "due = 2026-12-01T23:59:00+01:00"


def terms_of(root):
    return ClassFile.find(root, COURSE)


def made(root, is_exam):
    """A class of three with two units, and what it is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LAB_VARIANT")
        text = begin(root, COURSE, "Networks", UNITS).read_text()
        (root / "class.toml").write_text(text.replace(f"# {DUE}", DUE, 1))
        (root / "roster.csv").write_bytes(rosters.plain(rosters.students(3)))
        key = terms_of(root).variant_key
        if is_exam:
            become_exam(terms_of(root))
            assert terms_of(root).variant_key != key
        handout = hand_out(terms_of(root), COURSE, Roster.of(root), root / "handout")
        (wheel,) = handout.everybody.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root / "site")
        return root


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return made(tmp_path_factory.mktemp("class") / "course", False)


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    return made(tmp_path_factory.mktemp("exam") / "course", True)


class Learner:
    """Ada at home, with what she was given and nothing else."""

    def __init__(self, root, home):
        self.root, self.home = root, home
        kept = {name: value for name, value in os.environ.items() if name not in ("LAB_VARIANT", "LAB_HOME")}
        self.environment = {**kept, "PYTHONPATH": str(root / "site"), "LAB_HOME": str(home), "COLUMNS": "200"}

    def lab(self, *words, fails=False):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "servicelab.cli", *map(str, words)],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr


def at_home(root, tmp_path):
    learner = Learner(root, tmp_path)
    assert "u1000" in learner.lab("whoami", "--values", root / "handout" / "students" / "u1000.json")
    return learner


@pytest.fixture
def values(root):
    """Ada's, as the instructor's key gives them."""
    return variant(EXERCISE, secret_of(terms_of(root).variant_key.encode(), "u1000"))


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("which", ["root", "exam"])
def test_no_solution_no_mistake_and_no_key(which, request):
    root = request.getfixturevalue(which)
    given = contents(root / "handout" / "class") | contents(root / "site")
    secret = re.compile(r"solutions/|mistakes/|/solving|^tests|class\.toml|roster\.csv")
    assert not [name for name in given if secret.search(name)]
    key = terms_of(root).variant_key.encode()
    everything = [*given.values(), *contents(root / "handout" / "students").values()]
    assert not [data for data in everything if key in data]


def test_only_the_units_of_the_class(root):
    course = load_course(root / "site" / "servicelab" / "course" / "data")
    slugs = {exercise.slug for exercise in COURSE.exercises if exercise.unit in UNITS}
    assert {exercise.slug for exercise in course.exercises} == slugs
    assert {path.parent.name for path in (root / "handout" / "class" / "exercises").glob("*/*.ipynb")} == slugs
    assert {lesson.unit for lesson in course.lessons} == set(UNITS)
    assert course.exercise(SLUG).due.isoformat() == DUE.removeprefix("due = ")


def test_each_gets_their_own_values_only(root, values):
    folder = root / "handout" / "students"
    assert {path.stem for path in folder.iterdir()} == {"u1000", "u1001", "u1002"}
    told = json.loads((folder / "u1000.json").read_text())["values"][SLUG]
    assert told == {**values.values, "seed": values.seed.hex()}


def test_from_the_handout_to_full_marks(root, tmp_path, values, monkeypatch):
    """At home with the wheel alone: the task, the check, the archive; then collected and graded in the class."""
    learner = at_home(root, tmp_path)
    assert str(values.values["port"]) in learner.lab("exercise", "task", SLUG)
    learner.lab("exercise", "fetch", SLUG)
    notebook = tmp_path / "work" / SLUG / f"{SLUG}.ipynb"
    untouched = learner.lab("submit", SLUG, "--to", tmp_path)
    assert "nothing is written there" in untouched and "Due 01 December 2026, 23:59 +0100" in untouched
    cells = nbformat.read(notebook, as_version=4)
    for cell in cells.cells:
        if cell.source.startswith("%%manifest"):
            (manifest,) = written(COURSE, EXERCISE).manifests.values()
            cell.source = f"{cell.source.splitlines()[0]}\n{values.rendered(manifest)}"
    nbformat.write(cells, notebook)
    checked = json.loads(learner.lab("check", SLUG, "-o", "json", fails=True))
    assert f"%%manifest {EXERCISE.manifests[0]}: " in learner.lab("submit", SLUG, "--to", tmp_path)
    assert (tmp_path / f"{SLUG}-u1000.receipt.json").is_file()
    handed_in = tmp_path / "handed-in" / "u1000"
    handed_in.mkdir(parents=True)
    (tmp_path / f"{SLUG}-u1000.zip").rename(handed_in / "x.zip")
    from servicelab.classroom.collect import collect
    from servicelab.classroom.directory import CourseDirectory
    from servicelab.classroom.grade import Grading

    monkeypatch.delenv("LAB_VARIANT")
    directory = CourseDirectory.find(root)
    assert collect(directory, terms_of(root), SLUG, tmp_path / "handed-in", Roster.of(root)).new == ["u1000"]
    with Grading(directory, SLUG, ["u1000"]) as grading:
        (graded,) = grading.results(1, 60)
    assert graded.result.score == checked["score"] > 0
    assert not graded.flags


def test_an_exam_gives_no_help(exam, tmp_path):
    learner = at_home(exam, tmp_path)
    assert "Hints are off" in learner.lab("hint", SLUG, fails=True)
    assert "Solutions are not shown" in learner.lab("hint", SLUG, "--show-me", fails=True)
    assert "doctor is off" in learner.lab("doctor", "web", fails=True)
    for words in (exam / "site").rglob("graders/*.toml"):
        assert "There is no explanation in an exam." in words.read_text()
    assert "kubectl get" not in (exam / "site/servicelab/course/data/graders/nodeport.toml").read_text()


def test_an_exam_keeps_its_key_and_needs_a_class_of_its_own(exam, tmp_path):
    assert terms_of(exam).exam
    begin(tmp_path / "used", COURSE, "", UNITS)
    (tmp_path / "used" / "submitted" / "ada" / SLUG).mkdir(parents=True)
    with pytest.raises(MachineError, match="has submissions already"):
        become_exam(terms_of(tmp_path / "used"))


def test_a_class_begins_once(root):
    with pytest.raises(MachineError, match="is there already"):
        begin(root, COURSE, "", UNITS)


def test_without_a_key_there_is_no_release(tmp_path):
    with pytest.raises(MachineError, match="has no variant_key"):
        hand_out(terms_of(tmp_path), COURSE, None, tmp_path / "handout")
