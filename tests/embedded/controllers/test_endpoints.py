"""EndpointSlices and Endpoints follow Pods and Services."""

from typing import Any

import pytest

from servicelab.embedded.resources import ENDPOINT_SLICES, ENDPOINTS, NODES, PODS, SERVICES
from tests.embedded.controllers.cluster import Cluster, deployment, pod, service


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def slices(cluster: Cluster, name: str = "web") -> list[dict[str, Any]]:
    label = "kubernetes.io/service-name"
    return [one for one in cluster.all(ENDPOINT_SLICES) if one["metadata"]["labels"].get(label) == name]


def conditions(cluster: Cluster) -> dict[str, tuple[bool, bool, bool]]:
    found = {}
    for slice in slices(cluster):
        for endpoint in slice["endpoints"] or []:
            said = endpoint["conditions"]
            found[endpoint["targetRef"]["name"]] = (said["ready"], said["serving"], said["terminating"])
    return found


def test_a_pod_comes_and_goes(cluster: Cluster) -> None:
    cluster.create(service())
    assert slices(cluster)[0]["endpoints"] is None and slices(cluster)[0]["ports"] is None
    cluster.create(pod("a"))
    cluster.run(2)
    assert conditions(cluster) == {"a": (True, True, False)}
    name = slices(cluster)[0]["metadata"]["name"]
    cluster.delete(PODS, "a")
    assert conditions(cluster) == {"a": (False, True, True)}
    assert cluster.get(ENDPOINTS, "web").get("subsets", []) == []
    cluster.run(2)
    assert conditions(cluster) == {}
    assert [one["metadata"]["name"] for one in slices(cluster)] == [name], "the slice stays, empty"


def test_relabelling_moves_a_pod_between_services(cluster: Cluster) -> None:
    cluster.create(service())
    cluster.create(service("other", selector={"app": "other"}))
    cluster.create(pod("a"))
    cluster.run(2)
    cluster.change(PODS, "a", metadata__labels={"app": "other"})
    assert slices(cluster)[0]["endpoints"] is None
    assert len(slices(cluster, "other")[0]["endpoints"]) == 1


def test_a_changed_selector_and_port(cluster: Cluster) -> None:
    cluster.create(service())
    cluster.create(pod("a"))
    cluster.create(pod("b", {"app": "api"}))
    cluster.run(2)
    cluster.change(SERVICES, "web", spec__selector={"app": "api"}, spec__ports=[{"port": 80, "targetPort": 9090}])
    assert conditions(cluster) == {"b": (True, True, False)}
    assert [port["port"] for one in slices(cluster) for port in one["ports"]] == [9090]


def test_a_hundred_endpoints_fill_a_slice(cluster: Cluster) -> None:
    cluster.create(service())
    cluster.create(deployment(replicas=150))
    cluster.run(2)
    assert sorted(len(one["endpoints"]) for one in slices(cluster)) == [50, 100]
    assert len(cluster.get(ENDPOINTS, "web")["subsets"][0]["addresses"]) == 150


def test_a_deleted_slice_comes_back_and_a_changed_one_is_mended(cluster: Cluster) -> None:
    cluster.create(service())
    cluster.create(pod("a"))
    cluster.run(2)
    cluster.delete(ENDPOINT_SLICES, slices(cluster)[0]["metadata"]["name"])
    assert conditions(cluster) == {"a": (True, True, False)}
    name = slices(cluster)[0]["metadata"]["name"]
    cluster.change(ENDPOINT_SLICES, name, endpoints=[])
    assert conditions(cluster) == {"a": (True, True, False)}


def test_a_deleted_service_takes_them_along(cluster: Cluster) -> None:
    cluster.create(service())
    cluster.create(pod("a"))
    cluster.run(2)
    cluster.delete(SERVICES, "web")
    assert slices(cluster) == []
    assert cluster.find(ENDPOINTS, "web") is None


def test_hand_written_slices_are_left_alone(cluster: Cluster) -> None:
    cluster.create(service(selector=None))
    slice = {
        "kind": "EndpointSlice",
        "metadata": {"name": "mine", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["172.18.0.9"]}],
    }
    cluster.create(slice)
    cluster.create(pod("a"))
    cluster.run(2)
    assert [one["metadata"]["name"] for one in slices(cluster)] == ["mine"]
    assert cluster.find(ENDPOINTS, "web") is None


def test_hand_written_endpoints_are_mirrored_and_the_mirror_follows(cluster: Cluster) -> None:
    cluster.create(service(selector=None))
    subsets = [{"addresses": [{"ip": "172.18.0.9"}], "ports": [{"port": 8080}]}]
    cluster.create({"kind": "Endpoints", "metadata": {"name": "web"}, "subsets": subsets})
    assert slices(cluster)[0]["endpoints"][0]["addresses"] == ["172.18.0.9"]
    changed = [{"addresses": [{"ip": "172.18.0.10"}], "ports": [{"port": 8080, "protocol": "TCP"}]}]
    cluster.change(ENDPOINTS, "web", subsets=changed)
    assert [one["endpoints"][0]["addresses"] for one in slices(cluster)] == [["172.18.0.10"]]
    cluster.delete(ENDPOINTS, "web")
    assert slices(cluster) == []


def test_zones_of_nodes_reach_the_endpoints_when_the_service_changes(cluster: Cluster) -> None:
    cluster.create(service(trafficDistribution="PreferSameZone"))
    cluster.create(pod("a"))
    cluster.run(2)
    node = cluster.get(PODS, "a")["spec"]["nodeName"]
    labels = cluster.get(NODES, node)["metadata"]["labels"]
    cluster.change(NODES, node, metadata__labels={**labels, "topology.kubernetes.io/zone": "north"})
    assert "zone" not in slices(cluster)[0]["endpoints"][0]
    cluster.change(SERVICES, "web", metadata__annotations={"any": "change"})
    endpoint = slices(cluster)[0]["endpoints"][0]
    assert endpoint["zone"] == "north"
    assert endpoint["hints"] == {"forZones": [{"name": "north"}]}


def test_only_services_concerned_are_looked_at(cluster: Cluster) -> None:
    for number in range(20):
        cluster.create(service(f"s{number}", selector={"app": f"a{number}"}))
        cluster.create(pod(f"p{number}", {"app": f"a{number}"}))
    cluster.run(2)
    revisions = {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in cluster.all(ENDPOINT_SLICES)}
    cluster.delete(PODS, "p3")
    changed = [
        one["metadata"]["labels"]["kubernetes.io/service-name"]
        for one in cluster.all(ENDPOINT_SLICES)
        if one["metadata"]["resourceVersion"] != revisions[one["metadata"]["name"]]
    ]
    assert changed == ["s3"]
