"""What a learner's earlier attempts say of a result: their points, and what passed before and fails now."""

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.checks.words import number_words
from servicelab.cluster.home import Home
from servicelab.course.progress import Attempt, Progress

UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def remember(result: ExerciseResult, home: Home) -> ExerciseResult:
    """Keep the attempt, and give the result with what is known of those before.

    A record that cannot be kept or read is no reason to show no result.
    """
    with contextlib.suppress(OSError, sqlite3.Error):
        progress = Progress(home)
        result = with_history(result, progress.attempts(result.slug), datetime.now(UTC))
        progress.record(result)
    return result


def with_history(result: ExerciseResult, attempts: Sequence[Attempt], now: datetime) -> ExerciseResult:
    """The result with the points of these attempts, and with a word at each failed check that passed in one of them."""
    earlier = tuple(attempt.score for attempt in attempts)
    return replace(result, earlier=earlier, checks=tuple(_recalled(check, attempts, now) for check in result.checks))


def _recalled(check: CheckResult, attempts: Sequence[Attempt], now: datetime) -> CheckResult:
    numbered = reversed(list(enumerate(attempts, start=1)))
    passed = next(((number, one.at) for number, one in numbered if check.id in one.passed), None)
    if check.outcome is not CheckOutcome.FAILED or passed is None:
        return check
    number, at = passed
    return replace(check, before=f"This passed {ago(now - at)}, in attempt {number}.")


def ago(passed: timedelta) -> str:
    """`3 minutes ago`."""
    return f"{lasted(passed)} ago"


def lasted(time: timedelta) -> str:
    """`3 minutes`, in the largest unit of which one has passed."""
    for unit, length in UNITS:
        if time >= length:
            return number_words(time // length, unit)
    return "less than a minute"
