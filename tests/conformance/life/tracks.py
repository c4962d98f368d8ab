"""What a learner can observe of one object at one moment: named values, each followed on its own over time."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Value = str | int
GONE = "gone"
UNCOUNTED = frozenset({"observedGeneration", "collisionCount"})
SERVICE_FIELDS = (
    "type", "externalName", "externalTrafficPolicy", "internalTrafficPolicy", "sessionAffinity",
    "publishNotReadyAddresses", "selector",
)  # fmt: skip
CONFLICTING_PULL = ("ErrImagePull", "ImagePullBackOff")
"""Their messages say why a registry did not answer; the embedded cluster has none and names its images instead."""


def values(kind: str, object: Json) -> dict[str, Value]:
    """All tracks of an object. The same for every kind where kinds are alike: owner, deletion, counts, conditions."""
    found: dict[str, Value] = dict(_of_all(object))
    found.update(OF_KIND.get(kind, lambda object: iter(()))(object))
    return found


def _of_all(object: Json) -> Iterator[tuple[str, Value]]:
    metadata, status = object["metadata"], object.get("status") or {}
    owners = [f"{owner['kind']} {owner['name']}" for owner in metadata.get("ownerReferences", [])]
    yield "owners", ", ".join(owners)
    deletion = "asked for" if "deletionTimestamp" in metadata else ""
    if deletion and metadata.get("deletionGracePeriodSeconds"):
        deletion += f" with {metadata['deletionGracePeriodSeconds']} s"
    yield "deletion", deletion
    yield "finalizers", ", ".join(metadata.get("finalizers", []))
    if "replicas" in object.get("spec", {}):
        yield "spec.replicas", object["spec"]["replicas"]
    for name in ("phase", "reason", "message"):
        yield f"status.{name}", status.get(name, "")
    for name, value in status.items():
        if isinstance(value, int) and name not in UNCOUNTED:
            yield f"status.{name}", value
    for condition in status.get("conditions", []):
        said = [condition["status"], condition.get("reason", ""), condition.get("message", "")]
        yield f"condition {condition['type']}", ": ".join(part for part in said if part)


def _of_pod(pod: Json) -> Iterator[tuple[str, Value]]:
    status = pod.get("status", {})
    yield "node", "chosen" if pod["spec"].get("nodeName") else ""
    yield "address", "given" if status.get("podIP") else ""
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(kind, []):
            name = f"container {container['name']}"
            yield f"{name} state", _state(container.get("state", {}))
            yield f"{name} last state", _state(container.get("lastState", {}))
            yield f"{name} ready", str(container.get("ready", False))
            yield f"{name} started", str(container.get("started", False))
            yield f"{name} restarts", container.get("restartCount", 0)


def _state(state: Json) -> str:
    for name, told in state.items():
        parts = [name, told.get("reason", ""), str(told.get("exitCode", "")), told.get("message", "")]
        if told.get("reason") in CONFLICTING_PULL:
            parts.pop()
        return " ".join(part.strip() for part in parts if part)
    return ""


def _of_service(service: Json) -> Iterator[tuple[str, Value]]:
    spec = service["spec"]
    for name in SERVICE_FIELDS:
        value = spec.get(name, "")
        if name == "internalTrafficPolicy" and spec["type"] == "ExternalName":
            continue  # kind's watch shows what was stored before, its GET does not
        yield name, " ".join(f"{k}={v}" for k, v in sorted(value.items())) if isinstance(value, dict) else str(value)
    address = spec.get("clusterIP", "")
    yield "clusterIP", address if address in ("", "None") else "given"
    for port in spec.get("ports", []):
        name = f"port {port.get('name', '')}{port['port']}/{port['protocol']}"
        yield f"{name} target", str(port.get("targetPort", ""))
        yield f"{name} node port", "given" if port.get("nodePort") else ""
    yield "load balancer", "given" if service.get("status", {}).get("loadBalancer", {}).get("ingress") else ""


def _of_slice(slice: Json) -> Iterator[tuple[str, Value]]:
    yield "managed by", slice["metadata"].get("labels", {}).get("endpointslice.kubernetes.io/managed-by", "")
    yield "address type", slice["addressType"]
    yield "ports", ports_of(slice)


def ports_of(slice: Json) -> str:
    """The ports of an EndpointSlice or of a subset of Endpoints, one text."""
    ports = [f"{port.get('name', '')}:{port.get('port')}/{port.get('protocol')}" for port in slice.get("ports") or []]
    return " ".join(sorted(ports))


def _of_deployment(deployment: Json) -> Iterator[tuple[str, Value]]:
    yield "paused", str(deployment["spec"].get("paused", False))
    yield "revision", deployment["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", "")


def _of_replica_set(replica_set: Json) -> Iterator[tuple[str, Value]]:
    yield from ((name, value) for name, value in _of_deployment(replica_set) if name == "revision")


OF_KIND = {
    "Pod": _of_pod,
    "Service": _of_service,
    "EndpointSlice": _of_slice,
    "Deployment": _of_deployment,
    "ReplicaSet": _of_replica_set,
}


def endpoints(kind: str, object: Json) -> dict[str, tuple[str, dict[str, Value]]]:
    """The endpoints in an EndpointSlice or Endpoints: by address, the Pod behind (uid, or "") and their values."""
    found: dict[str, tuple[str, dict[str, Value]]] = {}
    for ports, entry, conditions in _entries(kind, object):
        for address in entry.get("addresses") or [entry.get("ip", "")]:
            seen: dict[str, Value] = {
                "conditions": conditions,
                "ports": ports,
                "node": "told" if entry.get("nodeName") else "",
                "host name": entry.get("hostname", ""),
            }
            found[address] = (entry.get("targetRef", {}).get("uid", ""), seen)
    return found


def _entries(kind: str, object: Json) -> Iterator[tuple[str, Json, str]]:
    if kind == "EndpointSlice":
        for entry in object.get("endpoints") or []:
            true = [name for name, value in entry.get("conditions", {}).items() if value]
            yield ports_of(object), entry, " ".join(sorted(true)) or "none"
    elif kind == "Endpoints":
        for subset in object.get("subsets") or []:
            for name, word in (("addresses", "ready"), ("notReadyAddresses", "not ready")):
                for entry in subset.get(name) or []:
                    yield ports_of(subset), entry, word
