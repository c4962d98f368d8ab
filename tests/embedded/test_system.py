"""A fresh cluster has what kind's has, settled, in milliseconds."""

import random
import time

from servicelab.embedded.clock import ManualClock
from servicelab.embedded.controllers import Controllers
from servicelab.embedded.controllers.objects import condition, is_ready
from servicelab.embedded.resources import (
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    NAMESPACES,
    NODES,
    PODS,
    SERVICE_ACCOUNTS,
    SERVICES,
)
from servicelab.embedded.store import Store
from servicelab.embedded.system import install


def fresh(name: str = "lab") -> tuple[Store, Controllers]:
    clock, randomness = ManualClock(), random.Random(1)
    store = Store(clock, randomness)
    install(store, clock, randomness, name)
    return store, Controllers(store, clock, randomness)


def test_controllers_find_nothing_to_do() -> None:
    store, controllers = fresh()
    revision = store.revision
    controllers.settle()
    assert store.revision == revision


def test_nodes() -> None:
    store, _ = fresh("team")
    nodes = list(store.objects(NODES))
    assert [node["metadata"]["name"] for node in nodes] == ["team-control-plane", "team-worker", "team-worker2"]
    assert [node["status"]["addresses"][0]["address"] for node in nodes] == ["172.18.0.2", "172.18.0.3", "172.18.0.4"]
    assert [node["spec"]["podCIDR"] for node in nodes] == ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"]
    assert [bool(node["spec"].get("taints")) for node in nodes] == [True, False, False]
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes} == {"v1.36.3"}
    for node in nodes:
        ready = condition(node, "Ready")
        assert ready is not None and ready["status"] == "True"


def test_namespaces_and_their_service_accounts() -> None:
    store, _ = fresh()
    names = [one["metadata"]["name"] for one in store.objects(NAMESPACES)]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system", "metallb-system"]
    assert {(one["metadata"]["namespace"]) for one in store.objects(SERVICE_ACCOUNTS)} == set(names)


def test_the_api_servers_service() -> None:
    store, _ = fresh()
    service = store.get(SERVICES, "default", "kubernetes")
    assert service is not None and service["spec"]["clusterIP"] == "10.96.0.1"
    slice = store.get(ENDPOINT_SLICES, "default", "kubernetes")
    assert slice is not None and slice["endpoints"][0]["addresses"] == ["172.18.0.2"]
    endpoints = store.get(ENDPOINTS, "default", "kubernetes")
    assert endpoints is not None and endpoints["subsets"][0]["ports"][0]["port"] == 6443


def test_cluster_dns_is_ready() -> None:
    store, _ = fresh()
    service = store.get(SERVICES, "kube-system", "kube-dns")
    assert service is not None and service["spec"]["clusterIP"] == "10.96.0.10"
    pods = list(store.objects(PODS, "kube-system"))
    assert len(pods) == 2 and all(is_ready(pod) for pod in pods)
    slices = [s for s in store.objects(ENDPOINT_SLICES, "kube-system")]
    addresses = {endpoint["addresses"][0] for slice in slices for endpoint in slice["endpoints"]}
    assert addresses == {"10.244.0.2", "10.244.0.3"}
    deployment = store.get(DEPLOYMENTS, "kube-system", "coredns")
    assert deployment is not None and deployment["status"]["availableReplicas"] == 2


def test_it_takes_milliseconds() -> None:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        fresh()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
