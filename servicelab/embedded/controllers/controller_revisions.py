"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had, numbered, for history and undo."""

from typing import Any

from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import controller_of, labels_of, owner_reference
from servicelab.embedded.controllers.revisions import template_hash
from servicelab.embedded.resources import CONTROLLER_REVISIONS, Resource
from servicelab.embedded.store import Object, Store, copy_of

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
REVISION_LABEL = "controller-revision-hash"
"""The label by which Pods say of which revision they are."""


class Revisions:
    """The revisions of one kind of workload; `hash_label` is where they keep their own short name."""

    def __init__(self, store: Store, lookup: Lookup, resource: Resource, hash_label: str) -> None:
        self._store, self._lookup, self._resource, self._hash_label = store, lookup, resource, hash_label

    def of(self, owner: Object) -> list[Object]:
        """All revisions of a workload, oldest first."""
        uid = owner["metadata"]["uid"]
        found = [one for _, one in self._lookup.owned_by(uid, CONTROLLER_REVISIONS)]
        return sorted((one for one in found if (controller_of(one) or {}).get("uid") == uid), key=_number)

    def newest(self, owner: Object, annotations: dict[str, str]) -> Object:
        """The revision of the present template, as the one with the highest number; made when it is missing."""
        self._adopt(owner)
        known = self.of(owner)
        data = data_of(owner)
        highest = max(map(_number, known), default=0)
        same = next((one for one in reversed(known) if one.get("data") == data), None)
        if same is not None:
            changed = copy_of(same)
            if _number(same) < highest:
                changed["revision"] = highest + 1
                changed["metadata"] |= {"annotations": annotations} if annotations else {}
            return self._store.update(CONTROLLER_REVISIONS, changed)
        metadata, collisions = owner["metadata"], 0
        while True:
            short = template_hash(owner["spec"]["template"], collisions)
            name = f"{metadata['name']}-{short}"
            if self._store.get(CONTROLLER_REVISIONS, metadata["namespace"], name) is None:
                break
            collisions += 1
        labels = labels_of(owner["spec"]["template"]) | {self._hash_label: short}
        created: Object = {
            "apiVersion": CONTROLLER_REVISIONS.api_version,
            "kind": CONTROLLER_REVISIONS.kind,
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": labels,
                "ownerReferences": [owner_reference(self._resource, owner)],
            },
            "data": data,
            "revision": highest + 1,
        }
        if annotations:
            created["metadata"]["annotations"] = annotations
        return self._store.create(CONTROLLER_REVISIONS, created)

    def _adopt(self, owner: Object) -> None:
        """Take over what a workload of the same selector left behind."""
        if "deletionTimestamp" in owner["metadata"]:
            return
        wanted = owner["spec"]["selector"].get("matchLabels", {}).items()
        for one in list(self._store.objects(CONTROLLER_REVISIONS, owner["metadata"]["namespace"])):
            if controller_of(one) is None and wanted <= labels_of(one).items():
                adopted = copy_of(one)
                references = adopted["metadata"].setdefault("ownerReferences", [])
                references.append(owner_reference(self._resource, owner))
                self._store.update(CONTROLLER_REVISIONS, adopted)

    def tidy(self, owner: Object, in_use: set[str]) -> None:
        """Remove the oldest of those that no Pod has, beyond `revisionHistoryLimit`."""
        unused = [one for one in self.of(owner) if one["metadata"]["name"] not in in_use]
        for one in unused[: max(0, len(unused) - int(owner["spec"].get("revisionHistoryLimit", 10)))]:
            self._store.delete(CONTROLLER_REVISIONS, one["metadata"]["namespace"], one["metadata"]["name"])

    def hash_of(self, revision: Object) -> str:
        """A revision's own short name."""
        return labels_of(revision).get(self._hash_label, "")


def data_of(owner: Object) -> dict[str, Any]:
    """The patch that brings the present template back."""
    return {"spec": {"template": {"$patch": "replace", **copy_of(owner["spec"]["template"])}}}


def template_of(revision: Object) -> dict[str, Any]:
    """The template that a revision keeps."""
    template: dict[str, Any] = copy_of(revision["data"]["spec"]["template"])
    template.pop("$patch", None)
    return template


def _number(revision: Object) -> int:
    return int(revision.get("revision", 0))
