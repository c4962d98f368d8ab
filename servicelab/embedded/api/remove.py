"""DELETE of one object or of many. What is deleted with it, and when, is the controllers' business."""

from typing import Any

from servicelab.embedded.admission.other_rules import DEFINITIONS_ARE_GIVEN
from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.api.options import DeleteOptions, delete_options
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import selector, stored
from servicelab.embedded.api.representation import wanted
from servicelab.embedded.controllers import deletion
from servicelab.embedded.controllers.deletion import Propagation
from servicelab.embedded.resources import (
    CUSTOM_RESOURCE_DEFINITIONS,
    JOBS,
    NAMESPACES,
    PODS,
    SERVICE_ACCOUNTS,
    SERVICES,
    Resource,
)
from servicelab.embedded.store import Object

KEPT_NAMESPACES = ("default", "kube-system", "kube-public")
RETURNED = (PODS, SERVICES, SERVICE_ACCOUNTS)
"""Kinds whose DELETE answers with the object, also when it is gone at once; others answer with a Status."""


def delete(api: Api, request: Request, path: ResourcePath) -> Response:
    """DELETE of one object: 200 with the object or with a Status."""
    form = wanted(request, path.resource, api.clock.now())
    options = delete_options(request, _default_propagation(path.resource))
    before = stored(api, path)
    check(path.resource, before, options)
    last = before if options.dry_run else _delete(api, path.resource, before, options)
    still_there = api.store.get(path.resource, path.namespace, path.name) is not None and not options.dry_run
    if still_there or path.resource in RETURNED:
        return form.response(form.one(last))
    return json_response(_success(path.resource, before))


def delete_many(api: Api, request: Request, path: ResourcePath) -> Response:
    """DELETE of a collection: 200 with the list of what is deleted."""
    if path.resource is NAMESPACES:
        raise errors.method_not_allowed()
    form = wanted(request, path.resource, api.clock.now())
    options = delete_options(request, _default_propagation(path.resource))
    matches = selector(request, path)
    namespace = path.namespace or None
    deleted = []
    for one in [one for one in api.store.objects(path.resource, namespace) if matches(one)]:
        check(path.resource, one, options)
        deleted.append(one if options.dry_run else _delete(api, path.resource, one, options))
    return form.response(form.many(deleted, api.store.revision, {}))


def _default_propagation(resource: Resource) -> Propagation:
    """A Job's Pods stay unless the request says otherwise, as kubectl's does."""
    return Propagation.ORPHAN if resource is JOBS else Propagation.BACKGROUND


def _delete(api: Api, resource: Resource, object: Object, options: DeleteOptions) -> Object:
    metadata = object["metadata"]
    last = deletion.delete(
        api.store,
        resource,
        metadata.get("namespace", ""),
        metadata["name"],
        options.propagation,
        options.grace_seconds,
    )
    return last or object


def check(resource: Resource, object: Object, options: DeleteOptions) -> None:
    """Refuse what may not be deleted, or is not as the options say it must be."""
    metadata = object["metadata"]
    name = metadata["name"]
    if resource is CUSTOM_RESOURCE_DEFINITIONS:
        raise errors.not_supported(DEFINITIONS_ARE_GIVEN)
    if resource is NAMESPACES and name in KEPT_NAMESPACES:
        raise errors.forbidden(NAMESPACES, name, "this namespace may not be deleted")
    if options.uid and options.uid != metadata["uid"]:
        raise errors.precondition_failed(
            resource,
            name,
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated",
        )
    if options.resource_version and options.resource_version != metadata["resourceVersion"]:
        raise errors.precondition_failed(
            resource,
            name,
            f"the ResourceVersion in the precondition ({options.resource_version}) does not match the "
            f"ResourceVersion in record ({metadata['resourceVersion']}). The object might have been modified",
        )


def _success(resource: Resource, object: Object) -> dict[str, Any]:
    details = {"name": object["metadata"]["name"]}
    if resource.group:
        details["group"] = resource.group
    details |= {"kind": resource.plural, "uid": object["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
