"""GET of one object or of many."""

import base64
import json
from typing import Any

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.options import resource_version, whole_number
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.representation import wanted
from servicelab.embedded.api.selectors import Matches, both, field_selector, label_selector
from servicelab.embedded.store import Gone, Object


def stored(api: Api, path: ResourcePath) -> Object:
    """The object a path names; ApiError (404) when there is none. Not to be changed."""
    found = api.store.get(path.resource, path.namespace, path.name)
    if found is None:
        raise errors.not_found(path.resource, path.name)
    return found


def selector(request: Request, path: ResourcePath) -> Matches:
    """What `?labelSelector=` and `?fieldSelector=` select."""
    matches = both(
        label_selector(request.parameter("labelSelector")),
        field_selector(request.parameter("fieldSelector"), path.resource),
    )
    if path.name:
        return lambda object: object["metadata"]["name"] == path.name and matches(object)
    return matches


def get(api: Api, request: Request, path: ResourcePath) -> Response:
    """One object."""
    form = wanted(request, path.resource, api.clock.now())
    return form.response(form.one(stored(api, path)))


def get_many(api: Api, request: Request, path: ResourcePath) -> Response:
    """A list, in pages when `?limit=` asks for it; the pages show one moment, that of the first."""
    form = wanted(request, path.resource, api.clock.now())
    matches = selector(request, path)
    limit = whole_number(request, "limit") or 0
    revision, after = _start(api, request)
    namespace = path.namespace if path.resource.namespaced and path.namespace else None
    try:
        objects = [one for one in api.store.objects_at(revision, path.resource, namespace) if matches(one)]
    except Gone:
        raise errors.expired(
            "The provided continue parameter is too old to display a consistent list result. "
            "You can start a new list without the continue parameter."
        ) from None
    objects = [one for one in objects if after is None or _key(one) > after]
    more: dict[str, Any] = {}
    if limit > 0 and len(objects) > limit:
        more = {"continue": _token(revision, _key(objects[limit - 1])), "remainingItemCount": len(objects) - limit}
        objects = objects[:limit]
    return form.response(form.many(objects, revision, more))


def _start(api: Api, request: Request) -> tuple[int, tuple[str, str] | None]:
    token = request.parameter("continue")
    if token:
        try:
            text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            read = json.loads(text)
            return int(read["rv"]), (str(read["namespace"]), str(read["name"]))
        except (ValueError, KeyError, TypeError):
            raise errors.bad_request(
                "invalid continue token: continue key is not valid: it was not given by this server"
            ) from None
    revision = resource_version(request)
    if revision is not None and revision > api.store.revision:
        message = "Too large resource version"
        raise errors.ApiError(
            504,
            "Timeout",
            f"Timeout: {message}: {revision}, current: {api.store.revision}",
            {"causes": [{"reason": "ResourceVersionTooLarge", "message": message}], "retryAfterSeconds": 1},
        )
    return api.store.revision, None


def _token(revision: int, key: tuple[str, str]) -> str:
    text = json.dumps({"rv": revision, "namespace": key[0], "name": key[1]})
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _key(object: Object) -> tuple[str, str]:
    return object["metadata"].get("namespace", ""), object["metadata"]["name"]
