"""Small things controllers do with objects."""

from typing import Any

from servicelab.embedded.clock import timestamp
from servicelab.embedded.resources import NAMESPACES, Resource
from servicelab.embedded.store import Object, Store, copy_of

Key = tuple[str, str]


def key_of(object: Object) -> Key:
    """Namespace and name."""
    return (object["metadata"].get("namespace", ""), object["metadata"]["name"])


def labels_of(object: Object) -> dict[str, str]:
    """The object's labels."""
    labels: dict[str, str] = object["metadata"].get("labels") or {}
    return labels


def controller_of(object: Object) -> dict[str, Any] | None:
    """The owner reference of the controller that manages the object."""
    for reference in object["metadata"].get("ownerReferences", []):
        if reference.get("controller"):
            found: dict[str, Any] = reference
            return found
    return None


def owner_reference(resource: Resource, owner: Object) -> dict[str, Any]:
    """What a managed object says of its controller."""
    return {
        "apiVersion": resource.api_version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": resource.kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }


def is_deleted(object: Object) -> bool:
    """Whether deletion has begun."""
    return "deletionTimestamp" in object["metadata"]


def is_closing(store: Store, namespace: str) -> bool:
    """Whether a Namespace is being deleted: nothing new can be made in it, not even Events."""
    found = store.get(NAMESPACES, "", namespace)
    return found is not None and is_deleted(found)


def condition(object: Object, kind: str) -> dict[str, Any] | None:
    """One of `status.conditions`."""
    for entry in object.get("status", {}).get("conditions", []):
        if entry["type"] == kind:
            found: dict[str, Any] = entry
            return found
    return None


def is_ready(pod: Object) -> bool:
    """Whether a Pod's Ready condition is true."""
    entry = condition(pod, "Ready")
    return entry is not None and entry["status"] == "True"


def is_ended(pod: Object) -> bool:
    """Whether a Pod is Succeeded or Failed."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def write_status(store: Store, resource: Resource, object: Object, status: Object) -> Object:
    """Store a new status; nothing is written when it is the old one."""
    if object.get("status") == status:
        return object
    changed = copy_of(object)
    changed["status"] = status
    return store.update(resource, changed)


def amount_of(value: int | str, total: int, round_up: bool) -> int:
    """A number, or a percentage of `total` (maxSurge rounds up, maxUnavailable down)."""
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%"))
    return -(-total * percent // 100) if round_up else total * percent // 100


def in_seconds(store: Store) -> str:
    """The time now as objects write it."""
    return timestamp(store.clock.now())
