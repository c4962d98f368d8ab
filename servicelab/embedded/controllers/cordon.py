"""Cordoned nodes: `spec.unschedulable`, which `kubectl cordon` sets, as a taint and as an Event."""

from collections.abc import Iterable

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers.events import NORMAL, Recorder
from servicelab.embedded.controllers.fitting import CORDONED
from servicelab.embedded.controllers.objects import Key, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NODES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of


class Cordons:
    """Gives cordoned nodes their taint, and takes it from others."""

    name = "cordon"

    def __init__(self, work: Work, recorder: Recorder) -> None:
        self._work, self._store, self._recorder = work, work.store, recorder

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Nodes whose taint does not say what they say themselves."""
        if change.resource is not NODES or change.kind is ChangeKind.DELETED:
            return []
        return [key_of(change.object)] if _is_cordoned(change.object) != _is_tainted(change.object) else []

    def reconcile(self, key: Key) -> None:
        """Set or remove the taint."""
        node = self._store.get(NODES, *key)
        if node is None or _is_cordoned(node) == _is_tainted(node):
            return
        changed, cordoned = copy_of(node), _is_cordoned(node)
        taints = [one for one in changed["spec"].pop("taints", []) if one["key"] != CORDONED["key"]]
        if cordoned:
            now = timestamp(self._work.clock.now())
            taints.append({**CORDONED, "timeAdded": now})
        if taints:
            changed["spec"]["taints"] = taints
        self._store.update(NODES, changed)
        name, reason = key[1], "NodeNotSchedulable" if cordoned else "NodeSchedulable"
        message = f"Node {name} status is now: {reason}"
        reference = {"kind": "Node", "name": name, "uid": name, "apiVersion": "v1"}
        self._recorder.record("kubelet", NODES, node, NORMAL, reason, message, host=name, reference=reference)


def _is_cordoned(node: Object) -> bool:
    return bool(node["spec"].get("unschedulable"))


def _is_tainted(node: Object) -> bool:
    return any(one["key"] == CORDONED["key"] for one in node["spec"].get("taints", []))
