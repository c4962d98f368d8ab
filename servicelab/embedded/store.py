"""All objects of the embedded cluster, their revisions, and what changed since when.

Objects are plain JSON dictionaries. What the store hands out is shared and must not be changed: copy first
(`copy_of`), change the copy, give it back to `update`.
"""

import random
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from servicelab.embedded.clock import Clock, timestamp
from servicelab.embedded.resources import Resource

Object = dict[str, Any]
HISTORY = 10_000
"""How many changes a watch can look back on; asking for older ones is answered 410 Gone."""


class ChangeKind(StrEnum):
    """What a watch says happened."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class Change:
    """One write: `object` as it is after it, `before` as it was."""

    revision: int
    kind: ChangeKind
    resource: Resource
    object: Object
    before: Object | None


class Conflict(Exception):
    """The object was changed since it was read (HTTP 409)."""


class Gone(Exception):
    """The asked-for revision is older than the history (HTTP 410)."""


_PARTS = frozenset((dict, list, tuple))


def copy_of(object: Object) -> Object:
    """A deep copy that may be changed. Texts are shared, so that thousands of like Pods keep one copy of them.

    `metadata.managedFields` is shared too: it is replaced as a whole, never changed.
    """
    metadata = object.get("metadata")
    managed = metadata.get("managedFields") if isinstance(metadata, dict) else None
    if managed is None:
        copied: Object = _copy(object)
        return copied
    rest = {key: value for key, value in object["metadata"].items() if key != "managedFields"}
    copied = _copy({**object, "metadata": rest})
    copied["metadata"]["managedFields"] = managed
    return copied


def _copy(value: Any) -> Any:
    # texts and numbers are not called for: this runs for every part of every object that is changed
    if isinstance(value, dict):
        return {key: _copy(inner) if type(inner) in _PARTS else inner for key, inner in value.items()}
    return [_copy(inner) if type(inner) in _PARTS else inner for inner in value]


def _share(new: Object, before: Object) -> None:
    """Let a new version of an object use the parts of the one before that are equal: nobody changes what is kept."""
    for key, value in new.items():
        old = before.get(key)
        if old is value or type(value) not in (dict, list):
            continue
        if value == old:
            new[key] = old
        elif isinstance(value, dict) and isinstance(old, dict):
            _share(value, old)


def _key(object: Object) -> tuple[str, str]:
    metadata = object["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


class Store:
    """Keeps objects by kind, namespace and name. `on_change` callbacks see every write, in order, after it is kept.

    `randomness` is for uids; with a seeded one they are the same in every run. `note_owner` notes in an object that
    is about to be written who owns which of its fields (see managed_fields/tracking.py); None: nobody is noted.
    """

    def __init__(self, clock: Clock, randomness: random.Random | None = None) -> None:
        self.clock = clock
        self._randomness = randomness or random.Random()
        self.revision = 1
        self._objects: dict[str, dict[tuple[str, str], Object]] = {}
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._listeners: list[Callable[[Change], None]] = []
        self.note_owner: Callable[[Resource, Object, Object | None], None] | None = None

    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after every write; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The object, or None. `namespace` is empty for kinds that have none. Do not change what is returned."""
        return self._objects.get(resource.qualified, {}).get((namespace, name))

    def objects(self, resource: Resource, namespace: str | None = None) -> Iterator[Object]:
        """All objects of a kind, of one namespace or (None) of all, ordered by namespace and name."""
        kept = self._objects.get(resource.qualified, {})
        for key in sorted(kept):
            if namespace is None or key[0] == namespace:
                yield kept[key]

    def create(self, resource: Resource, object: Object) -> Object:
        """Keep a new object; gives it uid, resourceVersion and creationTimestamp. Conflict when it exists."""
        key = _key(object)
        if key in self._objects.get(resource.qualified, {}):
            raise Conflict(f'{resource.qualified} "{key[1]}" already exists')
        created = self.complete(object)
        if self.note_owner is not None and "managedFields" not in created["metadata"]:
            self.note_owner(resource, created, None)
        return self._write(resource, key, created, None)

    def complete(self, object: Object) -> Object:
        """A copy with uid and creationTimestamp, as `create` would keep it."""
        completed = copy_of(object)
        completed["metadata"].setdefault("uid", str(uuid.UUID(int=self._randomness.getrandbits(128), version=4)))
        completed["metadata"].setdefault("creationTimestamp", timestamp(self.clock.now()))
        return completed

    def update(self, resource: Resource, object: Object) -> Object:
        """Keep a changed object; Conflict when its resourceVersion is given and is not the kept one's, or it is gone.

        A write that changes nothing is no write: the kept object is returned and no watch hears of it.
        """
        key = _key(object)
        before = self._objects.get(resource.qualified, {}).get(key)
        if before is None:
            raise Conflict(f'{resource.qualified} "{key[1]}" is gone')
        expected = object["metadata"].get("resourceVersion")
        if expected and expected != before["metadata"]["resourceVersion"]:
            raise Conflict(f'{resource.qualified} "{key[1]}" has been changed since it was read')
        kept = copy_of(object)
        kept["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"]
        if kept == before:
            return before
        if self.note_owner is not None:
            self.note_owner(resource, kept, before)
        return self._write(resource, key, kept, before)

    def delete(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Remove an object at once (finalizers and grace are the callers' business); None when it is not there."""
        before = self._objects.get(resource.qualified, {}).pop((namespace, name), None)
        if before is None:
            return None
        self.revision += 1
        last = copy_of(before)
        last["metadata"]["resourceVersion"] = str(self.revision)
        self._tell(Change(self.revision, ChangeKind.DELETED, resource, last, before))
        return last

    def changes_since(self, revision: int) -> list[Change]:
        """All writes after `revision`, in order. Gone when the history no longer reaches that far."""
        oldest = self._history[0].revision if self._history else self.revision + 1
        if revision < oldest - 1 and revision < self.revision:
            raise Gone(f"too old resource version: {revision} ({oldest - 1})")
        return [change for change in self._history if change.revision > revision]

    def objects_at(self, revision: int, resource: Resource, namespace: str | None = None) -> list[Object]:
        """As `objects`, but as they were at `revision`. Gone when the history no longer reaches that far."""
        kept = {_key(one): one for one in self.objects(resource, namespace)}
        for change in reversed(self.changes_since(revision)):
            if change.resource is not resource or namespace not in (None, _key(change.object)[0]):
                continue
            if change.before is None:
                kept.pop(_key(change.object), None)
            else:
                kept[_key(change.object)] = change.before
        return [kept[key] for key in sorted(kept)]

    def restore(self, revision: int, objects: Iterable[tuple[Resource, Object]]) -> None:
        """Begin with what a journal kept, before anybody listens; the history before it is gone."""
        for resource, object in objects:
            self._objects.setdefault(resource.qualified, {})[_key(object)] = object
        self.revision = revision

    def _write(self, resource: Resource, key: tuple[str, str], kept: Object, before: Object | None) -> Object:
        self.revision += 1
        kept["metadata"]["resourceVersion"] = str(self.revision)
        if before is not None:
            _share(kept, before)
        self._objects.setdefault(resource.qualified, {})[key] = kept
        self._tell(Change(self.revision, ChangeKind.MODIFIED if before else ChangeKind.ADDED, resource, kept, before))
        return kept

    def _tell(self, change: Change) -> None:
        self._history.append(change)
        for listener in list(self._listeners):
            listener(change)
