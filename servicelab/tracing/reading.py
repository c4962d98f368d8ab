"""A running cluster's objects, read through its API, and what the network model makes of them."""

from collections.abc import Iterable
from typing import Any

from servicelab.cluster.base import Cluster
from servicelab.network.state import ClusterState

Json = dict[str, Any]
LISTS = (
    "/api/v1/nodes",
    "/api/v1/namespaces",
    "/api/v1/services",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/api/v1/pods",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/metallb.io/v1beta1/servicel2statuses",
    "/apis/apps/v1/daemonsets",
)
"""What the model reads; which kinds there are differs from cluster to cluster."""
PROXY = "/api/v1/namespaces/kube-system/configmaps/kube-proxy"


def read_objects(cluster: Cluster, more: Iterable[str] = ()) -> list[Json]:
    """The objects that decide where packets go, and those of `more` lists; each with the kind and apiVersion that lists
    leave out."""
    objects: list[Json] = []
    for path in (*LISTS, *more):
        found = cluster.rest.find(path) or {}
        kind = str(found.get("kind", "")).removesuffix("List")
        known = {"apiVersion": found.get("apiVersion"), "kind": kind}
        objects += [{**known, **one} for one in found.get("items") or ()]
    proxy = cluster.rest.find(PROXY)
    return [*objects, *([proxy] if proxy else [])]


def state_of(cluster: Cluster, objects: list[Json]) -> ClusterState:
    """The model of the cluster with these objects."""
    return ClusterState.from_objects(objects, cluster.outside_address(), faults=cluster.faults())


def read_state(cluster: Cluster) -> ClusterState:
    """The model of the cluster as it is now."""
    return state_of(cluster, read_objects(cluster))
