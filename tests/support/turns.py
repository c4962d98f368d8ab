"""What every run does on a real cluster, where each notebook takes half a minute: one always, the others in turn."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from _pytest.mark import ParameterSet


def on_both_clusters(names: Iterable[str], always: str) -> list[ParameterSet]:
    """(name, cluster) for all on embedded, and on kind; there `always` and the one whose day it is, `--full` all."""
    names = list(names)
    turns = [name for name in names if name != always]
    today = {always, turns[datetime.now(UTC).toordinal() % len(turns)]}
    made = [pytest.param(name, "embedded", id=f"{name}-embedded") for name in names]
    for name in names:
        marks = [pytest.mark.kind] if name in today else [pytest.mark.kind, pytest.mark.long]
        made.append(pytest.param(name, "kind", id=f"{name}-kind", marks=marks))
    return made
