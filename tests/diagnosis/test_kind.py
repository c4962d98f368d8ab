"""Broken clusters made on a real cluster, and healthy ones: what is said of them there is what is said elsewhere.

Each run makes a few, other ones each day; `--full` makes all. What was recorded of them is replayed in every run.
"""

import pytest

from tests.diagnosis import playing
from tests.diagnosis.cases import HEALTHY
from tests.diagnosis.record import for_kind
from tests.support.turns import some_of_today

CASES = {case.name: case for case in (*for_kind(), *HEALTHY)}
OFTEN = some_of_today(list(CASES), 3)
pytestmark = pytest.mark.kind


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.long]) for name in CASES]
)
def test_on_kind_the_first_broken_hop_is_named_and_nothing_healthy_accused(name, kind_cluster):
    case = CASES[name]
    try:  # one at a time: what is in other namespaces is evidence, too
        (names,) = playing.build(kind_cluster, [case])
        found = playing.diagnosed(kind_cluster, case, names)
        assert (found.finding.cause if found.finding else found.unclear) == case.cause
    finally:
        playing.remove_all(kind_cluster, [case])
