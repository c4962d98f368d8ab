"""Leases in kube-node-lease: each kubelet renews its own, as the sign that its node lives."""

from collections.abc import Iterable
from datetime import UTC, datetime

from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.controllers.objects import Key
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import LEASES, NODES, STOPPED_NODES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

NAMESPACE = "kube-node-lease"
RENEWED_EVERY = 10.0
"""Seconds between two renewals, as on kind."""
DURATION = 40
"""`leaseDurationSeconds`, as kubelets write it."""


class NodeLeases:
    """Renews the Leases of the nodes that run, all at the same moment."""

    name = "node-leases"

    def __init__(self, work: Work) -> None:
        self._work, self._store = work, work.store
        self._renewed_at = float("-inf")

    def keys_for(self, change: Change) -> Iterable[Key]:
        """One key for all nodes, whenever there is a new one or one runs again."""
        is_new = change.resource is NODES and change.kind is ChangeKind.ADDED
        is_back = change.resource is STOPPED_NODES and change.kind is ChangeKind.DELETED
        if is_new or is_back:
            self._renewed_at = float("-inf")
            return [("", "")]
        return []

    def reconcile(self, key: Key) -> None:
        """Renew what is due."""
        now = self._work.clock.now()
        if now >= self._renewed_at + RENEWED_EVERY:
            self._renewed_at = now
            for node in list(self._store.objects(NODES)):
                if is_on(self._store, node["metadata"]["name"]):
                    self._renew(node, now)
        self._work.add_at(self.name, key, self._renewed_at + RENEWED_EVERY)

    def _renew(self, node: Object, now: float) -> None:
        name = node["metadata"]["name"]
        renewed = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        kept = self._store.get(LEASES, NAMESPACE, name)
        if kept is not None:
            changed = copy_of(kept)
            changed["spec"]["renewTime"] = renewed
            self._store.update(LEASES, changed)
            return
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
        spec = {"holderIdentity": name, "leaseDurationSeconds": DURATION, "renewTime": renewed}
        metadata = {"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]}
        lease = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": metadata, "spec": spec}
        self._store.create(LEASES, lease)


def renewed_at(lease: Object | None) -> float | None:
    """When a Lease was last renewed, in seconds since 1970; None when it is not there or never was."""
    text = (lease or {}).get("spec", {}).get("renewTime")
    return None if text is None else datetime.fromisoformat(text).timestamp()
