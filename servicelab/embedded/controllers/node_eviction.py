"""Eviction by taints: Pods on a node with a NoExecute taint are deleted when their tolerations run out."""

from collections.abc import Iterable
from typing import Any

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.events import NORMAL, Recorder
from servicelab.embedded.controllers.fitting import tolerates
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import Key, is_deleted, is_ended, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NODES, PODS
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

COMPONENT = "taint-eviction-controller"
REASON = "TaintManagerEviction"


class TaintEviction:
    """Deletes Pods that do not, or no longer, tolerate a NoExecute taint of their node."""

    name = "taint-eviction"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder
        self._planned: set[Key] = set()

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Pods of a node whose taints changed; Pods that were bound or whose tolerations changed."""
        if change.resource is PODS and change.kind is not ChangeKind.DELETED:
            before, now = (change.before or {}).get("spec", {}), change.object["spec"]
            same = all(before.get(field) == now.get(field) for field in ("nodeName", "tolerations"))
            return [] if same else [key_of(change.object)]
        if change.resource is NODES and _no_execute(change.before) != _no_execute(change.object):
            return [key_of(pod) for pod in self._lookup.pods_on(change.object["metadata"]["name"])]
        return []

    def reconcile(self, key: Key) -> None:
        """Evict one Pod now, later or not at all."""
        pod = self._store.get(PODS, *key)
        if pod is None or is_deleted(pod) or is_ended(pod) or not pod["spec"].get("nodeName"):
            self._planned.discard(key)
            return
        due = eviction_time(pod, self._store.get(NODES, "", pod["spec"]["nodeName"]))
        now = self._work.clock.now()
        if due is None:
            if key in self._planned:
                self._planned.discard(key)
                self._tell(pod, f"Cancelling deletion of Pod {'/'.join(key)}")
        elif due > now:
            self._planned.add(key)
            self._work.add_at(self.name, key, due)
        else:
            self._planned.discard(key)
            self._evict(key, pod)

    def _evict(self, key: Key, pod: Object) -> None:
        self._tell(pod, f"Marking for deletion Pod {'/'.join(key)}")
        changed = copy_of(pod)
        conditions = changed["status"].setdefault("conditions", [])
        entry = {"lastProbeTime": None, "lastTransitionTime": timestamp(self._work.clock.now())}
        entry |= {"message": "Taint manager: deleting due to NoExecute taint", "reason": "DeletionByTaintManager"}
        entry |= {"status": "True", "type": "DisruptionTarget"}
        entry["observedGeneration"] = pod["metadata"].get("generation", 1)
        conditions.append(entry)
        self._store.update(PODS, changed)
        delete(self._store, PODS, *key)

    def _tell(self, pod: Object, message: str) -> None:
        metadata = pod["metadata"]
        reference = {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "apiVersion": "v1"}
        self._recorder.record(COMPONENT, PODS, pod, NORMAL, REASON, message, reference=reference)


def eviction_time(pod: Object, node: Object | None) -> float | None:
    """When a Pod must go, in seconds since 1970: the soonest of all NoExecute taints; None when it may stay.

    A toleration without `tolerationSeconds` has no end; a taint without toleration has none to wait for. A Pod that
    is younger than the taint has its seconds all the same.
    """
    times, made = [], seconds_of(pod["metadata"]["creationTimestamp"])
    for taint in _no_execute(node):
        fitting = [one for one in pod["spec"].get("tolerations", []) if tolerates(one, taint)]
        since = max(made, seconds_of(taint["timeAdded"]) if taint.get("timeAdded") else 0.0)
        limits = [float(one["tolerationSeconds"]) for one in fitting if one.get("tolerationSeconds") is not None]
        if not fitting:
            times.append(since)
        elif limits:
            times.append(since + max(0.0, min(limits)))
    return min(times, default=None)


def _no_execute(node: Object | None) -> list[dict[str, Any]]:
    return [] if node is None else [one for one in node["spec"].get("taints", []) if one["effect"] == "NoExecute"]
