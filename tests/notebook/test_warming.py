"""Preparations for the first check: made after `%exercise`, where checks run in this process."""

import asyncio

import pytest

from servicelab.cluster import embedded
from servicelab.course import load_course
from servicelab.course.variant import reference
from servicelab.notebook import warming
from servicelab.notebook.warming import warm_up, when_idle

COURSE = load_course()
EXERCISE = COURSE.exercise("clusterip")


@pytest.mark.parametrize(("kind", "made"), [("embedded", 1), ("real", 0)])
def test_what_all_clusters_begin_with_is_made_where_it_will_be_used(kind, made, monkeypatch):
    monkeypatch.setattr(warming, "chosen_kind", lambda _: kind)
    embedded._first_core.cache_clear()
    warm_up(EXERCISE, COURSE, reference(EXERCISE))
    assert embedded._first_core.cache_info().currsize == made


def test_it_is_done_after_the_cell(monkeypatch):
    monkeypatch.setattr(warming, "PAUSE", 0.0)

    async def cell():
        done = asyncio.Event()
        when_idle(done.set)
        assert not done.is_set()
        await asyncio.wait_for(done.wait(), 10)

    asyncio.run(cell())


def test_in_a_terminal_nothing_is_done():
    when_idle(lambda: pytest.fail("it was done"))
