"""Events, as `kubectl describe` lists them: equal ones are one Event that counts."""

from typing import Any

from servicelab.embedded.controllers.objects import Key, in_seconds, is_closing, key_of
from servicelab.embedded.resources import EVENTS, Resource
from servicelab.embedded.store import Object, Store, copy_of

KEPT_SECONDS = 3600.0
"""How long an Event is kept after it was last seen, as on kind."""
NORMAL, WARNING = "Normal", "Warning"


class Recorder:
    """Writes Events of one cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, ...], Key] = {}
        self._count = 0

    def record(
        self,
        component: str,
        resource: Resource,
        about: Object,
        kind: str,
        reason: str,
        message: str,
        field_path: str = "",
        host: str = "",
        reference: dict[str, str] | None = None,
    ) -> None:
        """Say that something happened to `about`; `kind` is Normal or Warning.

        `reference`: how the Event names it, for those who say less of it than usual.
        """
        namespace, name = key_of(about)
        same = (component, host, resource.kind, about["metadata"]["uid"], field_path, kind, reason, message)
        known = self._known.get(same)
        earlier = self._store.get(EVENTS, *known) if known is not None else None
        now = in_seconds(self._store)
        if earlier is not None:
            changed = copy_of(earlier)
            changed["count"] += 1
            changed["lastTimestamp"] = now
            self._store.update(EVENTS, changed)
            return
        if is_closing(self._store, namespace):
            return
        source: dict[str, Any] = {"component": component}
        if host:
            source["host"] = host
        place = namespace or "default"
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": self._name(place, name), "namespace": place},
            "involvedObject": reference or self._reference(resource, about, field_path),
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }
        self._known[same] = key_of(self._store.create(EVENTS, event))

    def forget(self, host: str) -> None:
        """The kubelet of a node began anew: what it says again is not counted with what it said before."""
        self._known = {same: key for same, key in self._known.items() if same[1] != host}

    def _name(self, namespace: str, about: str) -> str:
        while True:
            self._count += 1
            name = f"{about}.{int(self._store.clock.now() * 1_000_000) * 1000 + self._count:016x}"
            if self._store.get(EVENTS, namespace, name) is None:
                return name

    @staticmethod
    def _reference(resource: Resource, about: Object, field_path: str) -> dict[str, str]:
        metadata = about["metadata"]
        reference = {
            "kind": resource.kind,
            "name": metadata["name"],
            "uid": metadata["uid"],
            "apiVersion": resource.api_version,
            "resourceVersion": metadata["resourceVersion"],
        }
        if metadata.get("namespace"):
            reference["namespace"] = metadata["namespace"]
        if field_path:
            reference["fieldPath"] = field_path
        return reference
