import time

import pytest

from servicelab.embedded.clock import ManualClock, SystemClock
from servicelab.embedded.core import fresh_core
from servicelab.embedded.resources import ENDPOINT_SLICES, NODES, PODS, RESOURCES, SERVICES
from tests.embedded.api.support import DEPLOYMENTS, call, deployment, made
from tests.embedded.api.support import PODS as PODS_PATH


def everything(core):
    return [(resource.qualified, one) for resource in RESOURCES for one in core.store.objects(resource)]


def test_a_fresh_cluster_is_ready():
    core = fresh_core(cluster_name="shop")
    assert [node["metadata"]["name"] for node in core.store.objects(NODES)] == [
        "shop-control-plane", "shop-worker", "shop-worker2",
    ]  # fmt: skip
    assert core.store.get(SERVICES, "kube-system", "kube-dns")["spec"]["clusterIP"] == "10.96.0.10"
    assert core.store.get(SERVICES, "default", "kubernetes")["spec"]["clusterIP"] == "10.96.0.1"
    ready = [
        end["conditions"]["ready"]
        for one in core.store.objects(ENDPOINT_SLICES, "kube-system")
        for end in one["endpoints"]
    ]
    assert ready and all(ready)
    before = everything(core)
    core.settle()
    assert everything(core) == before


def test_same_seed_same_cluster():
    def run(seed):
        core = fresh_core(seed=seed)
        made(core, DEPLOYMENTS, deployment("web", 3))
        core.pass_time(10)
        return everything(core)

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_time_runs_through_every_timer():
    core = fresh_core(seed=1)
    start = core.clock.now()
    made(core, DEPLOYMENTS, deployment("web"))
    assert core.next_due() is not None
    core.pass_time(10)
    assert core.clock.now() == pytest.approx(start + 10)
    due = core.next_due()
    assert due is None or due > core.clock.now()
    pods = call(core, "GET", PODS_PATH)[1]["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]


def test_only_a_manual_clock_is_moved():
    with pytest.raises(TypeError):
        fresh_core(SystemClock()).pass_time(1)


def test_clusters_are_cheap():
    fresh_core()
    started = time.process_time()
    for _ in range(20):
        fresh_core()
    assert (time.process_time() - started) / 20 < 0.05


def test_clusters_share_nothing():
    one, other = fresh_core(seed=1), fresh_core(seed=1)
    made(
        one,
        PODS_PATH,
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": deployment("x")["spec"]["template"]["spec"],
        },
    )
    one.pass_time(5)
    assert other.store.get(PODS, "default", "p") is None
    assert other.clock.now() == ManualClock().now()


def test_a_copy_begins_alike_and_goes_its_own_way():
    first = fresh_core(seed=1)
    before = everything(first)
    copy = first.copy(seed=2)
    assert (everything(copy), copy.store.revision, copy.next_due()) == (before, first.store.revision, first.next_due())
    made(copy, DEPLOYMENTS, deployment("web", 3))
    copy.pass_time(100)
    assert len(list(copy.store.objects(PODS, "default"))) == 3
    assert everything(first) == before
    again = first.copy(seed=2)
    made(again, DEPLOYMENTS, deployment("web", 3))
    again.pass_time(100)
    assert everything(again) == everything(copy)
