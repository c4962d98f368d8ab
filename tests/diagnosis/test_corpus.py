"""Broken clusters, made on the embedded cluster: the first broken hop is named; healthy ones are not accused."""

import re
from collections import Counter
from time import process_time

import pytest

from servicelab.cluster.embedded import open_throwaway
from servicelab.diagnosis import Diagnosis, catalogue, text
from tests.diagnosis import playing
from tests.diagnosis.cases import BROKEN, HEALTHY, Case, stages_are_in_order

FEWEST_BROKEN, FEWEST_HEALTHY, FEWEST_OF_EACH = 150, 60, 2
SECONDS = 15.0
"""Of the processor, for one group; a quiet machine takes a third."""
AMONG_THE_FLOWS = {"answer-past-node"}
"""Its two requests are among the flows recorded on kind (test_flows.py)."""


def groups() -> dict[str, list[Case]]:
    """The broken clusters that the embedded cluster can be: by the stage at which they break, and those with two."""
    found: dict[str, list[Case]] = {}
    for case in BROKEN:
        group = "two at once" if len(case.breakages) > 1 else str(catalogue()[case.cause].stage)
        if not case.only_kind:
            found.setdefault(group, []).append(case)
    return found


GROUPS = groups()


def diagnosis_of(case: Case) -> Diagnosis:
    cluster = open_throwaway(seed=1)
    names = playing.build(cluster, [case])[0]
    return playing.diagnosed(cluster, case, names)


def test_every_cause_is_in_the_corpus_at_least_twice():
    singly = Counter(case.cause for case in BROKEN if len(case.breakages) == 1)
    assert {cause for cause in catalogue() if singly[cause] < FEWEST_OF_EACH} == AMONG_THE_FLOWS
    assert sum(map(len, GROUPS.values())) >= FEWEST_BROKEN
    assert len(HEALTHY) >= FEWEST_HEALTHY
    assert stages_are_in_order()


@pytest.mark.parametrize("group", GROUPS)
def test_the_first_broken_hop_is_named_and_no_hint_tells_the_mended_value(group):
    started = process_time()
    wrong = []
    for case in GROUPS[group]:
        found = diagnosis_of(case)
        named = found.finding.cause if found.finding else found.unclear or "healthy"
        if named != case.cause:
            wrong.append(f"{case.name}: {named}")
        if found.finding is not None:
            assert_tells_no_more_than_its_level(case, found)
    assert not wrong
    assert process_time() - started < SECONDS


def assert_tells_no_more_than_its_level(case: Case, found: Diagnosis) -> None:
    """Level 1 has nothing but the catalogue's own words; the mended field's value comes in no command either."""
    assert found.finding is not None
    first, second = text(found, 1), text(found, 2)
    for fact in found.finding.facts.values():
        value = str(fact)
        assert len(value) < 2 or value in catalogue_words(found.finding.cause) or value not in first, (case.name, value)
    for value in case.corrected:
        assert not re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w.-])", second), (case.name, value)


def catalogue_words(cause: str) -> str:
    """What level 1 says of any cluster."""
    return f"{catalogue()[cause].question} {' '.join(one.stage for one in catalogue().values())}"


def test_no_healthy_service_is_accused():
    accused = []
    for case in HEALTHY:
        found = diagnosis_of(case)
        if not found.is_healthy:
            accused.append(f"{case.name}: {found.finding.cause if found.finding else found.unclear}")
    assert not accused
