"""Keeps `metadata.managedFields` of what is written: `with written_by(store, …):` around the writes of one manager."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.structural import fit
from servicelab.embedded.clock import timestamp
from servicelab.embedded.managed_fields import managers
from servicelab.embedded.managed_fields.field_set import Malformed
from servicelab.embedded.managed_fields.managers import UPDATE, Entries, Manager
from servicelab.embedded.managed_fields.ownership import Writer, after_update, reset_fields
from servicelab.embedded.managed_fields.shape import shape_of
from servicelab.embedded.resources import CUSTOM, DEPLOYMENTS, RESOURCES, Resource
from servicelab.embedded.store import Object, Store

KEPT_KINDS = frozenset(resource.qualified for resource in RESOURCES)


@contextmanager
def written_by(store: Store, name: str, subresource: str | None = "") -> Iterator[None]:
    """What is admitted and stored inside belongs to the manager `name`.

    `subresource` None: by status where the status is what changes, as the components of Kubernetes write.
    """
    before = store.note_owner

    def note(resource: Resource, new: Object, old: Object | None) -> None:
        through = _component_subresource(resource, new, old) if subresource is None else subresource
        if through is not None and resource.qualified in KEPT_KINDS:
            manager = Manager(name, UPDATE, resource.api_version, through)
            note_update(resource, new, old, Writer(manager, timestamp(store.clock.now())))

    store.note_owner = note
    try:
        yield
    finally:
        store.note_owner = before


def note_update(resource: Resource, new: Object, old: Object | None, writer: Writer) -> None:
    """Set `managedFields` of `new`, which is about to replace `old` (None: to be created) by a write that is no apply.

    What a client says in `managedFields` of `new` counts, as on a real cluster: `[]` and `[{}]` forget all.
    """
    metadata, before = new["metadata"], (old or {}).get("metadata", {}).get("managedFields")
    given = metadata.pop("managedFields", None)
    entries = managers.kept(before)
    if not writer.manager.subresource and given is not None and given != before:
        entries = _told(given, entries)
    if old is not None and not entries:
        return
    shape, reset = shape_of(facts.struct_of(resource)), reset_fields(resource, writer.manager.subresource)
    after = after_update(shape, old or empty(resource), new, entries, writer, reset)
    if after:
        metadata["managedFields"] = managers.write(after.values())


def _told(given: list[dict[str, Any]], entries: Entries) -> Entries:
    if given in ([], [{}]):
        return {}
    try:
        return managers.read(given) or entries
    except Malformed:
        return entries


@cache
def empty(resource: Resource) -> Object:
    """An object of a kind of which nothing is set, as Go writes it. Do not change what is returned."""
    if resource in CUSTOM:
        return {}
    return fit(facts.struct_of(resource), {})[0]


def _component_subresource(resource: Resource, new: Object, old: Object | None) -> str | None:
    """How a component of Kubernetes writes this; None when nobody owns what it writes (bindings, deletions)."""
    if old is None:
        return ""
    if old["metadata"].get("deletionTimestamp") != new["metadata"].get("deletionTimestamp"):
        return None
    if resource.plural == "pods" and (old.get("spec") or {}).get("nodeName") != (new.get("spec") or {}).get("nodeName"):
        return None
    if resource is DEPLOYMENTS or ("status" in resource.subresources and old.get("status") != new.get("status")):
        return "status"  # the revision of a Deployment too is written with its status
    return ""
