"""The `scale` subresource of Deployments and ReplicaSets."""

from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.apply import check_kind, merged, read_configuration
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.errors import bad_request, modified
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.api.options import APPLY, dry_run, field_manager
from servicelab.embedded.api.patches import patched
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.api.write import Write
from servicelab.embedded.clock import timestamp
from servicelab.embedded.label_selectors import selector_text
from servicelab.embedded.managed_fields import managers, replicas
from servicelab.embedded.managed_fields.field_set import NOTHING
from servicelab.embedded.managed_fields.managers import APPLY as APPLY_OPERATION
from servicelab.embedded.managed_fields.managers import UPDATE, Entries, Manager
from servicelab.embedded.managed_fields.ownership import Writer, after_update
from servicelab.embedded.managed_fields.shape import shape_of
from servicelab.embedded.store import Object, copy_of

API_VERSION, KIND = "autoscaling/v1", "Scale"


def get_scale(api: Api, request: Request, path: ResourcePath) -> Response:
    """How many replicas are wished for, and there."""
    return json_response(_scale_of(stored(api, path)))


def set_scale(api: Api, request: Request, path: ResourcePath) -> Response:
    """PUT or PATCH of a Scale."""
    old = stored(api, path)
    options = "PatchOptions" if request.method == "PATCH" else "UpdateOptions"
    manager, dry = field_manager(request, options), dry_run(request, options)
    before = managers.kept(old["metadata"].get("managedFields"))
    operation = APPLY_OPERATION if request.content_type in APPLY else UPDATE
    writer = Writer(Manager(manager, operation, path.resource.api_version, "scale"), timestamp(api.clock.now()))
    scale, after, warnings = _changed(request, _scale_of(old), replicas.of_scale(before), writer, options)
    name = scale["metadata"].get("name", path.name)
    if name != path.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({path.name})")
    version = scale["metadata"].get("resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        raise modified(path.resource, path.name)
    new = copy_of(old)
    new["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas", 0)
    if before:
        new["metadata"]["managedFields"] = managers.write(replicas.of_object(before, after).values())
    kept, more = Write(api, path.resource, dry=dry, by_patch=request.method == "PATCH").update(new, old)
    return json_response(_scale_of(kept), 200, [*warnings, *more])


def _changed(
    request: Request, old: Object, entries: Entries, writer: Writer, options: str
) -> tuple[Object, Entries, list[str]]:
    """What the request makes of a Scale, who owns it then, and warnings."""
    struct = facts.struct_named("autoscaling", "v1", KIND)
    shape = shape_of(struct)
    if request.content_type in APPLY:
        configuration, warnings = read_configuration(request)
        check_kind(configuration, API_VERSION, KIND)
        new, after = merged(shape, old, configuration, entries, writer, request.flag("force"), NOTHING)
        return new or old, after, warnings
    if request.method == "PATCH":
        scale, warnings = patched(request, old, struct)
    else:
        scale, warnings = decode(request, API_VERSION, KIND, struct, options)
    return scale, after_update(shape, old, scale, entries, writer), warnings


def _scale_of(object: Object) -> dict[str, Any]:
    metadata = {
        key: object["metadata"][key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in object["metadata"]
    }
    replicas = (object.get("spec") or {}).get("replicas")
    return {
        "kind": KIND,
        "apiVersion": API_VERSION,
        "metadata": metadata,
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": (object.get("status") or {}).get("replicas", 0),
            "selector": selector_text((object.get("spec") or {}).get("selector") or {}),
        },
    }
