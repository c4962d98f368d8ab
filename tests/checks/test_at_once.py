"""What happens at once on a real cluster, and how long one request after the other may take."""

from itertools import islice
from threading import Barrier
from types import SimpleNamespace

import pytest

from servicelab.checks.at_once import at_once
from servicelab.checks.patience import FIRST_PATIENCE, PATIENCE_OF_A_REQUEST, growing_patience
from servicelab.cluster.base import Capability

REAL = SimpleNamespace(capabilities=frozenset({Capability.REAL_TRAFFIC}))
SIMULATED = SimpleNamespace(capabilities=frozenset())


def test_on_a_real_cluster_things_meet_and_keep_their_order():
    together = Barrier(2)

    def meet(thing):
        together.wait(10)
        return thing * 2

    assert list(at_once(meet, iter((1, 2)), REAL)) == [2, 4]


def test_elsewhere_one_comes_after_the_other_and_the_first_error_ends_it():
    seen = []

    def look(thing):
        seen.append(thing)
        raise ValueError(thing)

    with pytest.raises(ValueError, match="1"):
        list(at_once(look, (1, 2), SIMULATED))
    assert seen == [1]


def test_no_things_are_no_work():
    assert list(at_once(str, (), REAL)) == []


def test_patience_grows_to_that_of_a_single_request():
    first, *others = islice(growing_patience(), 6)
    assert first == FIRST_PATIENCE
    assert others == sorted(others)
    assert others[-1] == PATIENCE_OF_A_REQUEST
