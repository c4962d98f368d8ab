"""What happens by the clock alone: nodes say that they live, old Events go."""

from collections.abc import Iterable

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.controllers.events import KEPT_SECONDS
from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.controllers.objects import Key, key_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import EVENTS, NODES
from servicelab.embedded.store import Change, ChangeKind, copy_of

HEARTBEAT_SECONDS = 300.0
"""How often a kubelet writes an unchanged node status, as on kind. Leases are the faster signal."""


class Heartbeats:
    """Keeps `lastHeartbeatTime` of the nodes' conditions young."""

    name = "heartbeat"

    def __init__(self, work: Work) -> None:
        self._work, self._store = work, work.store

    def keys_for(self, change: Change) -> Iterable[Key]:
        """New nodes."""
        is_new = change.resource is NODES and change.kind is ChangeKind.ADDED
        return [key_of(change.object)] if is_new else []

    def reconcile(self, key: Key) -> None:
        """Write the status when it has grown old."""
        node = self._store.get(NODES, *key)
        if node is None:
            return
        now = self._work.clock.now()
        if not is_on(self._store, key[1]):
            self._work.add_at(self.name, key, now + HEARTBEAT_SECONDS)
            return
        conditions = node["status"].get("conditions", [])
        last = max((seconds_of(entry["lastHeartbeatTime"]) for entry in conditions), default=now)
        if conditions and last + HEARTBEAT_SECONDS <= now:
            changed = copy_of(node)
            for entry in changed["status"]["conditions"]:
                entry["lastHeartbeatTime"] = timestamp(now)
            self._store.update(NODES, changed)
            last = now
        self._work.add_at(self.name, key, last + HEARTBEAT_SECONDS)


class OldEvents:
    """Deletes Events an hour after they were last seen."""

    name = "old-events"

    def __init__(self, work: Work) -> None:
        self._work, self._store = work, work.store

    def keys_for(self, change: Change) -> Iterable[Key]:
        """New Events."""
        is_new = change.resource is EVENTS and change.kind is ChangeKind.ADDED
        return [key_of(change.object)] if is_new else []

    def reconcile(self, key: Key) -> None:
        """Delete one Event when its time has come."""
        event = self._store.get(EVENTS, *key)
        if event is None:
            return
        seen = event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]
        due = seconds_of(seen) + KEPT_SECONDS
        if due <= self._work.clock.now():
            self._store.delete(EVENTS, *key)
        else:
            self._work.add_at(self.name, key, due)
