"""`lab check`, `lab exercise`, `lab whoami` and `lab grade`, as typed."""

import json

import pytest
from typer.testing import CliRunner

from servicelab.cli import check, exercise, grade, hint, whoami
from servicelab.cluster.base import MachineError
from servicelab.course import load_course

COURSE = load_course()
SOLUTION = COURSE.root / "solutions" / "clusterip" / "clusterip.ipynb"
RELEASED = COURSE.root / "exercises" / "clusterip" / "clusterip.ipynb"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    return tmp_path


def run(app, *words):
    return CliRunner().invoke(app, [str(word) for word in words])


def copy_of(home):
    return home / "work" / "clusterip" / "clusterip.ipynb"


def test_check_tells_by_its_exit_code(home):
    passed = run(check.app, "clusterip", SOLUTION)
    assert passed.exit_code == 0
    assert "10 of 10 points" in passed.output
    failed = run(check.app, "clusterip", RELEASED)
    assert failed.exit_code == 1
    assert "no Service in the namespace shop" in " ".join(failed.output.split())


def test_check_prints_json(home):
    told = json.loads(run(check.app, "clusterip", SOLUTION, "-o", "json").stdout)
    assert (told["score"], told["maximum"], told["passed"]) == (10, 10, True)


def test_check_reads_a_bare_manifest(home, tmp_path):
    manifest = COURSE.root / "graders" / "mistakes" / "clusterip" / "wrong-port.yaml"
    told = json.loads(run(check.app, "clusterip", manifest, "-o", "json").stdout)
    assert told["score"] == 2


def test_check_takes_the_learners_own_copy(home):
    missing = run(check.app, "clusterip")
    assert isinstance(missing.exception, MachineError)
    assert "lab exercise fetch clusterip" in str(missing.exception)
    run(exercise.app, "fetch", "clusterip")
    assert run(check.app, "clusterip").exit_code == 1


def test_unknown_exercises_are_told_what_there_is(home):
    for app, words in ((check.app, ["nothing"]), (exercise.app, ["reset", "nothing"]), (grade.app, ["nothing"])):
        told = run(app, *words)
        assert told.exit_code == 2
        assert "clusterip" in told.output


def test_a_reset_keeps_what_was_written(home):
    assert run(exercise.app, "fetch", "clusterip").exit_code == 0
    copy = copy_of(home)
    copy.write_text("mine")
    assert "You have it already" in run(exercise.app, "fetch", "clusterip").output
    assert copy.read_text() == "mine"
    for _ in range(2):
        assert run(exercise.app, "reset", "clusterip").exit_code == 0
    assert copy.read_bytes() == RELEASED.read_bytes()
    kept = sorted(copy.parent.glob("*.backup.ipynb"))
    assert len(kept) == 2
    assert "mine" in {path.read_text() for path in kept}


def test_the_list_shows_where_one_stands(home):
    def standing() -> str:
        (line,) = [line for line in run(exercise.app, "list").output.splitlines() if line.startswith("clusterip")]
        return line

    assert "not yet" in standing()
    run(check.app, "clusterip", SOLUTION)
    assert "not yet" not in standing()


def test_whoami_remembers(home):
    assert "lab whoami --set" in run(whoami.app).output
    assert run(whoami.app, "--set", "ada@example.org").output.strip() == "ada@example.org"
    assert run(whoami.app).output.strip() == "ada@example.org"
    assert run(whoami.app, "--set", "../eve").exit_code == 2


def test_a_code_from_the_instructor_is_kept(home, monkeypatch):
    monkeypatch.setenv("LAB_VARIANT", "")
    monkeypatch.setenv("LAB_VARIANT_KEY", "an instructor's secret")
    code = run(whoami.app, "--code-for", "Ada").output.strip()
    tasks = [run(exercise.app, "task", "clusterip", "--student", "ada").output]
    monkeypatch.delenv("LAB_VARIANT_KEY")
    assert run(whoami.app, "--set", "ada", "--code", code).exit_code == 0
    tasks.append(run(exercise.app, "task", "clusterip").output)
    assert tasks[0] == tasks[1]
    assert run(whoami.app, "--set", "ada", "--code", "ABC").exit_code == 2
    assert run(whoami.app, "--code", code).exit_code == 2


def test_help_comes_in_steps_and_the_explanation_after_full_marks(home):
    closed = run(exercise.app, "explain", "clusterip")
    assert isinstance(closed.exception, MachineError)
    assert "opens when all checks pass" in str(closed.exception)
    assert [run(hint.app, "clusterip").output.split(".")[0] for _ in range(4)] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]
    run(check.app, "clusterip", SOLUTION)
    assert "targetPort: 8080" in run(exercise.app, "explain", "clusterip").output


def test_grade_without_submissions_says_where_they_belong(home, tmp_path):
    told = run(grade.app, "clusterip", "--course", tmp_path)
    assert isinstance(told.exception, MachineError)
    assert "there are no submissions" in str(told.exception)
