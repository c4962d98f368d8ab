"""DaemonSets, beside what is recorded on kind (workloads/): nodes that come and go."""

from typing import Any

from servicelab.embedded.resources import DAEMON_SETS, NODES, PODS
from servicelab.embedded.store import copy_of
from tests.embedded.controllers.cluster import Cluster, pod_spec


def daemon_set(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": pod_spec()}
    wished = {"selector": {"matchLabels": {"app": "agent"}}, "template": template, **spec}
    return {"kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": wished}


def nodes_of(cluster: Cluster) -> list[str]:
    return sorted(pod["spec"]["nodeName"] for pod in cluster.all(PODS))


def test_follows_nodes_that_come_and_go() -> None:
    cluster = Cluster()
    cluster.create(daemon_set())
    cluster.run(5)
    assert nodes_of(cluster) == ["lab-worker", "lab-worker2"]
    another = copy_of(cluster.get(NODES, "lab-worker2"))
    for key in ("uid", "resourceVersion", "creationTimestamp"):
        del another["metadata"][key]
    another["metadata"]["name"] = "lab-worker3"
    another["spec"] |= {"podCIDR": "10.244.3.0/24", "podCIDRs": ["10.244.3.0/24"]}
    cluster.store.create(NODES, another)
    cluster.controllers.settle()
    cluster.run(5)
    assert nodes_of(cluster) == ["lab-worker", "lab-worker2", "lab-worker3"]
    cluster.delete(NODES, "lab-worker3")
    cluster.run(60)
    assert nodes_of(cluster) == ["lab-worker", "lab-worker2"]
    assert cluster.get(DAEMON_SETS, "agent")["status"]["desiredNumberScheduled"] == 2
