"""Attempts are kept with what passed in them, and a check that passed before says so when it fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.cluster.home import Home
from servicelab.course import Progress
from servicelab.course.history import ago, remember, with_history
from servicelab.course.progress import Attempt

PASSED, FAILED, SKIPPED = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.SKIPPED
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def result(**outcomes):
    checks = tuple(CheckResult(id, id, 2.0, outcome) for id, outcome in outcomes.items())
    return ExerciseResult("clusterip", checks, "embedded", "0.1")


def told(found):
    return {check.id: check.before for check in found.checks}


def test_only_what_fails_and_passed_before_is_told_with_the_last_time():
    attempts = [
        Attempt(NOW - timedelta(hours=2), 4.0, frozenset({"a", "b"})),
        Attempt(NOW - timedelta(minutes=3), 2.0, frozenset({"a"})),
        Attempt(NOW - timedelta(minutes=1), 0.0, frozenset()),
    ]
    found = with_history(result(a=FAILED, b=SKIPPED, c=FAILED), attempts, NOW)
    assert told(found) == {"a": "This passed 3 minutes ago, in attempt 2.", "b": "", "c": ""}
    assert found.earlier == (4.0, 2.0, 0.0)
    assert told(with_history(result(a=PASSED), attempts, NOW)) == {"a": ""}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute ago"),
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
    ],
)
def test_times_are_told_in_the_largest_unit(seconds, words):
    assert ago(timedelta(seconds=seconds)) == words


def test_attempts_are_remembered(tmp_path):
    home = Home(tmp_path)
    first = remember(result(a=PASSED, b=FAILED), home)
    assert (first.earlier, told(first)) == ((), {"a": "", "b": ""})
    second = remember(result(a=FAILED, b=PASSED), home)
    assert second.earlier == (2.0,)
    assert told(second) == {"a": "This passed less than a minute ago, in attempt 1.", "b": ""}
    assert [one.passed for one in Progress(home).attempts("clusterip")] == [{"a"}, {"b"}]
    assert Progress(home).attempts("other") == ()


def test_attempts_of_before_checks_were_kept_say_nothing(tmp_path):
    """A record from an older lab has no checks in it."""
    home = Home(tmp_path)
    remember(replace(result(a=FAILED), checks=()), home)
    assert told(remember(result(a=FAILED), home)) == {"a": ""}


def test_a_record_that_cannot_be_kept_hides_no_result(tmp_path):
    (tmp_path / "progress.sqlite").mkdir()
    assert remember(result(a=PASSED), Home(tmp_path)) == result(a=PASSED)
