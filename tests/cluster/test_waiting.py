"""Waiting in real time: ever less often, never much longer than needed."""

import pytest

from servicelab.cluster import waiting
from servicelab.cluster.base import WaitedTooLong


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, in a time that passes by them alone."""
    made = []
    monkeypatch.setattr(waiting.time, "monotonic", lambda: sum(made))
    monkeypatch.setattr(waiting.time, "sleep", made.append)
    return made


def test_what_comes_true_is_returned(pauses):
    answers = iter(["", "", "there"])
    assert waiting.wait_in_real_time("it", lambda: next(answers), 10) == "there"
    assert len(pauses) == 2


def test_a_wait_is_at_most_a_tenth_longer_than_needed_and_ends_in_time(pauses):
    with pytest.raises(WaitedTooLong, match="it"):
        waiting.wait_in_real_time("it", lambda: False, 20)
    assert sum(pauses) == pytest.approx(20)
    for number, pause in enumerate(pauses[:-1]):
        assert pause <= max(waiting.SHORTEST_PAUSE, sum(pauses[:number]) * waiting.LONGER) <= 2.0
        assert pause <= waiting.LONGEST_PAUSE
