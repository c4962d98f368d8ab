"""The scheduler spreads Pods, respects what they ask for, and says why one cannot run."""

from collections import Counter
from typing import Any

import pytest

from servicelab.embedded.controllers.objects import condition
from servicelab.embedded.resources import EVENTS, NODES, PODS
from tests.embedded.controllers.cluster import Cluster, deployment, pod


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def node_of(cluster: Cluster, name: str = "web") -> str | None:
    node: str | None = cluster.get(PODS, name)["spec"].get("nodeName")
    return node


def why(cluster: Cluster, name: str = "web") -> str:
    entry = condition(cluster.get(PODS, name), "PodScheduled")
    return entry.get("message", "") if entry else ""


def with_spec(manifest: dict[str, Any], **spec: Any) -> dict[str, Any]:
    manifest["spec"] |= spec
    return manifest


def test_spreads_a_deployment_over_the_workers(cluster: Cluster) -> None:
    cluster.create(deployment(replicas=4))
    assert Counter(one["spec"]["nodeName"] for one in cluster.all(PODS)) == {"lab-worker": 2, "lab-worker2": 2}


def test_the_control_plane_needs_a_toleration_and_a_selector(cluster: Cluster) -> None:
    selector = {"kubernetes.io/hostname": "lab-control-plane"}
    cluster.create(with_spec(pod("plain"), nodeSelector=selector))
    assert node_of(cluster, "plain") is None
    toleration = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    cluster.create(with_spec(pod("tolerant"), nodeSelector=selector, tolerations=[toleration]))
    assert node_of(cluster, "tolerant") == "lab-control-plane"


def test_waits_for_a_label_on_a_node(cluster: Cluster) -> None:
    cluster.create(with_spec(pod(), nodeSelector={"disk": "ssd"}))
    assert why(cluster).startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match"
    )
    cluster.change(NODES, "lab-worker2", metadata__labels={"disk": "ssd"})
    assert node_of(cluster) == "lab-worker2"


def test_cordoned_nodes_take_no_new_pods(cluster: Cluster) -> None:
    cluster.change(NODES, "lab-worker", spec__unschedulable=True)
    cluster.create(deployment(replicas=3))
    assert {one["spec"]["nodeName"] for one in cluster.all(PODS)} == {"lab-worker2"}


def test_too_large_requests_wait(cluster: Cluster) -> None:
    cluster.create(pod(resources={"requests": {"cpu": "100"}}))
    assert "2 Insufficient cpu" in why(cluster)
    assert "FailedScheduling" in [event["reason"] for event in cluster.all(EVENTS)]


def test_a_waiting_pod_takes_the_room_that_becomes_free(cluster: Cluster) -> None:
    for number in range(2):
        cluster.create(pod(f"big{number}", resources={"requests": {"cpu": "1500m"}}))
    cluster.create(pod("late", resources={"requests": {"cpu": "1"}}))
    assert node_of(cluster, "late") is None
    cluster.run(2)
    cluster.delete(PODS, "big0")
    cluster.run(2)
    assert node_of(cluster, "late") is not None


def test_host_ports_collide(cluster: Cluster) -> None:
    port = [{"containerPort": 8080, "hostPort": 8080}]
    for name in ("a", "b", "c"):
        cluster.create(pod(name, ports=port))
    assert {node_of(cluster, "a"), node_of(cluster, "b")} == {"lab-worker", "lab-worker2"}
    assert "2 node(s) didn't have free ports for the requested pod ports" in why(cluster, "c")


def test_node_affinity(cluster: Cluster) -> None:
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["lab-worker"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    cluster.create(with_spec(pod(), affinity={"nodeAffinity": required}))
    assert node_of(cluster) == "lab-worker2"


def test_a_node_holds_110_pods(cluster: Cluster) -> None:
    cluster.create(deployment(replicas=230))
    assert sum(1 for one in cluster.all(PODS) if one["spec"].get("nodeName")) == 220
    waiting = next(one for one in cluster.all(PODS) if not one["spec"].get("nodeName"))
    assert "2 Too many pods" in why(cluster, waiting["metadata"]["name"])


def test_required_pod_affinity_is_refused_in_words(cluster: Cluster) -> None:
    term = {"labelSelector": {}, "topologyKey": "kubernetes.io/hostname"}
    cluster.create(
        with_spec(pod(), affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    )
    assert "use a kind cluster" in why(cluster)
