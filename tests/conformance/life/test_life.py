"""What a learner can observe over time is what was recorded on a real cluster."""

import pytest

from tests.conformance.life.record import differences, embedded_outcome, recorded
from tests.conformance.life.scenarios import Scenario, all_scenarios, themes

ALL = all_scenarios()
RECORDED = {theme: recorded(theme) for theme in themes()}


def test_every_scenario_is_recorded():
    assert {(one.theme, one.name) for one in ALL} == {(theme, name) for theme in RECORDED for name in RECORDED[theme]}


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: f"{one.theme}/{one.name}")
def test_embedded_lives_as_kind(scenario: Scenario):
    assert differences(RECORDED[scenario.theme][scenario.name], embedded_outcome(scenario)) == ""
