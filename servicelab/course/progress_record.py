"""A learner's record as a file: to look at, to take to another machine, to hand in. Pure.

It is JSON: for each table of the record a list of its rows. Whoever reads one trusts nothing in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FORMAT = "servicelab progress 1"
LARGEST_RECORD = 5_000_000
"""Bytes; an attempt takes about 400 of them."""
LONGEST_WORD = 10_000
"""Characters of one text in it."""
LARGEST_NUMBER = 1_000_000_000
Event = Mapping[str, str | int | float]
Record = Mapping[str, Sequence[Event]]
"""The rows of each table, the oldest first. An attempt also has `checks`: those (ids) that passed, in one text."""
ATTEMPTS, PREDICTIONS = "attempts", "predictions"
CHECKS = "checks"
COLUMNS: Mapping[str, Mapping[str, type]] = {
    ATTEMPTS: {
        "exercise": str,
        "at": str,
        "course_version": str,
        "cluster": str,
        "score": float,
        "maximum": float,
        "passed": int,
        "causes": str,
    },
    PREDICTIONS: {"exercise": str, "fresh": int, "item": str, "choice": str, "at": str},
    "hints": {"exercise": str, "cause": str, "step": int, "at": str},
    "solutions_shown": {"exercise": str, "at": str},
}
"""What is kept in each table. `at` is a moment in UTC."""


@dataclass(frozen=True)
class FirstPass:
    """How a learner came to pass an exercise: how many attempts it took, and how many seconds went by since the end of
    the first one; None for both who has not passed."""

    attempts: int | None = None
    seconds: float | None = None


def written(record: Record) -> str:
    """The file."""
    return json.dumps({"format": FORMAT, **record}, indent=1, ensure_ascii=False) + "\n"


def read_record(data: bytes) -> Record:
    """Read a file's bytes. ValueError with a sentence when it is none."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("It is not valid JSON.") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ValueError(f"It is no record of progress: its `format` is not “{FORMAT}”.")
    return {table: [_event(table, one) for one in _list(told.get(table))] for table in COLUMNS}


def first_pass(record: Record, slug: str) -> FirstPass:
    """How the exercise was passed for the first time."""
    attempts = sorted(
        (datetime.fromisoformat(str(one["at"])), bool(one["passed"]))
        for one in record[ATTEMPTS]
        if one["exercise"] == slug
    )
    for number, (at, passed) in enumerate(attempts, start=1):
        if passed:
            return FirstPass(number, (at - attempts[0][0]).total_seconds())
    return FirstPass()


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise ValueError("It is damaged: a table is missing.")
    return found


def _event(table: str, found: Any) -> Event:
    columns = {**COLUMNS[table], **({CHECKS: str} if table == ATTEMPTS else {})}
    try:
        event: Event = {name: _value(found[name], kind) for name, kind in columns.items()}
        if datetime.fromisoformat(str(event["at"])).tzinfo is None:
            raise ValueError("no time zone")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"It is damaged: one of its {table} cannot be read ({error}).") from None
    return event


def _value(found: Any, kind: type) -> Any:
    if kind is float and isinstance(found, int) and not isinstance(found, bool):
        found = float(found)
    if type(found) is not kind or len(str(found)) > LONGEST_WORD:
        raise TypeError(f"{found!r:.40} is no {kind.__name__}")
    if isinstance(found, int | float) and not abs(found) <= LARGEST_NUMBER:  # what is no number is not smaller either
        raise ValueError(f"{found} is too large")
    if isinstance(found, str):
        found.encode()  # ValueError for half a character
    return found
