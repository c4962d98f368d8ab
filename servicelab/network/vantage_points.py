"""From where a namespace's Services are worth asking for, chosen from plain Kubernetes JSON."""

from collections.abc import Iterable, Sequence

from servicelab.network.listeners import is_agnhost
from servicelab.network.objects import Json
from servicelab.network.places import NodePlace, Outside, Place, PodPlace


def vantage_points(objects: Sequence[Json], namespace: str, *, all_pods: bool = False) -> list[Place]:
    """Outside, every node, the namespace's running Pods, and one of another namespace where there is one that can ask.

    Of Pods with the same owner (a ReplicaSet, say) one stands for all, unless `all_pods`.
    """
    of_kind = {kind: [one for one in objects if one.get("kind") == kind] for kind in ("Node", "Pod")}
    running = sorted(filter(_runs, of_kind["Pod"]), key=lambda pod: str(pod["metadata"]["name"]))
    here = [pod for pod in running if pod["metadata"]["namespace"] == namespace]
    strangers = [pod for pod in running if pod["metadata"]["namespace"] != namespace and _can_ask(pod)]
    chosen = [*(here if all_pods else _one_of_each_owner(here)), *strangers[:1]]
    return [
        Outside(),
        *(NodePlace(node["metadata"]["name"]) for node in of_kind["Node"]),
        *(PodPlace(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in chosen),
    ]


def _runs(pod: Json) -> bool:
    is_going = "deletionTimestamp" in pod["metadata"]
    return (pod.get("status") or {}).get("phase") == "Running" and not is_going


def _can_ask(pod: Json) -> bool:
    """Whether its first container has the clients that probes use."""
    return is_agnhost(str(pod["spec"]["containers"][0].get("image", "")))


def _one_of_each_owner(pods: Iterable[Json]) -> list[Json]:
    found: dict[str, Json] = {}
    for pod in pods:
        owners = pod["metadata"].get("ownerReferences") or ({"uid": pod["metadata"]["name"]},)
        found.setdefault(str(owners[0]["uid"]), pod)
    return list(found.values())
