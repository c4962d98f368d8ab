"""Waiting by the cluster's clock: as long as it says, or without needless waits, with the same outcome."""

import asyncio
import time

import pytest

from servicelab.embedded.clock import SkippingClock, SystemClock, seconds_of
from servicelab.embedded.core import fresh_core
from servicelab.embedded.resources import PODS
from servicelab.embedded.timers import FASTER, Timers
from tests.embedded.api.support import IMAGE, call, opened

POD = {
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "main", "image": IMAGE, "args": ["pause"]}], "terminationGracePeriodSeconds": 20},
}


def started_at(core):
    """When the Pod's container started, in seconds since 1970."""
    return seconds_of(
        core.store.get(PODS, "default", "web")["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    )


def run(work):
    return asyncio.run(asyncio.wait_for(work, 30))


@pytest.fixture
def core():
    return fresh_core(SkippingClock(), seed=1)


def test_a_clock_that_skips_never_goes_back():
    clock = SkippingClock()
    before = clock.now()
    clock.skip_to(before + 100)
    clock.skip_to(before)
    assert before + 100 <= clock.now() < before + 101


def test_who_waits_for_time_alone_is_there_at_once(core):
    async def sleep():
        await Timers(core).sleep(1000)

    before, started = core.clock.now(), time.monotonic()
    run(sleep())
    assert core.clock.now() - before >= 1000
    assert time.monotonic() - started < 10


def test_on_the_way_everything_happens_when_it_is_due(core):
    async def sleep():
        await Timers(core).sleep(60)

    by_hand = fresh_core(seed=1)
    for one in (core, by_hand):
        assert call(one, "POST", "/api/v1/namespaces/default/pods", POD)[0] == 201
    began, began_by_hand = core.clock.now(), by_hand.clock.now()
    run(sleep())
    by_hand.pass_time(60)
    assert started_at(core) - began == pytest.approx(started_at(by_hand) - began_by_hand, abs=5)


def test_several_who_wait_wake_in_the_order_of_their_time(core):
    woken = []

    async def sleep(timers, seconds):
        await timers.sleep(seconds)
        woken.append(seconds)

    async def all_of_them():
        timers = Timers(core)
        await asyncio.gather(*(sleep(timers, seconds) for seconds in (300, 20, 100)))

    run(all_of_them())
    assert woken == [20, 100, 300]


def test_while_somebody_looks_on_time_passes_faster_and_what_happens_is_seen(core):
    async def look():
        watch, timers = opened(core, "/api/v1/namespaces/default/pods?watch=1"), Timers(core)
        more = asyncio.Event()
        watch.wake_with(more.set)
        assert call(core, "POST", "/api/v1/namespaces/default/pods", POD)[0] == 201
        while b'"phase":"Running"' not in watch.take():
            more.clear()
            await timers.first((asyncio.ensure_future(more.wait()),), watch.deadline)
        watch.close()

    before, started = core.clock.now(), time.monotonic()
    run(look())
    took = core.clock.now() - before
    assert took >= 0.5  # a container takes its time to start
    assert time.monotonic() - started < took


def test_a_moment_that_is_looked_for_comes(core):
    async def look():
        await Timers(core).first((asyncio.get_running_loop().create_future(),), core.clock.now() + FASTER / 2)

    before = core.clock.now()
    run(look())
    assert core.clock.now() - before >= FASTER / 2


def test_nothing_is_skipped_while_nobody_waits(core):
    async def idle():
        timers = Timers(core)
        timers.arm()
        await asyncio.sleep(0.1)

    before, started = core.clock.now(), time.time()
    run(idle())
    assert core.clock.now() - before == pytest.approx(time.time() - started, abs=0.01)


def test_the_machines_clock_is_never_skipped():
    core = fresh_core(SystemClock(), seed=1)

    async def sleep():
        await Timers(core).sleep(0.3)

    started = time.monotonic()
    run(sleep())
    assert time.monotonic() - started >= 0.29
