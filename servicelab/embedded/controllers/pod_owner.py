"""What all controllers that make Pods share: which Pods are theirs, and how a Pod is made of their template."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from servicelab.embedded.admission import admit
from servicelab.embedded.admission.causes import Invalid, Refused
from servicelab.embedded.admission.effects import warn_without_pods
from servicelab.embedded.clock import seconds_of
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    is_closing,
    is_deleted,
    is_ended,
    is_ready,
    key_of,
    labels_of,
    owner_reference,
)
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import PODS, Resource
from servicelab.embedded.store import Change, Object, copy_of

FIRST_RETRY, LONGEST_RETRY = 1.0, 300.0
"""Seconds after which a Pod that could not be created is tried again; doubled each time."""
NotCreated = (Invalid, Refused)
"""What `PodOwner.create` raises."""


@dataclass(frozen=True)
class Failure:
    """Creating Pods failed; `again` is when to try next."""

    message: str
    pause: float
    again: float


class PodOwner:
    """The Pods of one kind of workload. `name` is the controller's in the queue, `component` its name in Events."""

    def __init__(
        self, work: Work, lookup: Lookup, recorder: Recorder, resource: Resource, name: str, component: str
    ) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder
        self._resource, self._name, self._component = resource, name, component
        self._failures: dict[str, Failure] = {}

    def keys_for(self, change: Change) -> list[Key]:
        """Workloads themselves, and those of changed Pods."""
        if change.resource is self._resource:
            return [key_of(change.object)]
        if change.resource is not PODS:
            return []
        owner = controller_of(change.object)
        before = controller_of(change.before) if change.before else None
        keys = []
        for one in (owner, before):
            if one is not None and one["kind"] == self._resource.kind:
                keys.append((change.object["metadata"]["namespace"], one["name"]))
        if owner is None or (change.before is not None and before != owner):
            keys += self._matching(change.object)
        return keys

    def _matching(self, pod: Object) -> list[Key]:
        found = self._store.objects(self._resource, pod["metadata"]["namespace"])
        return [key_of(one) for one in found if matches(one["spec"].get("selector", {}), labels_of(pod))]

    def of(self, owner: Object) -> list[Object]:
        """The Pods it controls now, ended and deleted ones too."""
        uid = owner["metadata"]["uid"]
        owned = (pod for _, pod in self._lookup.owned_by(uid, PODS))
        return [pod for pod in owned if (controller_of(pod) or {}).get("uid") == uid]

    def claim(self, owner: Object, is_member: Callable[[Object], bool] = lambda pod: True) -> list[Object]:
        """The Pods it controls, after adopting free members that match and releasing Pods that do not match."""
        uid, selector = owner["metadata"]["uid"], owner["spec"]["selector"]
        kept = []
        for pod in self.of(owner):
            if matches(selector, labels_of(pod)) and is_member(pod):
                kept.append(pod)
            elif not is_deleted(pod) and not is_deleted(owner):
                released = copy_of(pod)
                references = [r for r in released["metadata"].pop("ownerReferences") if r["uid"] != uid]
                if references:
                    released["metadata"]["ownerReferences"] = references
                self._store.update(PODS, released)
        if is_deleted(owner):
            return kept
        for pod in self._lookup.pods_matching(owner["metadata"]["namespace"], selector.get("matchLabels", {})):
            is_free = controller_of(pod) is None and not is_deleted(pod) and not is_ended(pod)
            if is_free and matches(selector, labels_of(pod)) and is_member(pod):
                adopted = copy_of(pod)
                references = adopted["metadata"].setdefault("ownerReferences", [])
                references.append(owner_reference(self._resource, owner))
                kept.append(self._store.update(PODS, adopted))
        return kept

    def pod_of(self, owner: Object, template: dict[str, Any]) -> Object:
        """A Pod of a template, not yet stored and with a name still to be chosen."""
        metadata, given = owner["metadata"], template.get("metadata", {})
        pod = copy_of({"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]})
        pod["metadata"] = {
            **copy_of({key: given[key] for key in ("labels", "annotations", "finalizers") if key in given}),
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "ownerReferences": [owner_reference(self._resource, owner)],
        }
        return pod

    def is_refused(self, owner: Object) -> bool:
        """Whether Pods of this workload would go another way than on kind; then an Event says so."""
        reasons = warn_without_pods(owner["spec"])
        for reason in reasons:
            self.tell(owner, WARNING, "FailedCreate", reason)
        return bool(reasons)

    def is_closing(self, owner: Object) -> bool:
        """Whether its namespace is being deleted: the API server refuses new Pods there, and nobody tells of it."""
        return is_closing(self._store, owner["metadata"]["namespace"])

    def create(self, pod: Object) -> Object:
        """Store a new Pod; raises one of `NotCreated`."""
        store, randomness = self._store, self._work.randomness
        admitted = admit(store, PODS, pod, None, randomness)
        while not pod["metadata"].get("name") and store.get(PODS, *key_of(admitted.object)) is not None:
            admitted = admit(store, PODS, pod, None, randomness)
        return store.create(PODS, admitted.object)

    def create_all(self, owner: Object, pods: Iterable[Object]) -> None:
        """Store new Pods and tell of it; after a failure none until its pause is over."""
        uid, now = owner["metadata"]["uid"], self._work.clock.now()
        failed = self._failures.get(uid)
        if self.is_closing(owner) or (failed is not None and failed.again > now):
            return
        self._failures.pop(uid, None)
        for pod in pods:
            try:
                created = self.create(pod)
            except NotCreated as error:
                self.tell(owner, WARNING, "FailedCreate", f"Error creating: {error}")
                pause = min(LONGEST_RETRY, failed.pause * 2) if failed else FIRST_RETRY
                self._failures[uid] = Failure(str(error), pause, now + pause)
                self._work.add_at(self._name, key_of(owner), now + pause)
                return
            self.tell(owner, NORMAL, "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")

    def delete(self, owner: Object, pod: Object) -> None:
        """Delete a Pod, with its grace period, and tell of it."""
        namespace, name = key_of(pod)
        delete(self._store, PODS, namespace, name)
        self.tell(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {name}")

    def failure_of(self, owner: Object) -> str:
        """Why Pods could not be created when last tried; empty when they could."""
        failed = self._failures.get(owner["metadata"]["uid"])
        return failed.message if failed else ""

    def forget_failure(self, owner: Object) -> None:
        """No more Pods are wished for."""
        self._failures.pop(owner["metadata"]["uid"], None)

    def tell(self, owner: Object, kind: str, reason: str, message: str) -> None:
        """Record an Event about the workload."""
        self._recorder.record(self._component, self._resource, owner, kind, reason, message)

    def is_available(self, owner: Object, pod: Object, seconds: int) -> bool:
        """Whether a Pod has been Ready for so long; if not yet, the workload is looked at again when it will have."""
        if not is_ready(pod):
            return False
        ready = condition(pod, "Ready")
        due = seconds_of(ready["lastTransitionTime"]) + seconds if ready else 0.0
        if not seconds or due <= self._work.clock.now():
            return True
        self._work.add_at(self._name, key_of(owner), due)
        return False
