"""What a submission may do on a cluster that outlives it."""

import threading
import uuid

import pytest
from lightkube import codecs
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap, Namespace, Secret

from servicelab.cluster import confined
from servicelab.cluster.base import MachineError
from servicelab.cluster.images import WORKLOAD


def test_on_the_embedded_cluster_nothing_is_confined(embedded_cluster):
    confined.check_ours(embedded_cluster)
    assert confined.confined(embedded_cluster, ["default"], ["v1/Service"], "baseline") is embedded_cluster.api


class Somewhere:
    kind, name = "kind", "x"

    def __init__(self, folder):
        self.kubeconfig = folder / "kubeconfig"


def test_what_the_cluster_has_once_is_held_by_one_run_at_a_time(tmp_path):
    cluster, order = Somewhere(tmp_path), []
    entered, may_leave = threading.Event(), threading.Event()

    def first():
        with confined.alone_with(cluster, ["node-ports", "cluster-objects"]):
            entered.set()
            may_leave.wait(10)
            order.append("first")

    def second():
        with confined.alone_with(cluster, ["cluster-objects"]):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    may_leave.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]


@pytest.mark.kind
def test_kind_a_submission_may_write_its_kinds_in_its_namespaces_only(kind_cluster):
    mark = uuid.uuid4().hex[:6]
    spaces = [f"one-{mark}", f"two-{mark}"]
    api = kind_cluster.api
    for space in spaces:
        api.create(Namespace(metadata=ObjectMeta(name=space)))
    try:
        client = confined.confined(kind_cluster, spaces, ["v1/Pod", "v1/ConfigMap"], "restricted")
        for space in spaces:
            client.create(ConfigMap(metadata=ObjectMeta(name="mine", namespace=space)))
        beyond = {
            "another namespace": lambda: client.create(ConfigMap(metadata=ObjectMeta(name="x", namespace="default"))),
            "another kind": lambda: client.get(Secret, "x", namespace=spaces[0]),
            "an object of the cluster's": lambda: client.create(Namespace(metadata=ObjectMeta(name=f"x-{mark}"))),
            "its limits": lambda: client.create(codecs.from_dict(pod(spaces[0]))),
        }
        for what, attempt in beyond.items():
            with pytest.raises(ApiError) as refused:
                attempt()
            assert refused.value.status.code == 403, what
    finally:
        for space in spaces:
            api.delete(Namespace, space)


def pod(space):
    """One that `restricted` refuses."""
    spec = {"containers": [{"name": "main", "image": WORKLOAD, "args": ["pause"]}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": space}, "spec": spec}


@pytest.mark.kind
def test_kind_a_cluster_that_no_lab_made_is_not_written_to(kind_cluster):
    confined.check_ours(kind_cluster)
    made = kind_cluster.rest.get(confined.MARK)
    kind_cluster.rest.send("DELETE", confined.MARK)
    try:
        with pytest.raises(MachineError, match="was not made by this lab"):
            confined.check_ours(kind_cluster)
    finally:
        confined.mark(kind_cluster)
    assert kind_cluster.rest.get(confined.MARK)["data"] == made["data"]
