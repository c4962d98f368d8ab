"""The `scale` subresource of Deployments and ReplicaSets."""

from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.decoding import decode
from servicelab.embedded.api.errors import bad_request, modified
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.api.options import dry_run
from servicelab.embedded.api.patches import patched
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.api.write import Write
from servicelab.embedded.label_selectors import selector_text
from servicelab.embedded.store import Object, copy_of

API_VERSION, KIND = "autoscaling/v1", "Scale"


def get_scale(api: Api, request: Request, path: ResourcePath) -> Response:
    """How many replicas are wished for, and there."""
    return json_response(_scale_of(stored(api, path)))


def set_scale(api: Api, request: Request, path: ResourcePath) -> Response:
    """PUT or PATCH of a Scale."""
    old = stored(api, path)
    struct = facts.struct_named("autoscaling", "v1", KIND)
    if request.method == "PATCH":
        dry = dry_run(request, "PatchOptions")
        scale, warnings = patched(request, _scale_of(old), struct)
    else:
        dry = dry_run(request, "UpdateOptions")
        scale, warnings = decode(request, API_VERSION, KIND, struct, "UpdateOptions")
    name = scale["metadata"].get("name", path.name)
    if name != path.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({path.name})")
    version = scale["metadata"].get("resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        raise modified(path.resource, path.name)
    new = copy_of(old)
    new["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas", 0)
    kept, more = Write(api, path.resource, dry=dry, by_patch=request.method == "PATCH").update(new, old)
    return json_response(_scale_of(kept), 200, [*warnings, *more])


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
