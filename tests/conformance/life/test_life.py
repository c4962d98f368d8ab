"""What a learner can observe over time is what was recorded on a real cluster."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conformance.life.clusters import RealCluster
from tests.conformance.life.record import differences, embedded_outcome, outcome, recorded
from tests.conformance.life.scenarios import Scenario, all_scenarios, themes

ALL = all_scenarios()
RECORDED = {theme: recorded(theme) for theme in themes()}
ON_KIND = 3
TRIES = 2
"""How often a scenario that went differently on kind is played again."""
DAY = int(os.environ.get("LIFE_SEED") or time.time() // 86400)
"""Chooses which scenarios are played on kind: others every day, and the same again with LIFE_SEED."""


def test_every_scenario_is_recorded():
    assert {(one.theme, one.name) for one in ALL} == {(theme, name) for theme in RECORDED for name in RECORDED[theme]}


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: f"{one.theme}/{one.name}")
def test_embedded_lives_as_kind_was_recorded_to(scenario: Scenario):
    assert differences(RECORDED[scenario.theme][scenario.name], embedded_outcome(scenario)) == ""


def compared_on(kubeconfig: Path, chosen: list[Scenario]) -> dict[str, str]:
    """What differs between the recording and a new run on a real cluster, by scenario."""
    with ThreadPoolExecutor(len(chosen)) as pool:
        found = pool.map(lambda scenario: outcome(RealCluster(kubeconfig), scenario), chosen)
        return {
            one.name: said
            for one, now in zip(chosen, found, strict=True)
            if (said := differences(RECORDED[one.theme][one.name], now))
        }


@pytest.mark.kind
@pytest.mark.timeout(1200)
def test_kind_lives_as_recorded(kind_cluster):
    chosen = random.Random(DAY).sample(ALL, ON_KIND)
    differing = compared_on(kind_cluster.kubeconfig, chosen)
    for _ in range(TRIES):
        # a busy cluster sometimes makes a Pod before it has counted another: what differs is played again, alone
        again = [one for one in chosen if one.name in differing]
        differing = {name: said for one in again for name, said in compared_on(kind_cluster.kubeconfig, [one]).items()}
    assert not differing, f"with LIFE_SEED={DAY}:\n" + "\n".join(f"{name}:\n{said}" for name, said in differing.items())
