"""A record of progress goes to the instructor when its learner says so, about the one exercise, and is only counted."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.classroom.directory import CourseDirectory
from servicelab.classroom.submissions import take_in_record
from servicelab.cluster.home import Home
from servicelab.course import Progress
from servicelab.course import progress as module
from servicelab.course.progress_record import first_pass, written
from tests.classroom.classes import SLUG, SOLUTION
from tests.classroom.doors import Doors
from tests.support.command import run_here

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def doors(tmp_path, monkeypatch):
    """A course directory, and ada at her machine, who passed in the third attempt, after twenty minutes."""
    made = Doors.make(tmp_path / "course")
    (made.root / "roster.csv").write_text("id,name\nada,Ada\nbob,Bob\n")
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    monkeypatch.chdir(made.root)
    progress = Progress(Home.find())
    attempts = ((0, "failed", SLUG), (8, "failed", SLUG), (9, "passed", "labels"), (20, "passed", SLUG))
    for minutes, outcome, slug in attempts:
        moment = (BEGAN + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
        monkeypatch.setattr(module, "_now", lambda moment=moment: moment)
        progress.record(ExerciseResult(slug, (CheckResult("a", "A", 10, CheckOutcome(outcome)),), "embedded", "0.1"))
    return made


@pytest.fixture
def lab(capsys):
    def run(*words):
        done = run_here(capsys, *map(str, words))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def handed_in(doors, lab, *words):
    """ada's archive, in a folder of hers as a platform gives it."""
    mine = doors.root / "mine" / "ada" / SLUG / f"{SLUG}.ipynb"
    if not mine.exists():
        doors.submit("ada", SOLUTION).parent.parent.rename(doors.root / "ada")
        mine.parent.parent.parent.mkdir()
        (doors.root / "ada").rename(mine.parent.parent)
    folder = doors.root / "download" / "ada"
    folder.mkdir(parents=True, exist_ok=True)
    said = lab("submit", SLUG, mine, "--to", folder, *words)
    (archive,) = folder.glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        return said, {name: packed.read(name) for name in packed.namelist()}


def record(doors):
    return take_in_record(CourseDirectory.find(doors.root).submitted, "ada", SLUG)


def test_it_is_private_unless_it_is_handed_in(doors, lab):
    _, files = handed_in(doors, lab)
    assert files.keys() == {f"{SLUG}/{SLUG}.ipynb", f"{SLUG}/receipt.json"}
    said, files = handed_in(doors, lab, "--with-progress")
    assert f"Your record of {SLUG} goes with it: 3 attempts." in said
    assert {one["exercise"] for one in json.loads(files[f"{SLUG}/progress.json"])["attempts"]} == {SLUG}


def test_the_report_counts_it(doors, lab):
    handed_in(doors, lab, "--with-progress")
    bob = doors.submit("bob", SOLUTION)
    lab("collect", SLUG, doors.root / "download")
    assert first_pass(record(doors), SLUG).attempts == 3
    assert not (bob.parent / "progress.json").exists()
    lab("grade", SLUG, "--jobs", "1")
    lab("report", SLUG)
    told = json.loads((doors.root / "report" / f"{SLUG}.json").read_text())["first_pass"]
    assert (told["students"], told["passed"], told["median_seconds"], told["median_attempts"]) == (1, 1, 1200, 3)
    page = (doors.root / "report" / f"{SLUG}.html").read_text()
    assert "1 of 2 handed in their record of progress; 1 of these passed before they handed in." in page
    assert "Half of them took up to 20 minutes" in page
    assert page.count("<svg") == page.count("<table") == page.count("<caption")


def test_it_stays_with_its_submission(doors, lab):
    handed_in(doors, lab, "--with-progress")
    lab("collect", SLUG, doors.root / "download")
    handed_in(doors, lab)
    lab("collect", SLUG, doors.root / "download")
    assert record(doors), "the same notebook"
    mine = doors.root / "mine" / "ada" / SLUG / f"{SLUG}.ipynb"
    mine.write_text(mine.read_text().replace("app: web", "app:  web"))
    handed_in(doors, lab)
    lab("collect", SLUG, doors.root / "download")
    assert record(doors) is None, "another notebook, handed in without a record"


def test_what_is_no_record_or_a_link_is_not_read(doors, tmp_path):
    place = doors.submit("ada", SOLUTION).with_name("progress.json")
    for text in ("", "[]", "[" * 9000):
        place.write_text(text)
        assert record(doors) is None
    place.unlink()
    other = tmp_path / "other.json"
    other.write_text(written(Progress(Home.find()).record_of()))
    place.symlink_to(other)
    assert record(doors) is None
    place.unlink()
    other.rename(place)
    assert record(doors)
