"""What the comparison leaves out, and what it does not."""

import pytest

from tests.conformance.life.outcome import Outcome, in_one_go, plain_counts, turning_points, without_cycles
from tests.conformance.life.player import Seen


def pod(phase: str, name: str = "one", uid: str = "1", **metadata: object) -> dict:
    return {"metadata": {"name": name, "uid": uid, **metadata}, "spec": {}, "status": {"phase": phase}}


def told(*seen: Seen) -> dict:
    return Outcome(seen, "here").told()


@pytest.mark.parametrize(
    ("numbers", "points"),
    [([0], [0]), ([0, 1, 1, 2, 3], [0, 3]), ([0, 3, 4, 3], [0, 4, 3]), ([0, 2, 0, 2], [0, 2, 0, 2])],
)
def test_counts_are_told_by_their_turning_points(numbers: list[int], points: list[int]):
    assert turning_points(numbers) == points


def test_what_comes_again_is_told_once_but_never_nothing():
    assert without_cycles(["a", "b", "a", "b", "c"]) == ["a", "b", "c"]
    assert without_cycles([0, 3, 4, 3, 4, 3]) == [0, 3, 4, 3]
    assert plain_counts("status.availableReplicas", [0, 2, 0, 2]) == [0, 2, 0, 2]
    assert plain_counts("status.terminatingReplicas", [0, 2, 1, 0]) == ["some"]


def test_scaling_by_steps_is_told_as_one():
    down = "Normal ScalingReplicaSet: Scaled down replica set web#1 from"
    up = "Normal ScalingReplicaSet: Scaled up replica set web#2 from 1 to 2"
    assert in_one_go([f"{down} 3 to 2", up, f"{down} 2 to 0"]) == [f"{down} 3 to 0", up]
    assert in_one_go([f"{down} 3 to 2", f"{down} 3 to 0"]) == [f"{down} 3 to 2", f"{down} 3 to 0"]


def test_a_missed_state_shows():
    whole = told(Seen("Pod", "ADDED", pod("Pending")), Seen("Pod", "MODIFIED", pod("Running")))
    part = told(Seen("Pod", "ADDED", pod("Running")))
    assert whole["Pod one"] == [{"objects": 1, "status.phase": ["Pending", "Running"]}]
    assert whole != part


def test_chosen_names_become_roles():
    owner = [{"kind": "ReplicaSet", "name": "web-abc", "uid": "9"}]
    set_owner = [{"kind": "Deployment", "name": "web", "uid": "8"}]
    replica_set = {"metadata": {"name": "web-abc", "uid": "9", "ownerReferences": set_owner}, "spec": {}}
    found = told(
        Seen("Pod", "ADDED", pod("Pending", "web-abc-x", "1", ownerReferences=owner)),
        Seen("Pod", "ADDED", pod("Pending", "web-abc-y", "2", ownerReferences=owner)),
        Seen("ReplicaSet", "ADDED", replica_set),
    )
    assert set(found) == {"Pod of web#1", "ReplicaSet web#1"}
    assert [one["objects"] for one in found["Pod of web#1"]] == [2]
