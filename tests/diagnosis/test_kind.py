"""A slice of the broken clusters, made anew on a real cluster; the others are replayed from what was recorded there."""

import pytest

from tests.diagnosis import playing
from tests.diagnosis.record import for_kind

EVERY = 16
"""One of so many is made; a full recording takes twenty minutes (`python -m tests.diagnosis.record`)."""


@pytest.mark.kind
@pytest.mark.long
def test_kind_shows_broken_clusters_as_they_were_recorded(kind_cluster):
    cases = for_kind()[::EVERY]
    wrong = []
    for case in cases:  # one at a time: what is in other namespaces is evidence, too
        try:
            names = playing.build(kind_cluster, [case])[0]
            found = playing.diagnosed(kind_cluster, case, names)
            if found.finding is None or found.finding.cause != case.cause:
                wrong.append(f"{case.name}: {found.finding.cause if found.finding else found.unclear}")
        finally:
            playing.remove_all(kind_cluster, [case])
    assert not wrong
