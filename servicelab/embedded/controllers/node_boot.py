"""What a kubelet does when its machine starts again: the node reports, and every container has to be started anew."""

from collections.abc import Iterable

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers.events import NORMAL, Recorder
from servicelab.embedded.controllers.node_power import starts_at
from servicelab.embedded.controllers.objects import Key
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NODES, STOPPED_NODES
from servicelab.embedded.store import Change, Object, copy_of

HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
"""A healthy node's conditions: type, status, reason, message."""
REPORTED = (
    ("Starting", "Starting kubelet."),
    ("NodeHasSufficientMemory", "Node {} status is now: NodeHasSufficientMemory"),
    ("NodeHasNoDiskPressure", "Node {} status is now: NodeHasNoDiskPressure"),
    ("NodeHasSufficientPID", "Node {} status is now: NodeHasSufficientPID"),
    ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
    ("NodeReady", "Node {} status is now: NodeReady"),
)
"""Events of a kubelet that starts, in order: reason and message."""
LOST = 255
"""Exit code of a container of which only the rest was found."""
CLEARED_AFTER = 8.0
"""Seconds a kubelet that starts needs to clear away what was deleted meanwhile, as measured on kind."""


class NodeBoot:
    """Ends the outage of a node when its machine has started."""

    name = "node-boot"

    def __init__(self, work: Work, recorder: Recorder) -> None:
        self._work, self._store, self._recorder = work, work.store, recorder

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Stopped nodes."""
        return [("", change.object["metadata"]["name"])] if change.resource is STOPPED_NODES else []

    def reconcile(self, key: Key) -> None:
        """Let the node be on when its time has come; then its kubelet reports."""
        stopped, node = self._store.get(STOPPED_NODES, *key), self._store.get(NODES, *key)
        if stopped is None:
            return
        due, now = starts_at(stopped), self._work.clock.now()
        if due is not None and now < due:
            self._work.add_at(self.name, key, due)
        elif due is not None:
            self._store.delete(STOPPED_NODES, *key)
            if node is not None:
                self._report(node)

    def _report(self, node: Object) -> None:
        name = node["metadata"]["name"]
        now = timestamp(self._work.clock.now())
        known = {entry["type"]: entry for entry in node["status"].get("conditions", [])}
        was_lost = known.get("Ready", {}).get("status") != "True"
        changed = copy_of(node)
        changed["status"]["conditions"] = [_reported(entry, known, now) for entry in HEALTHY]
        self._store.update(NODES, changed)
        self._recorder.forget(name)
        reference = {"kind": "Node", "name": name, "apiVersion": "v1"}
        for reason, message in REPORTED:
            if reason != "NodeReady" or was_lost:
                said = message.format(name)
                self._recorder.record("kubelet", NODES, node, NORMAL, reason, said, host=name, reference=reference)


def _reported(entry: tuple[str, str, str, str], known: dict[str, Object], now: str) -> Object:
    kind, status, reason, message = entry
    before = known.get(kind, {})
    since = before["lastTransitionTime"] if before.get("status") == status else now
    return {
        "lastHeartbeatTime": now,
        "lastTransitionTime": since,
        "message": message,
        "reason": reason,
        "status": status,
        "type": kind,
    }


def lose_containers(pod: Object, now: str, last_words: dict[str, str]) -> None:
    """Change a Pod's status to what a kubelet finds after an outage: no network, and containers that ended somehow.

    `last_words`: by container, what its program left as its termination message.
    """
    status = pod["status"]
    for field in ("podIP", "podIPs"):
        status.pop(field, None)
    for container in status.get("containerStatuses", []):
        running = container["state"].get("running")
        if running is None:
            continue
        ended = {"containerID": container.get("containerID", ""), "exitCode": LOST, "finishedAt": now}
        ended |= {"reason": "Unknown", "startedAt": running["startedAt"]}
        if message := last_words.get(container["name"]):
            ended["message"] = message
        container["state"], container["ready"], container["started"] = {"terminated": ended}, False, False
