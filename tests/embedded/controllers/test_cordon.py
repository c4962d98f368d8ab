"""Cordoned nodes; what kubectl cordon, drain and uncordon print is recorded on kind (workloads/sitting.json)."""

from servicelab.embedded.resources import EVENTS, NODES, PODS
from tests.embedded.controllers.cluster import Cluster, pod_spec

WORKERS = ("lab-worker", "lab-worker2")


def taints(cluster: Cluster, node: str) -> list[str]:
    return [taint["key"] for taint in cluster.get(NODES, node)["spec"].get("taints", [])]


def test_a_cordoned_node_is_tainted_and_takes_no_pods_until_it_is_uncordoned() -> None:
    cluster = Cluster()
    for worker in WORKERS:
        cluster.change(NODES, worker, spec__unschedulable=True)
        assert taints(cluster, worker) == ["node.kubernetes.io/unschedulable"]
    cluster.create({"kind": "Pod", "metadata": {"name": "a"}, "spec": pod_spec()})
    cluster.run(5)
    assert "nodeName" not in cluster.get(PODS, "a")["spec"]
    cluster.change(NODES, WORKERS[1], spec__unschedulable=None)
    cluster.run(5)
    assert taints(cluster, WORKERS[1]) == []
    assert cluster.get(PODS, "a")["spec"]["nodeName"] == WORKERS[1]
    told = [one["reason"] for one in cluster.store.objects(EVENTS) if one["involvedObject"]["kind"] == "Node"]
    assert sorted(told) == ["NodeNotSchedulable", "NodeNotSchedulable", "NodeSchedulable"]


def test_other_taints_stay() -> None:
    cluster = Cluster()
    before = taints(cluster, "lab-control-plane")
    cluster.change(NODES, "lab-control-plane", spec__unschedulable=True)
    assert taints(cluster, "lab-control-plane") == [*before, "node.kubernetes.io/unschedulable"]
    cluster.change(NODES, "lab-control-plane", spec__unschedulable=None)
    assert taints(cluster, "lab-control-plane") == before
