"""ReplicaSets: as many Pods as wished; adopts Pods that match, releases those that no longer do."""

from collections.abc import Iterable
from dataclasses import dataclass

from servicelab.embedded.admission import admit
from servicelab.embedded.admission.causes import Invalid, Refused
from servicelab.embedded.clock import seconds_of
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    in_seconds,
    is_deleted,
    is_ended,
    is_ready,
    key_of,
    labels_of,
    owner_reference,
    write_status,
)
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import PODS, REPLICA_SETS
from servicelab.embedded.store import Change, Object, copy_of

COMPONENT = "replicaset-controller"
FIRST_RETRY, LONGEST_RETRY = 1.0, 300.0
"""Seconds after which a Pod that could not be created is tried again; doubled each time."""


@dataclass(frozen=True)
class Failure:
    """Creating Pods failed; `again` is when to try next."""

    message: str
    pause: float
    again: float


class ReplicaSets:
    """Keeps the wished number of Pods."""

    name = "replicaset"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder
        self._failures: dict[str, Failure] = {}

    def keys_for(self, change: Change) -> Iterable[Key]:
        """ReplicaSets themselves, and those of changed Pods."""
        if change.resource is REPLICA_SETS:
            return [key_of(change.object)]
        if change.resource is not PODS:
            return []
        owner = controller_of(change.object)
        if owner is not None and owner["kind"] == "ReplicaSet":
            before = controller_of(change.before) if change.before else None
            keys = [(change.object["metadata"]["namespace"], owner["name"])]
            if change.before is not None and before != owner:
                keys += self._matching(change.object)
            return keys
        return self._matching(change.object) if owner is None else []

    def _matching(self, pod: Object) -> list[Key]:
        found = self._store.objects(REPLICA_SETS, pod["metadata"]["namespace"])
        return [key_of(one) for one in found if matches(one["spec"]["selector"], labels_of(pod))]

    def reconcile(self, key: Key) -> None:
        """Create or delete Pods, then write the status."""
        replica_set = self._store.get(REPLICA_SETS, *key)
        if replica_set is None:
            return
        uid = replica_set["metadata"]["uid"]
        pods = self._claim(replica_set)
        alive = [pod for pod in pods if not is_deleted(pod) and not is_ended(pod)]
        difference = 0 if is_deleted(replica_set) else replica_set["spec"]["replicas"] - len(alive)
        failed = self._failures.get(uid)
        if difference <= 0:
            self._failures.pop(uid, None)
        elif failed is None or failed.again <= self._work.clock.now():
            self._failures.pop(uid, None)
            self._create(replica_set, difference, failed)
        if difference < 0:
            self._delete(replica_set, alive, -difference)
        failed = self._failures.get(uid)
        self._write_status(key, failed.message if failed else "")

    def _claim(self, replica_set: Object) -> list[Object]:
        """The Pods it owns, after adopting orphans that match and releasing Pods that do not."""
        uid, selector = replica_set["metadata"]["uid"], replica_set["spec"]["selector"]
        owned = [pod for _, pod in self._lookup.owned_by(uid, PODS)]
        kept = []
        for pod in owned:
            if (controller_of(pod) or {}).get("uid") != uid:
                continue
            if matches(selector, labels_of(pod)):
                kept.append(pod)
            elif not is_deleted(pod) and not is_deleted(replica_set):
                released = copy_of(pod)
                references = released["metadata"]["ownerReferences"]
                released["metadata"]["ownerReferences"] = [r for r in references if r["uid"] != uid]
                if not released["metadata"]["ownerReferences"]:
                    del released["metadata"]["ownerReferences"]
                self._store.update(PODS, released)
        if is_deleted(replica_set):
            return kept
        wanted = selector.get("matchLabels", {})
        for pod in self._lookup.pods_matching(replica_set["metadata"]["namespace"], wanted):
            is_free = controller_of(pod) is None and not is_deleted(pod) and not is_ended(pod)
            if is_free and matches(selector, labels_of(pod)):
                adopted = copy_of(pod)
                references = adopted["metadata"].setdefault("ownerReferences", [])
                references.append(owner_reference(REPLICA_SETS, replica_set))
                kept.append(self._store.update(PODS, adopted))
        return kept

    def _create(self, replica_set: Object, count: int, failed: Failure | None) -> None:
        template, metadata = replica_set["spec"]["template"], replica_set["metadata"]
        for _ in range(count):
            pod = copy_of({"metadata": template.get("metadata", {}), "spec": template["spec"]})
            pod |= {"apiVersion": "v1", "kind": "Pod"}
            pod["metadata"] = {
                **{kind: value for kind, value in pod["metadata"].items() if kind in ("labels", "annotations")},
                "generateName": f"{metadata['name']}-",
                "namespace": metadata["namespace"],
                "ownerReferences": [owner_reference(REPLICA_SETS, replica_set)],
            }
            if finalizers := template.get("metadata", {}).get("finalizers"):
                pod["metadata"]["finalizers"] = finalizers
            try:
                admitted = admit(self._store, PODS, pod, None, self._work.randomness)
                while self._store.get(PODS, *key_of(admitted.object)) is not None:
                    admitted = admit(self._store, PODS, pod, None, self._work.randomness)
            except (Invalid, Refused) as error:
                self._fail(replica_set, str(error), failed)
                return
            created = self._store.create(PODS, admitted.object)
            message = f"Created pod: {created['metadata']['name']}"
            self._recorder.record(COMPONENT, REPLICA_SETS, replica_set, NORMAL, "SuccessfulCreate", message)

    def _fail(self, replica_set: Object, why: str, failed: Failure | None) -> None:
        message = f"Error creating: {why}"
        self._recorder.record(COMPONENT, REPLICA_SETS, replica_set, WARNING, "FailedCreate", message)
        pause = min(LONGEST_RETRY, failed.pause * 2) if failed else FIRST_RETRY
        again = self._work.clock.now() + pause
        self._failures[replica_set["metadata"]["uid"]] = Failure(why, pause, again)
        self._work.add_at(self.name, key_of(replica_set), again)

    def _delete(self, replica_set: Object, alive: list[Object], count: int) -> None:
        on_node: dict[str, int] = {}
        for pod in alive:
            node = pod["spec"].get("nodeName", "")
            on_node[node] = on_node.get(node, 0) + 1
        for pod in sorted(alive, key=lambda pod: self._worth(pod, on_node))[:count]:
            namespace, name = key_of(pod)
            delete(self._store, PODS, namespace, name)
            message = f"Deleted pod: {name}"
            self._recorder.record(COMPONENT, REPLICA_SETS, replica_set, NORMAL, "SuccessfulDelete", message)

    @staticmethod
    def _worth(pod: Object, on_node: dict[str, int]) -> tuple[bool, int, bool, int, float, float, str]:
        """Who goes first: unbound, pending, unready, cheaper by annotation, crowded nodes, later ready, later made."""
        phases = {"Pending": 0, "Unknown": 1, "Running": 2}
        node = pod["spec"].get("nodeName", "")
        cost = pod["metadata"].get("annotations", {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
        ready = condition(pod, "Ready")
        since = seconds_of(ready["lastTransitionTime"]) if ready is not None and is_ready(pod) else 0.0
        return (
            bool(node),
            phases.get(pod.get("status", {}).get("phase", ""), 2),
            is_ready(pod),
            int(cost) if cost.lstrip("-").isdigit() else 0,
            -on_node[node] - since / 1e12,
            -seconds_of(pod["metadata"]["creationTimestamp"]),
            pod["metadata"]["name"],
        )

    def _write_status(self, key: Key, failure: str) -> None:
        replica_set = self._store.get(REPLICA_SETS, *key)
        if replica_set is None:
            return
        uid, spec = replica_set["metadata"]["uid"], replica_set["spec"]
        owned = [pod for _, pod in self._lookup.owned_by(uid, PODS) if (controller_of(pod) or {}).get("uid") == uid]
        alive = [pod for pod in owned if not is_deleted(pod) and not is_ended(pod)]
        ready = [pod for pod in alive if is_ready(pod)]
        labels = spec["template"].get("metadata", {}).get("labels", {}).items()
        available = [pod for pod in ready if self._is_available(key, pod, spec.get("minReadySeconds", 0))]
        status: Object = {"replicas": len(alive), "observedGeneration": replica_set["metadata"]["generation"]}
        status["terminatingReplicas"] = sum(1 for pod in owned if is_deleted(pod) and not is_ended(pod))
        counts = {
            "fullyLabeledReplicas": sum(1 for pod in alive if labels <= labels_of(pod).items()),
            "readyReplicas": len(ready),
            "availableReplicas": len(available),
        }
        status |= {name: count for name, count in counts.items() if count}
        if failure:
            known = condition(replica_set, "ReplicaFailure")
            since = known["lastTransitionTime"] if known else in_seconds(self._store)
            entry = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": failure}
            status["conditions"] = [entry | {"lastTransitionTime": since}]
        write_status(self._store, REPLICA_SETS, replica_set, status)

    def _is_available(self, key: Key, pod: Object, seconds: int) -> bool:
        if not seconds:
            return True
        ready = condition(pod, "Ready")
        due = seconds_of(ready["lastTransitionTime"]) + seconds if ready else 0.0
        if due <= self._work.clock.now():
            return True
        self._work.add_at(self.name, key, due)
        return False
