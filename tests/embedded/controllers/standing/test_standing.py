"""What stands in a Namespace after a while is what stood on kind."""

from typing import Any

import pytest

from servicelab.embedded.resources import RESOURCES
from tests.embedded.controllers.cluster import Cluster
from tests.embedded.controllers.standing.record import SECONDS
from tests.embedded.controllers.standing.recording import KINDS, NAMESPACE, comparable, manifests, recorded

RECORDED = recorded()
COMPARED = [kind for kind in KINDS if kind != "Event"]


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    cluster = Cluster(namespace=NAMESPACE)
    for manifest in manifests():
        cluster.create(manifest)
    cluster.run(SECONDS)
    kinds = [resource for resource in RESOURCES if resource.kind in KINDS]
    return comparable(one for resource in kinds for one in cluster.all(resource))


PAIRS = [(kind, name) for kind in COMPARED for name in RECORDED[kind]]


@pytest.mark.parametrize(("kind", "name"), PAIRS, ids=lambda value: str(value))
def test_stands_as_on_kind(ours: dict[str, Any], kind: str, name: str) -> None:
    assert ours[kind].get(name) == RECORDED[kind][name]


@pytest.mark.parametrize("kind", COMPARED)
def test_nothing_stands_that_kind_has_not(ours: dict[str, Any], kind: str) -> None:
    assert set(ours[kind]) == set(RECORDED[kind])


def is_chance(event: str) -> bool:
    """On kind a program may be probed before it listens, or while the machine is busy."""
    is_probe = "Unhealthy: Readiness probe failed" in event
    return is_probe and ("connection refused" in event or "context deadline exceeded" in event)


@pytest.mark.parametrize("about", list(RECORDED["Event"]))
def test_events_are_kinds(ours: dict[str, Any], about: str) -> None:
    found = [event for event in ours["Event"].get(about, []) if not is_chance(event)]
    assert found == [event for event in RECORDED["Event"][about] if not is_chance(event)]
