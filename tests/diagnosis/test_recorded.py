"""Broken clusters recorded on kind: from its real objects and requests the first broken hop is named, too."""

from collections import Counter
from dataclasses import replace

import pytest

from servicelab.diagnosis import Seen, diagnose
from tests.diagnosis.cases import BROKEN
from tests.diagnosis.recordings import recorded

RECORDED = list(recorded())
NOW_AND_THEN = ("target-port-silent-in-some", "selector-matches-others")
"""Broken for those requests that chance sends to the wrong Pod."""
SEEN_ONLY = ("program-on-loopback", "proxy-left-out")
"""Here the model takes what the objects say for whole; only requests show that it is not."""


def test_a_third_of_the_broken_clusters_is_recorded_on_kind():
    assert len(RECORDED) >= len(BROKEN) / 3
    assert len({one.cause for one in RECORDED}) >= 60
    known = {case.name: case.cause for case in BROKEN}
    assert all(known.get(one.name) == one.cause for one in RECORDED)


def test_on_kind_no_request_of_a_broken_cluster_was_answered():
    answered = [one.name for one in RECORDED if one.seen.verdict is not None and one.seen.verdict.answered]
    assert all(any(cause in name for cause in NOW_AND_THEN) for name in answered), answered


@pytest.mark.parametrize("case", RECORDED, ids=[one.name for one in RECORDED])
def test_the_first_broken_hop_is_named_from_what_kind_showed(case):
    found = diagnose(case.snapshot, case.question, case.seen)
    assert (found.finding.cause if found.finding else found.unclear) == case.cause


def test_the_objects_alone_tell_nearly_all():
    causes = Counter()
    for case in RECORDED:
        found = diagnose(case.snapshot, replace(case.question), Seen())
        if found.finding is None or found.finding.cause != case.cause:
            causes[case.cause] += 1
    assert set(causes) <= set(SEEN_ONLY), causes
