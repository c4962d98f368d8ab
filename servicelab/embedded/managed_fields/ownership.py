"""How a write changes who owns which field, and what server-side apply makes of an object."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from servicelab.embedded.managed_fields import field_set, managers
from servicelab.embedded.managed_fields.field_set import (
    LEAF,
    NOTHING,
    Fields,
    Step,
    difference,
    intersection,
    union,
    without_branches,
)
from servicelab.embedded.managed_fields.managers import UPDATE, Entries, Entry, Manager
from servicelab.embedded.managed_fields.shape import Shape
from servicelab.embedded.managed_fields.values import compare, fields_of, merged, without
from servicelab.embedded.resources import CUSTOM, DEPLOYMENTS, PODS, SERVICE_CIDRS, Resource

Object = dict[str, Any]
NOBODYS: Fields = {
    "f:apiVersion": LEAF,
    "f:kind": LEAF,
    "f:metadata": {
        ".": LEAF,
        **{
            f"f:{name}": LEAF
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "clusterName",
                "generation",
                "managedFields",
                "resourceVersion",
            )
        },
    },
}
"""Fields that nobody owns."""
BEFORE_FIRST_APPLY = "before-first-apply"


class Conflicts(Exception):
    """Somebody else owns, with another value, what is applied: pairs of manager and path, in Kubernetes' order."""

    def __init__(self, found: list[tuple[Manager, Step]]) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True)
class Writer:
    """One write: by whom, and when (RFC 3339, to the second)."""

    manager: Manager
    time: str


def reset_fields(resource: Resource, subresource: str) -> Fields:
    """What a write of this subresource (empty: of the object) cannot change, so nobody owns it by such a write."""
    if subresource == "status":
        if resource in (*CUSTOM, SERVICE_CIDRS):
            return {"f:spec": LEAF, "f:metadata": LEAF}
        more = {
            PODS: {"f:metadata": {"f:deletionTimestamp": LEAF, "f:ownerReferences": LEAF}},
            DEPLOYMENTS: {"f:metadata": {"f:labels": LEAF}},
        }
        return {"f:spec": LEAF, **more.get(resource, {})}
    return {"f:status": LEAF} if "status" in resource.subresources else NOTHING


def after_update(
    shape: Shape, old: Object, new: Object, entries: Entries, writer: Writer, reset: Fields = NOTHING
) -> Entries:
    """The entries after `old` became `new` by a create, an update or a patch other than apply."""
    changed, gone = compare(old, new, shape)
    if reset:
        changed, gone = without_branches(changed, reset), without_branches(gone, reset)
    result = _taken_from(entries.values(), changed, gone)
    own = difference(changed, NOBODYS)
    if own:
        identity = writer.manager.identity
        before = result.get(identity)
        result[identity] = Entry(writer.manager, union(before.fields, own) if before else own, writer.time)
    return managers.with_few_updaters(result)


def _taken_from(entries: Iterable[Entry], changed: Fields, gone: Fields) -> Entries:
    result: Entries = {}
    for entry in entries:
        fields = difference(difference(entry.fields, changed), gone)
        if fields is not entry.fields:
            entry = Entry(entry.manager, fields, entry.time)
        if fields:
            result[entry.manager.identity] = entry
    return result


def after_apply(
    shape: Shape, live: Object, applied: Object, entries: Entries, writer: Writer, force: bool, reset: Fields = NOTHING
) -> tuple[Object | None, Entries]:
    """What server-side apply makes of `live` (None: nothing new), and the entries after it. Raises Conflicts."""
    identity = writer.manager.identity
    last = entries.get(identity)
    own = fields_of(applied, shape)
    if reset:
        own = without_branches(own, reset)
    after = entries | {identity: Entry(writer.manager, own, last.time if last else None)}
    result = merged(live, applied, shape)
    if last is not None and last.fields:
        result = _pruned(shape, result, last.fields, [entry.fields for entry in after.values()])
    changed, gone = compare(live, result, shape)
    if reset:
        changed, gone = (without_branches(one, reset) for one in (changed, gone))
    others = [entry for key, entry in after.items() if key != identity]
    if not force:
        _refuse_conflicts(others, changed)
    kept = _taken_from(others, changed, gone)
    own = difference(own, NOBODYS)
    is_new = result != live
    if own:
        time = writer.time if is_new else last.time if last else None
        kept[identity] = Entry(writer.manager, own, time)
    return (result if is_new else None), kept


def _refuse_conflicts(others: list[Entry], changed: Fields) -> None:
    found = [
        (entry.manager, path)
        for entry in sorted(others, key=lambda entry: entry.manager.identity)
        for path in field_set.paths(intersection(entry.fields, changed))
    ]
    if found:
        raise Conflicts(found)


def _pruned(shape: Shape, value: Object, last: Fields, owned: list[Fields]) -> Object:
    """The value without what the applier owned last time, if nobody owns it now."""
    named = field_set.with_named_fields
    managed: Fields = {}
    for fields in owned:
        managed = union(managed, fields)
    everything = named(fields_of(value, shape), shape)
    last = named(last, shape)
    rest = without(value, last, shape) or {}
    kept = union(named(fields_of(rest, shape), shape), named(managed, shape))
    rest = without(value, difference(everything, kept), shape) or {}
    dangling = difference(everything, named(fields_of(rest, shape), shape))
    pruned: Object = without(value, intersection(dangling, last), shape) or {}
    return pruned


def before_first_apply(shape: Shape, empty: Object, live: Object, writer: Writer) -> Entries:
    """Entries for an object that has none yet: all it has belongs to who wrote it, whoever that was."""
    manager = replace(writer.manager, name=BEFORE_FIRST_APPLY, operation=UPDATE)
    return after_update(shape, empty, live, {}, replace(writer, manager=manager))


def allowed_by_last_applied(shape: Shape, live: Object, last_applied: Object) -> Fields:
    """What client-side apply set and is still so: `kubectl apply --server-side` may take it over."""
    changed, gone = compare(last_applied, live, shape)
    return difference(difference(fields_of(last_applied, shape), changed), gone)
