"""What takes long and is done in turns: one thing in every run, of the others each day another one."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import pytest
from _pytest.mark import ParameterSet

TURNS = (
    ("tests/network/differential/test_kind.py::test_a_slice",),
    ("tests/embedded/controllers/workloads/test_workloads.py::test_kind_still_goes_so",),
    (
        "tests/conformance/test_kubectl_session.py::test_kind_still_prints_what_was_recorded",
        "tests/cluster/test_kind.py::test_what_is_in_it_survives_a_stop_and_goes_with_a_reset",
        "tests/conformance/life/test_life.py::test_kind_lives_as_recorded",
    ),
)
"""The longest tests on kind, minutes each turn: each day another turn."""


def waits(nodeid: str) -> bool:
    """Whether a test's turn is another day."""
    today = TURNS[_today() % len(TURNS)]
    return any(nodeid.startswith(turn) for turn in TURNS if turn is not today)


def _today() -> int:
    return datetime.now(UTC).toordinal()


def todays(names: Collection[str], always: str) -> set[str]:
    """`always`, and the one whose day it is."""
    turns = [name for name in names if name != always]
    return {always, turns[_today() % len(turns)]}


def some_of_today(names: Sequence[str], count: int) -> set[str]:
    """So many whose day it is, mixed by a fixed seed: neighbours are alike. After a round each was there."""
    mixed = random.Random(1).sample(names, len(names))
    first = _today() * count
    return {mixed[(first + turn) % len(mixed)] for turn in range(count)}


def on_both_clusters(
    names: Iterable[str], *, on_embedded: Collection[str], on_kind: Collection[str]
) -> list[ParameterSet]:
    """(name, cluster) for all; those that every run does on each cluster are said, the others run with `--full`."""
    names, made = list(names), []
    for cluster, often, marks in (("embedded", on_embedded, []), ("kind", on_kind, [pytest.mark.kind])):
        for name in names:
            long = [] if name in often else [pytest.mark.long]
            made.append(pytest.param(name, cluster, id=f"{name}-{cluster}", marks=[*marks, *long]))
    return made
