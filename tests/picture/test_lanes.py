"""Arrows beside each other, never on each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from servicelab.picture.lanes import lanes_of


@given(
    some.lists(
        some.tuples(some.integers(0, 30), some.integers(0, 30)).map(lambda pair: (min(pair), max(pair))), max_size=15
    )
)
def test_no_two_spans_in_one_lane_touch(spans):
    lanes = lanes_of(spans)
    for number, (first, last) in enumerate(spans):
        for other in range(number):
            if lanes[other] == lanes[number]:
                assert last < spans[other][0] or spans[other][1] < first


@pytest.mark.parametrize(("spans", "lanes"), [([], []), ([(0, 9), (2, 3)], [1, 0]), ([(0, 1), (2, 3)], [0, 0])])
def test_short_spans_have_the_inner_lanes(spans, lanes):
    assert lanes_of(spans) == lanes
