"""How an object is deleted: at once, after its finalizers, or (Pods, Namespaces) by who looks after it."""

from enum import StrEnum

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.resources import NAMESPACES, PODS, Resource
from servicelab.embedded.store import Object, Store, copy_of

ORPHAN_FINALIZER = "orphan"
FOREGROUND_FINALIZER = "foregroundDeletion"


class Propagation(StrEnum):
    """What happens to the objects that the deleted one owns (`propagationPolicy`)."""

    BACKGROUND = "Background"
    FOREGROUND = "Foreground"
    ORPHAN = "Orphan"


def delete(
    store: Store,
    resource: Resource,
    namespace: str,
    name: str,
    propagation: Propagation = Propagation.BACKGROUND,
    grace_seconds: int | None = None,
) -> Object | None:
    """Do what a DELETE request does; returns the object as it is now (or was last), None when there is none.

    A Pod gets a deletionTimestamp. Without a node it is then gone at once; on a node it is removed by its kubelet
    after `grace_seconds` (None: what its spec says), with 0 by the garbage collector as soon as all controllers have
    seen it go. A Namespace becomes Terminating. An object with finalizers stays until they are gone.
    """
    stored = store.get(resource, namespace, name)
    if stored is None:
        return None
    changed = copy_of(stored)
    metadata = changed["metadata"]
    finalizers = metadata.get("finalizers", [])
    if propagation is Propagation.FOREGROUND and FOREGROUND_FINALIZER not in finalizers:
        finalizers = [*finalizers, FOREGROUND_FINALIZER]
    if propagation is Propagation.ORPHAN and ORPHAN_FINALIZER not in finalizers:
        finalizers = [*finalizers, ORPHAN_FINALIZER]
    if finalizers:
        metadata["finalizers"] = finalizers
    grace = _grace(resource, stored, grace_seconds)
    is_seen_going = resource is PODS or (resource is NAMESPACES and stored["spec"].get("finalizers"))
    if not finalizers and not is_seen_going:
        return store.delete(resource, namespace, name)
    now = store.clock.now()
    due, is_first = now + grace, "deletionTimestamp" not in metadata
    if not is_first and grace:
        # A shorter period counts from the first deletion on; when it is over already, a second is left.
        due = seconds_of(metadata["deletionTimestamp"]) - metadata.get("deletionGracePeriodSeconds", 0) + grace
        due, grace = (due, grace) if due > now else (now + 1, 1)
    if is_first or grace < metadata.get("deletionGracePeriodSeconds", 0):
        metadata["deletionTimestamp"] = timestamp(due)
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata:
            metadata["generation"] += 1
    if resource is NAMESPACES:
        metadata.pop("deletionGracePeriodSeconds", None)
        changed.setdefault("status", {})["phase"] = "Terminating"
    updated = store.update(resource, changed)
    if resource is PODS and not finalizers and not stored["spec"].get("nodeName"):
        return store.delete(resource, namespace, name)
    return updated


def _grace(resource: Resource, stored: Object, wished: int | None) -> int:
    if resource is not PODS:
        return 0
    phase = stored.get("status", {}).get("phase")
    if not stored["spec"].get("nodeName") or phase in ("Succeeded", "Failed"):
        return 0
    if wished is not None:
        return max(0, wished)
    return int(stored["spec"].get("terminationGracePeriodSeconds", 30))
