"""The way a request took, on clusters whose traffic is the model's own."""

from lightkube.resources.core_v1 import Namespace, Node, Pod, Service
from lightkube.resources.discovery_v1 import EndpointSlice
from lightkube.resources.networking_v1 import NetworkPolicy

from servicelab.cluster.base import Capability, Cluster
from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.route import possible_paths
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Verdict

ALL = "*"


def path_taken(cluster: Cluster, source: Place, target: Target, verdict: Verdict) -> Path | None:
    """The path that ends as the probe did; None where nobody can know (real traffic), or the model does not.

    The state is read after the probe, so when it changed in between no path may fit, and none is shown.
    """
    if Capability.REAL_TRAFFIC in cluster.capabilities:
        return None
    try:
        paths = possible_paths(_state(cluster), source, target)
    except Unmodelled:
        return None
    for path in paths:
        if (path.verdict.outcome, path.verdict.by) == (verdict.outcome, verdict.by):
            return path
    return None


def _state(cluster: Cluster) -> ClusterState:
    api = cluster.api
    objects = [{**found.to_dict(), "kind": "Node"} for found in api.list(Node)]
    objects += [{**found.to_dict(), "kind": "Namespace"} for found in api.list(Namespace)]
    objects += [{**found.to_dict(), "kind": "Pod"} for found in api.list(Pod, namespace=ALL)]
    objects += [{**found.to_dict(), "kind": "Service"} for found in api.list(Service, namespace=ALL)]
    objects += [{**found.to_dict(), "kind": "EndpointSlice"} for found in api.list(EndpointSlice, namespace=ALL)]
    objects += [{**found.to_dict(), "kind": "NetworkPolicy"} for found in api.list(NetworkPolicy, namespace=ALL)]
    # Imported late: a lesson on a real cluster needs no embedded one.
    from servicelab.embedded.programs.world import OUTSIDE_ADDRESS

    return ClusterState.from_objects(objects, OUTSIDE_ADDRESS)
