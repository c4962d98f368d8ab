"""Random states on a real cluster, the model and the embedded cluster: a slice of them in every run, all with --full.

To do a slice again, set LAB_DIFFERENTIAL_WORLD to the number that the failing run printed; `python -m
tests.network.differential SEED` looks at one state. LAB_DIFFERENTIAL_SECONDS makes the slice longer.
"""

import os
import time
from datetime import UTC, datetime

import pytest

from tests.network.differential.batch import Standing
from tests.network.differential.looking import Tally, look, look_at_worlds
from tests.network.flows.states_random import STATES_OF_A_WORLD
from tests.support import records

NAME = "differential"
INPUTS = (
    "servicelab/network/**/*.py",
    "tests/network/differential/*.py",
    "tests/network/flows/states_random.py",
    "tests/network/flows/building.py",
    "tests/network/flows/placeholders.py",
)
SECONDS = float(os.environ.get("LAB_DIFFERENTIAL_SECONDS", "300"))
"""For the slice of one run, its cleaning up included. Pods are started once, then one round of states follows another
as long as there is time for one more; a machine too busy for that does one round."""
AT_ONCE, MANY_AT_ONCE = 5, 10
"""Worlds that stand beside each other, in a slice and in the long run: each has six or seven Pods."""
STATES, FLOWS = 300, 3000
"""What the long run compares."""
SLICES = 10_000
"""After so many days the slices begin anew."""


def first_world() -> int:
    """Where today's slice begins; another one each day."""
    told = os.environ.get("LAB_DIFFERENTIAL_WORLD")
    return int(told) if told else (datetime.now(UTC).toordinal() % SLICES) * AT_ONCE


@pytest.mark.kind
@pytest.mark.timeout(900)
def test_a_slice(kind_cluster):
    worlds = range(first_world(), first_world() + AT_ONCE)
    print(f"LAB_DIFFERENTIAL_WORLD={worlds[0]}")
    tally, begun = Tally(), time.monotonic()
    with Standing(kind_cluster, worlds) as standing:
        longest = 0.0
        for state in range(STATES_OF_A_WORLD):
            round_begun = time.monotonic()
            if tally.states and round_begun - begun + longest > SECONDS:
                break
            look(standing, [world * STATES_OF_A_WORLD + state for world in worlds], tally)
            longest = max(longest, time.monotonic() - round_begun)
    took = time.monotonic() - begun
    print(f"{tally.states} states, {tally.flows} flows, {tally.asked_again} asked again, in {took:.0f} s")
    assert tally.flows >= AT_ONCE * 10
    assert not tally.differences, f"LAB_DIFFERENTIAL_WORLD={worlds[0]}:\n" + "\n".join(tally.differences)


@pytest.mark.kind
@pytest.mark.long
@pytest.mark.timeout(3 * 60 * 60)
def test_three_hundred_states(kind_cluster):
    """Goes on where it was interrupted: each batch without a difference is written down."""
    record = records.read(NAME) or {"found": vars(Tally()), "next_world": 0, "seconds": 0}
    tally, next_world = Tally(**record["found"]), record["next_world"]
    begun = time.monotonic() - record["seconds"]
    while tally.states < STATES:
        look_at_worlds(kind_cluster, range(next_world, next_world + MANY_AT_ONCE), tally)
        assert not tally.differences, "\n".join(tally.differences)
        next_world += MANY_AT_ONCE
        kept = {
            "on": kind_cluster.describe_version(),
            "complete": tally.states >= STATES,
            "seeds": [0, next_world * STATES_OF_A_WORLD - 1],
            "next_world": next_world,
            "seconds": round(time.monotonic() - begun),
            "found": vars(tally),
        }
        records.write(NAME, INPUTS, kept)
    assert tally.flows >= FLOWS
