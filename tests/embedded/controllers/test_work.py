"""The queue and its timers."""

import random

from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.clock import ManualClock
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.store import Store


def work() -> tuple[Work, ManualClock]:
    clock = ManualClock(100.0)
    return Work(Store(clock), clock, random.Random(1)), clock


def test_each_key_is_queued_once_in_order() -> None:
    queue, _ = work()
    for name in ("b", "a", "b"):
        queue.add("x", ("", name))
    assert [queue.take(), queue.take(), queue.take()] == [("x", ("", "b")), ("x", ("", "a")), None]


def test_the_earliest_wish_for_a_key_counts() -> None:
    queue, clock = work()
    queue.add_at("x", ("", "a"), 110.0)
    queue.add_at("x", ("", "a"), 105.0)
    queue.add_at("x", ("", "a"), 120.0)
    assert queue.next_due() == 105.0
    clock.advance(5)
    queue.release_due()
    assert queue.take() == ("x", ("", "a"))
    assert queue.next_due() is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(100, 200)), max_size=20), st.floats(100, 200))
def test_exactly_what_is_due_is_released(wishes: list[tuple[str, float]], until: float) -> None:
    queue, clock = work()
    earliest: dict[str, float] = {}
    for name, due in wishes:
        queue.add_at("x", ("", name), due)
        earliest[name] = min(due, earliest.get(name, due))
    clock.advance(until - 100.0)
    queue.release_due()
    released = set()
    while (item := queue.take()) is not None:
        released.add(item[1][1])
    now = clock.now()
    assert released == {name for name, due in earliest.items() if due <= now}
    left = [due for due in earliest.values() if due > now]
    assert queue.next_due() == (min(left) if left else None)
