"""What Pods of a submission may not have, on any cluster: rights on the node, and images that no exercise lists.

On a real cluster Pod Security `baseline` or `restricted` judges the same again (`cluster/confined.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
IN_TEMPLATE = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"})
OF_THE_NODE = ("hostNetwork", "hostPID", "hostIPC")
VOLUMES = frozenset({"name", "emptyDir", "configMap", "secret", "projected", "downwardAPI"})
"""What a volume may be: nothing of the node's own, and nothing that outlives the Pod."""
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def pod_spec(kind: str, manifest: Json) -> tuple[str, Json] | None:
    """Where the spec of a manifest's Pods is, and that spec; None when it has no Pods."""
    path = ["spec"]
    if kind == "CronJob":
        path = ["spec", "jobTemplate", "spec", "template", "spec"]
    elif kind in IN_TEMPLATE:
        path = ["spec", "template", "spec"]
    elif kind != "Pod":
        return None
    found: Any = manifest
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return (".".join(path), found) if isinstance(found, Mapping) else None


def reaching_out(path: str, spec: Json) -> Iterator[str]:
    """The fields of a Pod's spec that reach beyond the Pod."""
    yield from (f"{path}.{field}" for field in OF_THE_NODE if spec.get(field))
    for number, volume in enumerate(_list(spec, "volumes")):
        yield from (f"{path}.volumes[{number}].{field}" for field in volume if field not in VOLUMES)
    for place, container in _containers(path, spec):
        security = container.get("securityContext")
        if isinstance(security, Mapping):
            if security.get("privileged"):
                yield f"{place}.securityContext.privileged"
            added = security.get("capabilities")
            if isinstance(added, Mapping) and added.get("add"):
                yield f"{place}.securityContext.capabilities.add"
        for number, port in enumerate(_list(container, "ports")):
            if port.get("hostPort"):
                yield f"{place}.ports[{number}].hostPort"


def other_images(path: str, spec: Json, images: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The containers' images that are not in the list: their field and name."""
    for place, container in _containers(path, spec):
        image = container.get("image")
        if isinstance(image, str) and image not in images:
            yield f"{place}.image", image


def _containers(path: str, spec: Json) -> Iterator[tuple[str, Json]]:
    for field in CONTAINERS:
        yield from ((f"{path}.{field}[{number}]", one) for number, one in enumerate(_list(spec, field)))


def _list(holder: Json, field: str) -> list[Json]:
    found = holder.get(field)
    return [one if isinstance(one, Mapping) else {} for one in found] if isinstance(found, list) else []
