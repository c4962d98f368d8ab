"""What takes long and is done in turns: one thing in every run, of the others each day another one."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import pytest
from _pytest.mark import ParameterSet


def todays(names: Collection[str], always: str) -> set[str]:
    """`always`, and the one whose day it is."""
    turns = [name for name in names if name != always]
    return {always, turns[datetime.now(UTC).toordinal() % len(turns)]}


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
