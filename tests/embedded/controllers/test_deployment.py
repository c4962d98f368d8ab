"""Deployments: rollouts, their bounds, revisions and what `rollout status` reads."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicelab.embedded.controllers.objects import condition
from servicelab.embedded.resources import DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS
from servicelab.embedded.store import copy_of
from tests.embedded.controllers.cluster import Cluster, deployment, pod_spec


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def new_template(cluster: Cluster, value: str, **container: Any) -> None:
    template = copy_of(cluster.get(DEPLOYMENTS, "web")["spec"]["template"])
    template["metadata"]["annotations"] = {"version": value}
    template["spec"]["containers"][0] |= container
    cluster.change(DEPLOYMENTS, "web", spec__template=template)


def sizes(cluster: Cluster) -> dict[str, int]:
    """Wished Pods by version."""
    return {
        one["spec"]["template"]["metadata"].get("annotations", {}).get("version", "first"): one["spec"]["replicas"]
        for one in cluster.all(REPLICA_SETS)
    }


def reason(cluster: Cluster, kind: str) -> str:
    entry = condition(cluster.get(DEPLOYMENTS, "web"), kind)
    return entry["reason"] if entry else ""


def test_becomes_available(cluster: Cluster) -> None:
    cluster.create(deployment())
    assert reason(cluster, "Available") == "MinimumReplicasUnavailable"
    cluster.run(2)
    assert reason(cluster, "Available") == "MinimumReplicasAvailable"
    assert reason(cluster, "Progressing") == "NewReplicaSetAvailable"
    status = cluster.get(DEPLOYMENTS, "web")["status"]
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (3, 3, 3)
    assert "unavailableReplicas" not in status


def test_rolls_out_one_by_one_and_counts_revisions(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    new_template(cluster, "second")
    assert sizes(cluster) == {"first": 3, "second": 1}, "25 % of 3 may surge: one, rounded up; none may be missing"
    cluster.run(10)
    assert sizes(cluster) == {"first": 0, "second": 3}
    revisions = [
        one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for one in cluster.all(REPLICA_SETS)
    ]
    assert sorted(revisions) == ["1", "2"]
    texts = [event["message"] for event in cluster.all(EVENTS) if event["reason"] == "ScalingReplicaSet"]
    assert len(texts) == 7


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3))
def test_never_leaves_its_bounds(replicas: int, surge: int, unavailable: int) -> None:
    if surge == unavailable == 0:
        surge = 1
    cluster = Cluster()
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    cluster.create(deployment(replicas=replicas, strategy=strategy))
    cluster.run(2)
    new_template(cluster, "second")
    for _ in range(60):
        cluster.run(0.5)
        status = cluster.get(DEPLOYMENTS, "web")["status"]
        assert status.get("availableReplicas", 0) >= replicas - min(unavailable, replicas)
        assert sum(sizes(cluster).values()) <= replicas + surge
    assert sizes(cluster)["second"] == replicas
    assert sum(sizes(cluster).values()) == replicas


def test_a_bad_image_stops_the_rollout_and_undo_mends_it(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    first = copy_of(cluster.get(DEPLOYMENTS, "web")["spec"]["template"])
    new_template(cluster, "bad", image="nginx")
    cluster.run(30)
    assert sizes(cluster) == {"first": 3, "bad": 1}
    assert cluster.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 3
    cluster.change(DEPLOYMENTS, "web", spec__template=first)
    cluster.run(10)
    assert sizes(cluster) == {"first": 3, "bad": 0}
    assert cluster.get(DEPLOYMENTS, "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    history = [
        one["metadata"]["annotations"].get("deployment.kubernetes.io/revision-history")
        for one in cluster.all(REPLICA_SETS)
    ]
    assert sorted(history, key=str) == ["1", None]


def test_progress_deadline(cluster: Cluster) -> None:
    cluster.create(deployment(progressDeadlineSeconds=20))
    cluster.run(2)
    new_template(cluster, "bad", image="nginx")
    cluster.run(15)
    assert reason(cluster, "Progressing") == "ReplicaSetUpdated"
    cluster.run(15)
    entry = condition(cluster.get(DEPLOYMENTS, "web"), "Progressing")
    assert entry is not None
    assert (entry["status"], entry["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert entry["message"].endswith("has timed out progressing.")


def test_recreate_ends_the_old_pods_first(cluster: Cluster) -> None:
    cluster.create(deployment(strategy={"type": "Recreate"}))
    cluster.run(2)
    new_template(cluster, "second")
    assert sizes(cluster) == {"first": 0}
    assert {one["metadata"].get("deletionTimestamp") is not None for one in cluster.all(PODS)} == {True}
    cluster.run(5)
    assert sizes(cluster) == {"first": 0, "second": 3}
    assert reason(cluster, "Available") == "MinimumReplicasAvailable"


def test_pause_and_resume(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    cluster.change(DEPLOYMENTS, "web", spec__paused=True)
    new_template(cluster, "second")
    cluster.run(5)
    assert sizes(cluster) == {"first": 3}
    assert reason(cluster, "Progressing") == "DeploymentPaused"
    cluster.change(DEPLOYMENTS, "web", spec__replicas=5)
    assert sizes(cluster) == {"first": 5}, "a paused Deployment still scales"
    cluster.change(DEPLOYMENTS, "web", spec__paused=None)
    cluster.run(15)
    assert sizes(cluster) == {"first": 0, "second": 5}
    assert reason(cluster, "Progressing") == "NewReplicaSetAvailable"


def test_scaling_during_a_rollout_is_shared(cluster: Cluster) -> None:
    cluster.create(deployment(replicas=10))
    cluster.run(2)
    new_template(cluster, "bad", image="nginx")
    before = sizes(cluster)
    assert before == {"first": 8, "bad": 5}, "as kind's documentation of proportional scaling has it"
    cluster.change(DEPLOYMENTS, "web", spec__replicas=15)
    after = sizes(cluster)
    assert sum(after.values()) == 19, "15 and 25 % of it, rounded up"
    assert after["first"] > before["first"] and after["bad"] > before["bad"]


def test_history_is_limited(cluster: Cluster) -> None:
    cluster.create(deployment(replicas=1, revisionHistoryLimit=2))
    cluster.run(2)
    for version in ("2", "3", "4", "5"):
        new_template(cluster, version)
        cluster.run(5)
    assert sizes(cluster) == {"3": 0, "4": 0, "5": 1}


def test_zero_replicas_are_complete(cluster: Cluster) -> None:
    cluster.create(deployment(replicas=0))
    assert reason(cluster, "Progressing") == "NewReplicaSetAvailable"
    cluster.change(DEPLOYMENTS, "web", spec__replicas=2)
    cluster.run(2)
    assert cluster.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 2


def test_adopts_a_matching_replica_set(cluster: Cluster) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec()}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    cluster.create({"kind": "ReplicaSet", "metadata": {"name": "old", "labels": {"app": "web"}}, "spec": spec})
    cluster.run(2)
    cluster.create(deployment(replicas=2))
    cluster.run(5)
    assert [one["metadata"]["name"] for one in cluster.all(REPLICA_SETS)] == ["old"]
    assert len(cluster.all(PODS)) == 2
