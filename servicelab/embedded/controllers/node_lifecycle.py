"""The node controller: a node whose Lease is no longer renewed counts as lost, with all that stands on it."""

from collections.abc import Iterable

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.node_leases import NAMESPACE, renewed_at
from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.controllers.objects import Key, condition, is_ended
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import LEASES, NODES, PODS, STOPPED_NODES
from servicelab.embedded.store import Change, Object, copy_of

COMPONENT = "node-controller"
GRACE = 50.0
"""Seconds without a sign of life after which a node is lost (`node-monitor-grace-period`)."""
LOOKED_EVERY = 5.0
"""Seconds between two looks at the nodes (`node-monitor-period`)."""
UNREACHABLE = "node.kubernetes.io/unreachable"
WATCHED = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")


class NodeLifecycle:
    """Marks lost nodes and their Pods, and takes the marks away when the node is back."""

    name = "node-lifecycle"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup, self._recorder = work, work.store, lookup, recorder

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Nodes that were stopped or started, and whose conditions or taints changed."""
        if change.resource in (STOPPED_NODES, NODES):
            return [("", change.object["metadata"]["name"])]
        return []

    def reconcile(self, key: Key) -> None:
        """Look at one node."""
        node = self._store.get(NODES, *key)
        if node is None:
            return
        ready = condition(node, "Ready")
        if not is_on(self._store, key[1]):
            self._look_at_silent(key, node)
        elif ready is not None and ready["status"] == "True" and _taints(node):
            self._take_marks_away(key, node)

    def _look_at_silent(self, key: Key, node: Object) -> None:
        sign = renewed_at(self._store.get(LEASES, NAMESPACE, key[1]))
        now = self._work.clock.now()
        due = _next_look((now if sign is None else sign) + GRACE)
        if now < due:
            self._work.add_at(self.name, key, due)
            return
        ready = condition(node, "Ready")
        if ready is not None and ready["status"] != "Unknown":
            node = self._mark_lost(node)
        node = self._taint(node, "NoSchedule")
        for pod in self._lookup.pods_on(key[1]):
            self._mark_pod(pod)
        self._taint(node, "NoExecute")

    def _mark_lost(self, node: Object) -> Object:
        changed = copy_of(node)
        for entry in changed["status"]["conditions"]:
            if entry["type"] in WATCHED:
                message = "Kubelet stopped posting node status."
                entry |= {"status": "Unknown", "reason": "NodeStatusUnknown", "message": message}
                entry["lastTransitionTime"] = timestamp(self._work.clock.now())
        changed = self._store.update(NODES, changed)
        self._say(changed, "NodeNotReady")
        return changed

    def _say(self, node: Object, status: str) -> None:
        name = node["metadata"]["name"]
        reference = {"kind": "Node", "name": name, "uid": node["metadata"]["uid"], "apiVersion": "v1"}
        message = f"Node {name} status is now: {status}"
        self._recorder.record(COMPONENT, NODES, node, NORMAL, status, message, reference=reference)

    def _mark_pod(self, pod: Object) -> None:
        ready = condition(pod, "Ready")
        if is_ended(pod) or ready is None or ready["status"] != "True":
            return
        changed = copy_of(pod)
        for entry in changed["status"]["conditions"]:
            if entry["type"] == "Ready":
                entry["status"], entry["lastTransitionTime"] = "False", timestamp(self._work.clock.now())
        changed = self._store.update(PODS, changed)
        self._recorder.record(COMPONENT, PODS, changed, WARNING, "NodeNotReady", "Node is not ready")

    def _taint(self, node: Object, effect: str) -> Object:
        if any(one["effect"] == effect for one in _taints(node)):
            return node
        changed = copy_of(node)
        taint = {"effect": effect, "key": UNREACHABLE, "timeAdded": timestamp(self._work.clock.now())}
        changed["spec"].setdefault("taints", []).append(taint)
        return self._store.update(NODES, changed)

    def _take_marks_away(self, key: Key, node: Object) -> None:
        """NoSchedule goes at once, NoExecute at the next look."""
        now = self._work.clock.now()
        effects = {one["effect"] for one in _taints(node)}
        gone = {"NoSchedule"} & effects
        if not gone:
            since = condition(node, "Ready") or {}
            due = _next_look(_seconds(since.get("lastTransitionTime")))
            if now < due:
                self._work.add_at(self.name, key, due)
                return
            gone = {"NoExecute"}
        changed = copy_of(node)
        kept = [one for one in changed["spec"]["taints"] if one["key"] != UNREACHABLE or one["effect"] not in gone]
        changed["spec"]["taints"] = kept
        if not kept:
            del changed["spec"]["taints"]
        self._store.update(NODES, changed)


def _taints(node: Object) -> list[Object]:
    return [one for one in node["spec"].get("taints", []) if one["key"] == UNREACHABLE]


def _next_look(moment: float) -> float:
    """The first look after a moment."""
    return (moment // LOOKED_EVERY + 1) * LOOKED_EVERY


def _seconds(text: str | None) -> float:
    return seconds_of(text) if text else 0.0
