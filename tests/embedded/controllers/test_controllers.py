"""All controllers together: bounded, deterministic, idle when nothing changes."""

import json
import random
import time

import pytest

from servicelab.embedded.clock import ManualClock, seconds_of
from servicelab.embedded.controllers import Controllers
from servicelab.embedded.controllers.controllers import Unsettled
from servicelab.embedded.controllers.work import Key
from servicelab.embedded.resources import ENDPOINT_SLICES, EVENTS, NODES, PODS, RESOURCES, SERVICES
from servicelab.embedded.store import Change, Store
from tests.embedded.controllers.cluster import Cluster, deployment, pod, service


def everything(cluster: Cluster) -> str:
    return json.dumps([one for resource in RESOURCES for one in cluster.store.objects(resource)], sort_keys=True)


def story() -> Cluster:
    cluster = Cluster()
    cluster.create(deployment())
    cluster.create(service())
    cluster.run(5)
    cluster.delete(PODS, cluster.all(PODS)[0]["metadata"]["name"])
    cluster.run(5)
    return cluster


def test_the_same_story_ends_the_same() -> None:
    assert everything(story()) == everything(story())


def test_nothing_is_written_when_nothing_happens() -> None:
    cluster = story()
    written: list[str] = []
    cluster.store.on_change(lambda change: written.append(change.resource.kind))
    cluster.run(100)
    assert set(written) == {"Lease"}
    assert len(written) == 3 * 10, "every 10 s by each of three nodes"


def test_nodes_stay_fresh_and_old_events_go() -> None:
    cluster = story()
    assert cluster.all(EVENTS)
    cluster.run(3 * 3600)
    assert cluster.all(EVENTS) == []
    ready = next(c for c in cluster.get(NODES, "lab-worker")["status"]["conditions"] if c["type"] == "Ready")
    assert cluster.clock.now() - seconds_of(ready["lastHeartbeatTime"]) <= 300


def test_a_controller_that_never_settles_is_stopped() -> None:
    class Restless:
        name = "restless"

        def __init__(self, controllers: Controllers) -> None:
            self.controllers = controllers

        def keys_for(self, change: Change) -> list[Key]:
            return []

        def reconcile(self, key: Key) -> None:
            self.controllers.work.add(self.name, key)

    clock = ManualClock()
    controllers = Controllers(Store(clock), clock, random.Random(1))
    controllers._controllers["restless"] = Restless(controllers)
    controllers.work.add("restless", ("", "x"))
    with pytest.raises(Unsettled, match="restless"):
        controllers.settle()


def test_one_change_in_a_large_cluster_reaches_its_endpoints_quickly() -> None:
    """1,000 Services and 5,000 Pods; the bound is generous for a busy machine (issue: under 50 ms)."""
    cluster = Cluster()
    for number in range(48):
        worker = cluster.get(NODES, "lab-worker")
        new = json.loads(json.dumps(worker)) | {"kind": "Node"}
        new["metadata"] = {"name": f"big-{number}", "labels": {}}
        new["spec"] = {"podCIDR": f"10.245.{number}.0/24"}
        cluster.store.create(NODES, new)
    for number in range(1000):
        labels = {"app": f"a{number}", "tier": "web"}
        cluster.store.create(SERVICES, _stored_service(number, labels))
        for replica in range(5):
            manifest = pod(f"p{number}-{replica}", labels)
            cluster.store.create(PODS, _running(manifest, number * 5 + replica))
    cluster.controllers.settle()
    assert len(cluster.all(ENDPOINT_SLICES)) == 1000
    times = []
    for number in range(0, 1000, 100):
        start = time.perf_counter()
        cluster.delete(PODS, f"p{number}-0")
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.05, f"{max(times):.3f} s at worst"


def _stored_service(number: int, labels: dict[str, str]) -> dict[str, object]:
    ip = f"10.96.{1 + number // 250}.{1 + number % 250}"
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 8080}]
    spec = {"type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip], "selector": labels, "ports": ports}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"s{number}", "namespace": "test"},
        "spec": spec,
    }


def _running(manifest: dict[str, object], number: int) -> dict[str, object]:
    from servicelab.embedded.controllers.pod_status import new_container_status, write_conditions

    now = "2023-11-14T22:13:20Z"
    running = json.loads(json.dumps(manifest)) | {"apiVersion": "v1"}
    running["metadata"] |= {"namespace": "test", "generation": 1}
    running["spec"] |= {"nodeName": f"big-{number % 48}", "terminationGracePeriodSeconds": 30}
    container = new_container_status(running["spec"]["containers"][0], {"running": {"startedAt": now}})
    container |= {"ready": True, "started": True, "containerID": "containerd://x"}
    ip = f"10.245.{number % 48}.{2 + number // 48}"
    status = {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "startTime": now, "observedGeneration": 1}
    running["status"] = status | {"containerStatuses": [container], "resources": {}, "qosClass": "BestEffort"}
    write_conditions(running, running["status"], True, now)
    return running
