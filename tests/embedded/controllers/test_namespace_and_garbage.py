"""Namespaces fill and empty; owners take along what they own, as they are told."""

import pytest

from servicelab.embedded.controllers import Propagation
from servicelab.embedded.resources import CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS, SERVICE_ACCOUNTS
from servicelab.embedded.store import copy_of
from tests.embedded.controllers.cluster import Cluster, deployment, pod, service
from tests.embedded.controllers.test_statefulset import stateful_set


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_a_new_namespace_has_its_standard_objects(cluster: Cluster) -> None:
    assert [one["metadata"]["name"] for one in cluster.all(SERVICE_ACCOUNTS)] == ["default"]
    assert [one["metadata"]["name"] for one in cluster.all(CONFIG_MAPS)] == ["kube-root-ca.crt"]
    cluster.delete(CONFIG_MAPS, "kube-root-ca.crt")
    assert [one["metadata"]["name"] for one in cluster.all(CONFIG_MAPS)] == ["kube-root-ca.crt"]


def test_a_new_namespace_gets_the_clusters_certificate(cluster: Cluster) -> None:
    first = copy_of(cluster.store.get(CONFIG_MAPS, "kube-system", "kube-root-ca.crt") or {})
    cluster.store.update(CONFIG_MAPS, first | {"data": {"ca.crt": "the certificate"}})
    cluster.create({"kind": "Namespace", "metadata": {"name": "new"}})
    made = cluster.store.get(CONFIG_MAPS, "new", "kube-root-ca.crt")
    assert made is not None and made["data"] == {"ca.crt": "the certificate"}


def test_a_deleted_namespace_waits_for_its_pods(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.create(service())
    cluster.create(pod("slow", command=["sleep", "3600"]))
    cluster.run(2)
    cluster.delete(NAMESPACES, "test")
    namespace = cluster.get(NAMESPACES, "test")
    assert namespace["status"]["phase"] == "Terminating"
    remaining = next(c for c in namespace["status"]["conditions"] if c["type"] == "NamespaceDeletionContentFailure")
    assert remaining["status"] == "True"
    cluster.run(5)
    assert [one["metadata"]["name"] for one in cluster.all(PODS)] == ["slow"]
    assert cluster.all(DEPLOYMENTS), "the rest goes when the last Pod is gone"
    cluster.run(30)
    assert cluster.is_gone()
    assert sum(1 for resource in (PODS, CONFIG_MAPS, SERVICE_ACCOUNTS) for _ in cluster.all(resource)) == 0


def test_in_a_deleted_namespace_no_pod_is_made_anew(cluster: Cluster) -> None:
    cluster.create(stateful_set(replicas=2))
    cluster.create(pod("slow", command=["sleep", "3600"]))
    cluster.run(10)
    assert len(cluster.all(PODS)) == 3
    cluster.delete(NAMESPACES, "test")
    cluster.run(5)
    assert [one["metadata"]["name"] for one in cluster.all(PODS)] == ["slow"]
    cluster.run(40)
    assert cluster.is_gone()


def test_an_empty_namespace_goes_at_once(cluster: Cluster) -> None:
    cluster.delete(NAMESPACES, "test")
    assert cluster.is_gone()


def test_background(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    cluster.delete(DEPLOYMENTS, "web")
    assert cluster.find(DEPLOYMENTS, "web") is None
    assert cluster.all(REPLICA_SETS) == []
    cluster.run(3)
    assert cluster.all(PODS) == []


def test_foreground(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    cluster.delete(DEPLOYMENTS, "web", Propagation.FOREGROUND)
    assert cluster.get(DEPLOYMENTS, "web")["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert cluster.all(REPLICA_SETS)[0]["metadata"]["deletionTimestamp"]
    assert len(cluster.all(PODS)) == 3
    cluster.run(3)
    assert cluster.find(DEPLOYMENTS, "web") is None
    assert cluster.all(REPLICA_SETS) == [] and cluster.all(PODS) == []


def test_orphan(cluster: Cluster) -> None:
    cluster.create(deployment())
    cluster.run(2)
    cluster.delete(DEPLOYMENTS, "web", Propagation.ORPHAN)
    assert cluster.find(DEPLOYMENTS, "web") is None
    cluster.run(5)
    assert len(cluster.all(REPLICA_SETS)) == 1 and len(cluster.all(PODS)) == 3
    assert "ownerReferences" not in cluster.all(REPLICA_SETS)[0]["metadata"]
    cluster.create(deployment())
    cluster.run(5)
    assert len(cluster.all(REPLICA_SETS)) == 1, "a Deployment made anew adopts it"


def test_an_object_of_two_owners_stays_with_the_other(cluster: Cluster) -> None:
    owners = [cluster.create({"kind": "ConfigMap", "metadata": {"name": name}}) for name in ("a", "b")]
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]}
        for o in owners
    ]
    cluster.create({"kind": "ConfigMap", "metadata": {"name": "child", "ownerReferences": references}})
    cluster.delete(CONFIG_MAPS, "a")
    assert [r["name"] for r in cluster.get(CONFIG_MAPS, "child")["metadata"]["ownerReferences"]] == ["b"]
    cluster.delete(CONFIG_MAPS, "b")
    assert cluster.find(CONFIG_MAPS, "child") is None


def test_an_owner_that_never_was_is_no_owner(cluster: Cluster) -> None:
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "1"}
    cluster.create({"kind": "ConfigMap", "metadata": {"name": "child", "ownerReferences": [reference]}})
    assert cluster.find(CONFIG_MAPS, "child") is None


def test_a_finalizer_holds_an_object(cluster: Cluster) -> None:
    cluster.create({"kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/wait"]}})
    cluster.delete(CONFIG_MAPS, "held")
    assert cluster.get(CONFIG_MAPS, "held")["metadata"]["deletionTimestamp"]
    cluster.change(CONFIG_MAPS, "held", metadata__finalizers=None)
    assert cluster.find(CONFIG_MAPS, "held") is None
