"""POST, PUT and PATCH: one way for all kinds."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.admission import Invalid, Refused, admit
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.causes import invalid as invalid_cause
from servicelab.embedded.api import errors
from servicelab.embedded.api.apply import applied
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.decoding import decode_object
from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.options import APPLY, dry_run, field_manager
from servicelab.embedded.api.patches import patched
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.api.representation import wanted
from servicelab.embedded.managed_fields.field_set import Fields
from servicelab.embedded.managed_fields.ownership import reset_fields
from servicelab.embedded.managed_fields.tracking import written_by
from servicelab.embedded.resources import ENDPOINTS, EVENTS, LEASES, NAMESPACES, NODES, SERVICES, Resource
from servicelab.embedded.store import Conflict, Object, copy_of

NAME_TRIES = 8
VERSION_OF_A_NEW_OBJECT = "resourceVersion should not be set on objects to be created"
CREATED_BY_PUT = (SERVICES, ENDPOINTS, EVENTS, LEASES)
"""Kinds that a PUT creates when they do not exist."""
KEPT_FROM_OLD = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")
STATUS, FINALIZE = "status", "finalize"


@dataclass(frozen=True)
class Write:
    """One write on its way: what of the object the request may change, by whom, and whether it is only tried.

    `manager` empty: `metadata.managedFields` of the new object says already who owns what.
    """

    api: Api
    resource: Resource
    subresource: str = ""
    dry: bool = False
    by_patch: bool = False
    manager: str = ""

    def create(self, new: Object, given_version: str = "") -> tuple[Object, list[str]]:
        """Store a new object; what is stored, and warnings. A new object has no version yet to be given."""
        metadata = new["metadata"]
        for key in ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata.pop(key, None)
        metadata.pop("generation", None)
        if STATUS in self.resource.subresources and self.resource is not NODES:
            new.pop(STATUS, None)
        for _ in range(NAME_TRIES):
            admitted, warnings = self._admit(new, None)
            if given_version not in ("", "0") and not self.dry:
                raise errors.ApiError(500, "", VERSION_OF_A_NEW_OBJECT, has_details=False)
            name, namespace = admitted["metadata"]["name"], admitted["metadata"].get("namespace", "")
            if self.api.store.get(self.resource, namespace, name) is None:
                break
            if metadata.get("name"):
                raise errors.already_exists(self.resource, name)
        else:
            raise errors.already_exists(self.resource, name)
        if self.dry:
            return self.api.store.complete(admitted), warnings
        return self.api.store.create(self.resource, admitted), warnings

    def update(self, new: Object, old: Object) -> tuple[Object, list[str]]:
        """Store a changed object; what is stored, and warnings. ApiError (409) when `old` is no longer what `new` was
        made from."""
        new = self._merged_with(new, old)
        name = old["metadata"]["name"]
        version = new["metadata"].get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            raise errors.modified(self.resource, name)
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        admitted, warnings = self._admit(new, old)
        admitted["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        _keep_times(admitted, old)
        if self.dry:
            return admitted, warnings
        if _is_done(admitted, self.resource):
            # Watches hear of the end only, as it was before: the change itself is never kept.
            self.api.store.delete(self.resource, admitted["metadata"].get("namespace", ""), name)
            return admitted, warnings
        try:
            return self.api.store.update(self.resource, admitted), warnings
        except Conflict:
            raise errors.modified(self.resource, name) from None

    def _admit(self, new: Object, old: Object | None) -> tuple[Object, list[str]]:
        store = self.api.store
        try:
            with written_by(store, self.manager, self.subresource) if self.manager else nullcontext():
                admitted = admit(store, self.resource, new, old, self.api.randomness, is_fitted=True)
        except Invalid as problem:
            name = new["metadata"].get("name", "")
            raise errors.invalid(self.resource, name, problem) from None
        except Refused as problem:
            raise errors.refused(problem) from None
        return admitted.object, admitted.warnings

    def _merged_with(self, new: Object, old: Object) -> Object:
        """What the request may change from `new`, the rest from `old`."""
        if self.subresource == FINALIZE:
            finalizers = (new.get("spec") or {}).get("finalizers")
            new = {**copy_of(old), "metadata": {**old["metadata"], **_version_of(new)}}
            new["spec"] = {"finalizers": finalizers} if finalizers else {}
            return new
        metadata, before = new["metadata"], old["metadata"]
        uid = metadata.get("uid")
        if uid and uid != before["uid"]:
            raise self._other_uid(uid, old)
        metadata["uid"] = before["uid"]
        for key in KEPT_FROM_OLD:
            metadata.pop(key, None)
            if key in before:
                metadata[key] = before[key]
        managed = metadata.get("managedFields")
        _reset(new, old, reset_fields(self.resource, self.subresource))
        if managed is not None:
            new["metadata"] = {**new["metadata"], "managedFields": managed}
        return new

    def _other_uid(self, uid: str, old: Object) -> errors.ApiError:
        name = old["metadata"]["name"]
        if self.by_patch:
            cause: Cause = invalid_cause("metadata.uid", uid, "field is immutable")
            return errors.invalid(self.resource, name, Invalid([cause, cause]))
        return errors.conflict(
            self.resource,
            name,
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}",
        )


def create(api: Api, request: Request, path: ResourcePath) -> Response:
    """POST to a collection."""
    form = wanted(request, path.resource, api.clock.now())
    manager, dry = field_manager(request, "CreateOptions"), dry_run(request, "CreateOptions")
    new, warnings = decode_object(request, path.resource, "CreateOptions")
    _set_namespace(new, path)
    _check_namespace(api, path, new)
    version = new["metadata"].get("resourceVersion", "")
    kept, more = Write(api, path.resource, dry=dry, manager=manager).create(new, version)
    return form.response(form.one(kept), 201, [*warnings, *more])


def replace(api: Api, request: Request, path: ResourcePath) -> Response:
    """PUT of an object or of its status."""
    form = wanted(request, path.resource, api.clock.now())
    manager, dry = field_manager(request, "UpdateOptions"), dry_run(request, "UpdateOptions")
    new, warnings = decode_object(request, path.resource, "UpdateOptions")
    _check_name(new, path)
    _set_namespace(new, path)
    old = api.store.get(path.resource, path.namespace, path.name)
    write = Write(api, path.resource, path.subresource, dry, manager=manager)
    if old is None and path.resource in CREATED_BY_PUT and not path.subresource:
        _check_namespace(api, path, new)
        kept, more = write.create(new)
        return form.response(form.one(kept), 201, [*warnings, *more])
    kept, more = write.update(new, stored(api, path))
    return form.response(form.one(kept), 200, [*warnings, *more])


def patch(api: Api, request: Request, path: ResourcePath) -> Response:
    """PATCH of an object or of its status."""
    form = wanted(request, path.resource, api.clock.now())
    manager, dry = field_manager(request, "PatchOptions"), dry_run(request, "PatchOptions")
    if request.content_type in APPLY:
        return _apply(api, request, path, manager, dry)
    old = stored(api, path)
    new, warnings = patched(request, old, facts.struct_of(path.resource))
    _check_name(new, path)
    _set_namespace(new, path)
    kept, more = Write(api, path.resource, path.subresource, dry, by_patch=True, manager=manager).update(new, old)
    return form.response(form.one(kept), 200, [*warnings, *more])


def _apply(api: Api, request: Request, path: ResourcePath, manager: str, dry: bool) -> Response:
    form = wanted(request, path.resource, api.clock.now())
    old = api.store.get(path.resource, path.namespace, path.name)
    new, warnings = applied(request, path.resource, path.subresource, old, manager, api.clock.now())
    uid = new["metadata"].get("uid")
    if old is None and uid:
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise errors.conflict(path.resource, path.name, why)
    _set_namespace(new, path)
    _check_name(new, path)
    write = Write(api, path.resource, path.subresource, dry, by_patch=True)
    if old is None:
        _check_namespace(api, path, new)
        kept, more = write.create(new)
    else:
        kept, more = write.update(new, old)
    return form.response(form.one(kept), 201 if old is None else 200, [*warnings, *more])


def _set_namespace(new: Object, path: ResourcePath) -> None:
    metadata: dict[str, Any] = new.setdefault("metadata", {})
    if not path.resource.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.get("namespace", path.namespace) != path.namespace:
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    metadata["namespace"] = path.namespace


def _check_name(new: Object, path: ResourcePath) -> None:
    name = new["metadata"].get("name", "")
    if not name:
        raise errors.bad_request(
            f"the name of the object ({path.name} based on URL) was undeterminable: name must be provided"
        )
    if name != path.name:
        raise errors.bad_request(f"the name of the object ({name}) does not match the name on the URL ({path.name})")


def _check_namespace(api: Api, path: ResourcePath, new: Object) -> None:
    """New objects need a namespace that exists and is not being deleted."""
    if not path.resource.namespaced:
        return
    namespace = api.store.get(NAMESPACES, "", path.namespace)
    if namespace is None:
        raise errors.not_found(NAMESPACES, path.namespace)
    if namespace["metadata"].get("deletionTimestamp"):
        why = f"namespace {path.namespace} is being terminated"
        cause = Cause("metadata.namespace", "NamespaceTerminating", why)
        raise errors.forbidden(
            path.resource,
            new["metadata"].get("name", ""),
            f"unable to create new content in namespace {path.namespace} because it is being terminated",
            [cause],
        )


def _reset(new: Object, old: Object, fields: Fields) -> None:
    """Put these fields back to what they are in the old object."""
    for step, node in fields.items():
        name = step.removeprefix("f:")
        if node and isinstance(new.get(name), dict):
            _reset(new[name], old.get(name) or {}, node)
        elif name in old:
            new[name] = copy_of(old[name]) if isinstance(old[name], dict) else old[name]
        else:
            new.pop(name, None)


def _keep_times(new: Object, old: Object) -> None:
    """Where only times in `managedFields` would change, nothing does."""
    managed, before = new["metadata"].get("managedFields"), old["metadata"].get("managedFields")
    if not managed or not before or managed == before:
        return

    def timeless(entries: list[Object]) -> list[Object]:
        return [{**entry, "time": None} for entry in entries]

    if (
        timeless(managed) == timeless(before)
        and {**new, "metadata": {**new["metadata"], "managedFields": before}} == old
    ):
        new["metadata"]["managedFields"] = before


def _version_of(new: Object) -> dict[str, str]:
    version = new["metadata"].get("resourceVersion")
    return {"resourceVersion": version} if version else {"resourceVersion": ""}


def _is_done(kept: Object, resource: Resource) -> bool:
    """Whether an object that waited for its finalizers has none left."""
    metadata = kept["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
        return False
    if resource is NAMESPACES:
        return not (kept.get("spec") or {}).get("finalizers")
    return not metadata.get("deletionGracePeriodSeconds")
