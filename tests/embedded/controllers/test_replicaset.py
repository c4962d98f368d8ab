"""ReplicaSets keep their number of Pods, and know which are theirs."""

from typing import Any

import pytest

from servicelab.embedded.controllers.objects import controller_of, is_ready
from servicelab.embedded.resources import EVENTS, PODS, REPLICA_SETS, SERVICE_ACCOUNTS
from tests.embedded.controllers.cluster import Cluster, pod, pod_spec


def replica_set(replicas: int, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec()}
    whole = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template, **spec}
    return {"kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": whole}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def names(cluster: Cluster) -> list[str]:
    return [one["metadata"]["name"] for one in cluster.all(PODS)]


def test_makes_and_removes_pods(cluster: Cluster) -> None:
    cluster.create(replica_set(3))
    cluster.run(2)
    assert cluster.get(REPLICA_SETS, "web")["status"]["availableReplicas"] == 3
    cluster.change(REPLICA_SETS, "web", spec__replicas=1)
    cluster.run(3)
    assert len(names(cluster)) == 1
    assert cluster.get(REPLICA_SETS, "web")["status"]["replicas"] == 1


def test_replaces_a_deleted_pod_at_once(cluster: Cluster) -> None:
    cluster.create(replica_set(2))
    cluster.run(2)
    gone = names(cluster)[0]
    cluster.delete(PODS, gone)
    assert len(names(cluster)) == 3, "the new one is there while the old one ends"
    assert cluster.get(REPLICA_SETS, "web")["status"]["terminatingReplicas"] == 1
    cluster.run(3)
    assert len(names(cluster)) == 2
    assert gone not in names(cluster)


def test_a_relabelled_pod_is_released_and_replaced_and_adopted_again(cluster: Cluster) -> None:
    cluster.create(replica_set(2))
    cluster.run(2)
    taken_out = names(cluster)[0]
    cluster.change(PODS, taken_out, metadata__labels={"app": "debug"})
    assert controller_of(cluster.get(PODS, taken_out)) is None
    assert len(names(cluster)) == 3
    cluster.change(PODS, taken_out, metadata__labels={"app": "web"})
    cluster.run(3)
    assert len(names(cluster)) == 2, "one of three matching Pods is too many"


def test_adopts_a_matching_pod_without_controller(cluster: Cluster) -> None:
    cluster.create(pod("lone"))
    cluster.run(2)
    cluster.create(replica_set(1))
    assert names(cluster) == ["lone"]
    owner = controller_of(cluster.get(PODS, "lone"))
    assert owner is not None and owner["kind"] == "ReplicaSet"


def test_removes_unready_pods_first(cluster: Cluster) -> None:
    cluster.create(replica_set(1))
    cluster.run(2)
    ready = names(cluster)[0]
    cluster.change(REPLICA_SETS, "web", spec__replicas=3)
    cluster.change(REPLICA_SETS, "web", spec__replicas=1)
    cluster.run(3)
    assert names(cluster) == [ready]
    assert is_ready(cluster.get(PODS, ready))


def test_min_ready_seconds_delay_availability(cluster: Cluster) -> None:
    cluster.create(replica_set(1, minReadySeconds=5))
    cluster.run(3)
    status = cluster.get(REPLICA_SETS, "web")["status"]
    assert status["readyReplicas"] == 1 and "availableReplicas" not in status
    cluster.run(4)
    assert cluster.get(REPLICA_SETS, "web")["status"]["availableReplicas"] == 1


def test_says_why_pods_cannot_be_made_and_tries_again(cluster: Cluster) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {**pod_spec(), "serviceAccountName": "robot"}}
    cluster.create(replica_set(1, template=template))
    condition = cluster.get(REPLICA_SETS, "web")["status"]["conditions"][0]
    assert (condition["type"], condition["reason"]) == ("ReplicaFailure", "FailedCreate")
    assert 'serviceaccount "robot" not found' in condition["message"]
    cluster.run(20)
    tries = [e["count"] for e in cluster.all(EVENTS) if e["reason"] == "FailedCreate"]
    assert tries == [5], "after 0, 1, 3, 7 and 15 seconds"
    cluster.create({"kind": "ServiceAccount", "metadata": {"name": "robot"}})
    assert cluster.find(SERVICE_ACCOUNTS, "robot") is not None
    cluster.run(20)
    assert len(names(cluster)) == 1
    assert "conditions" not in cluster.get(REPLICA_SETS, "web")["status"]
