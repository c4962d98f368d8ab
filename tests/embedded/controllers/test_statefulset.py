"""StatefulSets, beside what is recorded on kind (workloads/): strangers' Pods, history, and what is not done."""

from typing import Any

from servicelab.embedded.resources import CONTROLLER_REVISIONS, EVENTS, PODS, STATEFUL_SETS
from servicelab.embedded.store import copy_of
from tests.embedded.controllers.cluster import Cluster, pod_spec


def stateful_set(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec()}
    wished = {"selector": {"matchLabels": {"app": "web"}}, "serviceName": "web", "template": template, **spec}
    return {"kind": "StatefulSet", "metadata": {"name": "web"}, "spec": wished}


def names(cluster: Cluster) -> list[str]:
    return [pod["metadata"]["name"] for pod in cluster.all(PODS)]


def test_waits_while_a_stranger_has_the_name() -> None:
    cluster = Cluster()
    cluster.create({"kind": "Pod", "metadata": {"name": "web-0"}, "spec": pod_spec()})
    cluster.create(stateful_set(replicas=2))
    cluster.run(5)
    assert names(cluster) == ["web-0"]
    cluster.delete(PODS, "web-0", grace=0)
    cluster.run(10)
    assert names(cluster) == ["web-0", "web-1"]


def test_does_not_adopt_a_pod_of_another_name() -> None:
    cluster = Cluster()
    cluster.create({"kind": "Pod", "metadata": {"name": "other", "labels": {"app": "web"}}, "spec": pod_spec()})
    cluster.create(stateful_set())
    cluster.run(5)
    assert names(cluster) == ["other", "web-0"]
    assert "ownerReferences" not in cluster.get(PODS, "other")["metadata"]


def test_keeps_as_many_old_revisions_as_wished() -> None:
    cluster = Cluster()
    cluster.create(stateful_set(revisionHistoryLimit=1))
    for number in range(4):
        template = copy_of(cluster.get(STATEFUL_SETS, "web")["spec"]["template"])
        template["metadata"]["annotations"] = {"version": str(number)}
        cluster.change(STATEFUL_SETS, "web", spec__template=template)
        cluster.run(60)
    assert sorted(one["revision"] for one in cluster.all(CONTROLLER_REVISIONS)) == [4, 5]


def test_makes_no_pods_for_claims_and_says_so() -> None:
    cluster = Cluster()
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    cluster.create(stateful_set(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": claim}]))
    cluster.run(5)
    assert names(cluster) == []
    [event] = [one for one in cluster.all(EVENTS) if one["involvedObject"]["kind"] == "StatefulSet"]
    assert "the embedded cluster does not have PersistentVolumeClaims" in event["message"]
