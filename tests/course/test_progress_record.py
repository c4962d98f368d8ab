"""A record goes out and in without losing or doubling anything, and what is no record changes nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.cluster.home import Home
from servicelab.course import Progress
from servicelab.course import progress as module
from servicelab.course.progress_record import FirstPass, first_pass, read_record, written

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def result(outcome, slug="clusterip"):
    checks = (CheckResult("a", "A", 4, CheckOutcome.PASSED), CheckResult("b", "B", 6, outcome, cause="wrong-port"))
    return ExerciseResult(slug, checks, "embedded", "0.1")


@pytest.fixture
def at(monkeypatch):
    """Sets the clock of the record, in minutes after it began."""

    def move(minutes):
        moment = (BEGAN + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
        monkeypatch.setattr(module, "_now", lambda: moment)

    return move


@pytest.fixture
def mine(tmp_path, at):
    """What somebody did at two exercises."""
    progress = Progress(Home(tmp_path / "mine"))
    at(0)
    progress.commit_prediction("clusterip", "near", "refused")
    progress.record(result(CheckOutcome.FAILED))
    at(5)
    progress.record_hint("clusterip", "wrong-port", 1)
    at(6)
    progress.record_hint("clusterip", "wrong-port", 1)
    progress.record_hint("clusterip", "wrong-port", 2)
    at(20)
    progress.record(result(CheckOutcome.PASSED))
    at(30)
    progress.record_solution_shown("labels")
    progress.record(result(CheckOutcome.FAILED, "labels"))
    return progress


def carried(progress, slug=None):
    """Out into a file, and in again."""
    return read_record(written(progress.record_of(slug)).encode())


def test_it_arrives_whole_and_once(mine, tmp_path):
    there = Progress(Home(tmp_path / "there"))
    events = sum(map(len, mine.record_of().values()))
    assert events == 8 and there.merge(carried(mine)) == 8
    assert there.record_of() == mine.record_of()
    assert there.attempts("clusterip") == mine.attempts("clusterip")
    assert there.standing("clusterip") == mine.standing("clusterip")
    before = there.record_of()
    assert there.merge(carried(mine)) == 0 and there.merge(carried(there)) == 0
    assert there.record_of() == before


def test_two_machines_together(mine, tmp_path, at):
    there = Progress(Home(tmp_path / "there"))
    at(10)
    there.record(result(CheckOutcome.FAILED))
    there.commit_prediction("clusterip", "near", "answered")
    there.merge(carried(mine))
    assert [one.at.minute for one in there.attempts("clusterip")] == [0, 10, 20]
    assert there.standing("clusterip").last_causes == (), "those of the last in time, not of the last taken in"
    assert there.commit_prediction("clusterip", "near", "timed out") == "refused", "the earlier one"
    mine.merge(carried(there))
    assert mine.record_of() == there.record_of()


def test_one_exercise_alone(mine):
    record = carried(mine, "labels")
    assert [len(events) for events in record.values()] == [1, 0, 0, 1]
    assert mine.hints_used("clusterip") == 2 and mine.hints_used("labels") == 0


def test_what_is_forgotten_is_gone(mine):
    kept = mine.record_of("labels")
    assert b"near" in mine.path.read_bytes()
    mine.forget("clusterip")
    assert mine.record_of() == kept
    assert mine.attempts("clusterip") == ()
    assert b"near" not in mine.path.read_bytes() and b"wrong-port" in mine.path.read_bytes()
    mine.forget()
    assert not any(mine.record_of().values())
    assert b"wrong-port" not in mine.path.read_bytes()


def test_the_way_to_the_first_pass(mine):
    assert first_pass(mine.record_of(), "clusterip") == FirstPass(2, 1200)
    assert first_pass(mine.record_of(), "labels") == FirstPass(None, None)
    backwards = {name: events[::-1] for name, events in mine.record_of().items()}
    assert first_pass(backwards, "clusterip") == FirstPass(2, 1200)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: "{", "not valid JSON"),
        (lambda told: "[" * 9000, "not valid JSON"),
        (lambda told: "[]", "no record"),
        (lambda told: told | {"format": "another"}, "no record"),
        (lambda told: told | {"hints": 3}, "a table is missing"),
        (lambda told: told | {"hints": [{"exercise": "x"}]}, "one of its hints"),
        (lambda told: told | {"hints": [told["hints"][0] | {"step": "1"}]}, "'1' is no int"),
        (lambda told: told | {"hints": [told["hints"][0] | {"step": True}]}, "True is no int"),
        (lambda told: told | {"hints": [told["hints"][0] | {"step": 2**70}]}, "is too large"),
        (lambda told: told | {"attempts": [told["attempts"][0] | {"score": float("nan")}]}, "nan is too large"),
        (lambda told: told | {"hints": [told["hints"][0] | {"at": "2026-01-01"}]}, "no time zone"),
        (lambda told: told | {"hints": [told["hints"][0] | {"at": "soon"}]}, "Invalid isoformat"),
        (lambda told: told | {"hints": [told["hints"][0] | {"cause": "\ud800"}]}, "surrogates"),
        (lambda told: told | {"hints": [told["hints"][0] | {"cause": "x" * 10_001}]}, "is no str"),
        (lambda told: told | {"attempts": [told["attempts"][0] | {"checks": None}]}, "None is no str"),
    ],
)
def test_what_is_no_record_says_why(mine, change, said):
    told = change(json.loads(written(mine.record_of())))
    with pytest.raises(ValueError, match=said):
        read_record((told if isinstance(told, str) else json.dumps(told)).encode())
