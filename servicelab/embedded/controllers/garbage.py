"""Garbage collection: objects whose owner is gone go too; deleted objects wait for their finalizers."""

from collections.abc import Iterable

from servicelab.embedded.controllers.deletion import FOREGROUND_FINALIZER, ORPHAN_FINALIZER, Propagation, delete
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import is_deleted, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NAMESPACES, PODS, RESOURCES, Resource
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

BY_KIND = {(resource.api_version, resource.kind): resource for resource in RESOURCES}
BY_NAME = {resource.qualified: resource for resource in RESOURCES}
Key = tuple[str, str]
SEPARATOR = "|"


class GarbageCollector:
    """Follows `metadata.ownerReferences` and `metadata.finalizers`. Its keys name the kind beside the object."""

    name = "garbage"

    def __init__(self, work: Work, lookup: Lookup) -> None:
        self._work, self._store, self._lookup = work, work.store, lookup

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Objects being deleted, dependents of deleted ones, owners that waited for one, and new dependents."""
        object = change.object
        if change.kind is ChangeKind.DELETED:
            keys = [_key(*dependent) for dependent in self._lookup.owned_by(object["metadata"]["uid"])]
            return keys + self._owners_that_go(object)
        if is_deleted(object):
            return [_key(change.resource, object)]
        if object["metadata"].get("ownerReferences") and _references_changed(change):
            return [_key(change.resource, object), *self._owners_that_go(object)]
        return []

    def _owners_that_go(self, object: Object) -> list[Key]:
        keys = []
        for reference in object["metadata"].get("ownerReferences", []):
            resource = BY_KIND.get((reference["apiVersion"], reference["kind"]))
            owner = self._owner(resource, object, reference["name"]) if resource else None
            if resource and owner is not None and is_deleted(owner):
                keys.append(_key(resource, owner))
        return keys

    def _owner(self, resource: Resource, object: Object, name: str) -> Object | None:
        namespace = object["metadata"].get("namespace", "") if resource.namespaced else ""
        return self._store.get(resource, namespace, name)

    def reconcile(self, key: Key) -> None:
        """Look at one object: is its owner gone, are its finalizers done?"""
        kind, _, namespace = key[0].partition(SEPARATOR)
        resource = BY_NAME[kind]
        object = self._store.get(resource, namespace, key[1])
        if object is None:
            return
        if is_deleted(object):
            self._finalize(resource, object)
        elif object["metadata"].get("ownerReferences"):
            self._judge(resource, object)

    def _judge(self, resource: Resource, object: Object) -> None:
        """Delete the object when none of its owners is left."""
        solid, gone, waiting = [], [], False
        for reference in object["metadata"]["ownerReferences"]:
            kind = BY_KIND.get((reference["apiVersion"], reference["kind"]))
            owner = self._owner(kind, object, reference["name"]) if kind else None
            if owner is None or owner["metadata"]["uid"] != reference["uid"]:
                gone.append(reference)
            elif is_deleted(owner) and FOREGROUND_FINALIZER in owner["metadata"].get("finalizers", []):
                waiting = True
                gone.append(reference)
            else:
                solid.append(reference)
        if not gone:
            return
        if solid:
            changed = copy_of(object)
            changed["metadata"]["ownerReferences"] = solid
            self._store.update(resource, changed)
            return
        has_dependents = self._lookup.owns_anything(object["metadata"]["uid"])
        way = Propagation.FOREGROUND if waiting and has_dependents else Propagation.BACKGROUND
        delete(self._store, resource, *key_of(object), way)

    def _finalize(self, resource: Resource, object: Object) -> None:
        finalizers = object["metadata"].get("finalizers", [])
        if ORPHAN_FINALIZER in finalizers:
            if self._orphan(object):
                # The owner's controller is to see, as on kind, that nothing is left to it before it is gone.
                self._work.add(self.name, _key(resource, object))
                return
            object = self._without(resource, object, ORPHAN_FINALIZER)
        elif FOREGROUND_FINALIZER in finalizers:
            dependents = self._lookup.owned_by(object["metadata"]["uid"])
            for kind, dependent in dependents:
                if not is_deleted(dependent):
                    self._judge(kind, dependent)
            if any(_blocks(dependent, object) for _, dependent in self._lookup.owned_by(object["metadata"]["uid"])):
                return
            object = self._without(resource, object, FOREGROUND_FINALIZER)
        if object["metadata"].get("finalizers"):
            return
        if resource is NAMESPACES or (resource is PODS and object["metadata"].get("deletionGracePeriodSeconds")):
            return
        self._store.delete(resource, *key_of(object))

    def _without(self, resource: Resource, object: Object, finalizer: str) -> Object:
        changed = copy_of(object)
        left = [entry for entry in changed["metadata"]["finalizers"] if entry != finalizer]
        changed["metadata"]["finalizers"] = left
        if not left:
            del changed["metadata"]["finalizers"]
            if resource is not PODS and resource is not NAMESPACES:
                self._store.delete(resource, *key_of(object))
                return changed
        return self._store.update(resource, changed)

    def _orphan(self, owner: Object) -> bool:
        """Take the owner from all its dependents; False when there were none."""
        uid = owner["metadata"]["uid"]
        dependents = self._lookup.owned_by(uid)
        for resource, dependent in dependents:
            changed = copy_of(dependent)
            left = [entry for entry in changed["metadata"]["ownerReferences"] if entry["uid"] != uid]
            changed["metadata"]["ownerReferences"] = left
            if not left:
                del changed["metadata"]["ownerReferences"]
            self._store.update(resource, changed)
        return bool(dependents)


def _references_changed(change: Change) -> bool:
    before = change.before
    return before is None or before["metadata"].get("ownerReferences") != change.object["metadata"]["ownerReferences"]


def _blocks(dependent: Object, owner: Object) -> bool:
    references = dependent["metadata"].get("ownerReferences", [])
    return any(entry["uid"] == owner["metadata"]["uid"] and entry.get("blockOwnerDeletion") for entry in references)


def _key(resource: Resource, object: Object) -> Key:
    namespace, name = key_of(object)
    return f"{resource.qualified}{SEPARATOR}{namespace}", name
