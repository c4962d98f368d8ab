"""The entries of `metadata.managedFields`: who owns what, since when, by which way."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from servicelab.embedded.managed_fields import field_set
from servicelab.embedded.managed_fields.field_set import Fields

APPLY, UPDATE = "Apply", "Update"
ANCIENT = "ancient-changes"
MOST_UPDATERS = 10
"""Entries from updates that an object may have; the oldest are merged into one."""


@dataclass(frozen=True)
class Manager:
    """Who writes: a name, by which operation, with which API version, through which subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def identity(self) -> str:
        """The same for writes that share an entry; entries of the same age stand in its order."""
        return _identity(self)

    def __str__(self) -> str:
        """As conflicts name it."""
        text = json.dumps(self.name, ensure_ascii=False)
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return text + (f" using {self.api_version}" if self.operation == UPDATE else "")


@lru_cache(maxsize=4096)
def _identity(manager: Manager) -> str:
    version = manager.api_version if manager.operation == UPDATE else ""
    given = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": version,
        "subresource": manager.subresource,
    }
    return json.dumps({key: value for key, value in given.items() if value}, separators=(",", ":"))


class Entry(NamedTuple):
    """What a manager owns, and when (RFC 3339, to the second) it last changed something; None: not known.

    `written` is how `managedFields` has it already; None when it is new or changed.
    """

    manager: Manager
    fields: Fields
    time: str | None
    written: dict[str, Any] | None = None


Entries = dict[str, Entry]
"""By `Manager.identity`."""


def read(written: Any) -> Entries:
    """The entries of an object. Raises `field_set.Malformed` when a client sent what are none."""
    entries: Entries = {}
    for given in written or ():
        if given.get("operation") not in (APPLY, UPDATE) or not given.get("apiVersion"):
            raise field_set.Malformed
        if given.get("fieldsType") != "FieldsV1":
            raise field_set.Malformed
        manager = _manager(given)
        entries[manager.identity] = Entry(manager, field_set.read(given.get("fieldsV1") or {}), given.get("time"))
    return entries


def kept(written: Any) -> Entries:
    """As `read`, for what the store keeps: it is well-formed."""
    entries: Entries = {}
    for given in written or ():
        manager = _manager(given)
        entries[manager.identity] = Entry(manager, given["fieldsV1"], given.get("time"), given)
    return entries


def _manager(given: dict[str, Any]) -> Manager:
    return _made(given.get("manager", ""), given["operation"], given["apiVersion"], given.get("subresource", ""))


@lru_cache(maxsize=4096)
def _made(name: str, operation: str, api_version: str, subresource: str) -> Manager:
    return Manager(name, operation, api_version, subresource)


def write(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """As `metadata.managedFields` lists them: appliers first, then by age and name."""
    return [_written(entry) for entry in sorted(entries, key=_place)]


def _place(entry: Entry) -> tuple[str, ...]:
    manager = entry.manager
    return manager.operation, entry.time or "", manager.name, manager.api_version, manager.subresource


def _written(entry: Entry) -> dict[str, Any]:
    if entry.written is not None:
        return entry.written
    manager = entry.manager
    written: dict[str, Any] = {"manager": manager.name} if manager.name else {}
    written |= {"operation": manager.operation, "apiVersion": manager.api_version}
    if entry.time is not None:
        written["time"] = entry.time
    written |= {"fieldsType": "FieldsV1", "fieldsV1": field_set.shared(entry.fields)}
    if manager.subresource:
        written["subresource"] = manager.subresource
    return written


def with_few_updaters(entries: Entries) -> Entries:
    """Merge the entries of the oldest updaters, those of one API version into one, until there are few enough."""
    if len(entries) <= MOST_UPDATERS:
        return entries
    updaters = sorted(
        (identity for identity, entry in entries.items() if entry.manager.operation == UPDATE),
        key=lambda identity: (entries[identity].time or "", identity),
    )
    too_many = len(updaters) - MOST_UPDATERS
    if too_many <= 0:
        return entries
    result = dict(entries)
    first_of: dict[str, str] = {}
    for identity in updaters:
        if too_many <= 0:
            break
        entry = entries[identity]
        version = entry.manager.api_version
        if version not in first_of:
            first_of[version] = identity
            continue
        bucket = Manager(ANCIENT, UPDATE, version)
        before = result[bucket.identity] if bucket.identity in result else result.pop(first_of[version])
        result.pop(identity, None)
        result[bucket.identity] = Entry(bucket, field_set.union(entry.fields, before.fields), entry.time)
        too_many -= 1
    return result
