"""`lab progress`: shown, taken elsewhere, forgotten."""

import json
import stat

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.cluster.home import Home
from servicelab.course import Progress
from servicelab.course.history import remember
from tests.support.command import run_here


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner who tried clusterip twice and asked for a hint."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    found = Home.find()
    for outcome in (CheckOutcome.FAILED, CheckOutcome.PASSED):
        remember(ExerciseResult("clusterip", (CheckResult("a", "A", 10, outcome),), "embedded", "0.1"), found)
    Progress(found).record_hint("clusterip", "wrong-port", 1)
    return found


def rows(printed):
    return [line.split() for line in printed.splitlines()]


def test_the_table(home, capsys):
    done = run_here(capsys, "progress")
    (row,) = [row for row in rows(done.stdout) if row[:1] == ["clusterip"]]
    assert row[1:3] == ["2", "10/10"] and row[-2:] == ["1", "0"]
    assert str(home.root / "progress.sqlite") in done.stdout


def test_nothing_yet(home, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "other"))
    assert "Nothing is recorded yet" in run_here(capsys, "progress").stdout
    assert not (tmp_path / "other").exists()


def test_to_another_machine(home, capsys, tmp_path, monkeypatch):
    assert "2 attempts" in run_here(capsys, "progress", "export", "mine.json").stdout
    assert stat.S_IMODE((tmp_path / "mine.json").stat().st_mode) == 0o600
    assert len(json.loads((tmp_path / "mine.json").read_text())["attempts"]) == 2
    assert "Nothing is new." in run_here(capsys, "progress", "import", "mine.json").stdout
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "other"))
    assert "3 events are new." in run_here(capsys, "progress", "import", "mine.json").stdout
    assert Progress(Home.find()).record_of() == Progress(home).record_of()


def test_a_file_that_is_none_says_so(home, capsys, tmp_path):
    (tmp_path / "no.json").write_text("{}")
    for name, said in {"no.json": "no record of progress", "missing.json": "cannot be read"}.items():
        done = run_here(capsys, "progress", "import", name)
        assert done.returncode == 1 and said in done.stderr


def test_forgetting_asks_first(home, capsys, monkeypatch):
    monkeypatch.setattr("typer.confirm", lambda *_, abort: (_ for _ in ()).throw(SystemExit(1)))
    assert run_here(capsys, "progress", "forget").returncode == 1
    assert Progress(home).standing("clusterip").attempts == 2
    assert "Nothing is recorded of labels." in run_here(capsys, "progress", "forget", "labels", "--yes").stdout
    assert Progress(home).standing("clusterip").attempts == 2
    assert "Deleted: the whole record." in run_here(capsys, "progress", "forget", "--yes").stdout
    assert Progress(home).standing("clusterip").attempts == 0


def test_a_name_that_is_none_is_not_said_to_be_forgotten(home, capsys):
    done = run_here(capsys, "progress", "forget", "clusterp", "--yes")
    assert done.returncode == 2 and "clusterp" in done.stderr and "Deleted" not in done.stdout


def test_what_the_course_no_longer_has_can_be_forgotten(home, capsys):
    Progress(home).record_hint("left-the-course", "wrong-port", 1)
    assert (
        "Deleted: the record of left-the-course."
        in run_here(capsys, "progress", "forget", "left-the-course", "--yes").stdout
    )


def test_a_network_disk_is_told(home, capsys, monkeypatch):
    monkeypatch.setattr("servicelab.cluster.disks.warning", lambda folder, instead: f"{folder} is on nfs4. {instead}")
    assert "is on nfs4. Set LAB_HOME" in run_here(capsys, "progress").stdout
