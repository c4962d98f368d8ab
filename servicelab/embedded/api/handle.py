"""From a request to its answer: which handler, and Status objects for what goes wrong."""

import json
from collections.abc import Callable
from dataclasses import replace

from servicelab.embedded import facts
from servicelab.embedded.api import access, errors, eviction, execute, logs, proxy, read, remove, scale, watch, write
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.decoding import LARGEST_BODY
from servicelab.embedded.api.discovery import discovery
from servicelab.embedded.api.messages import Answer, Request, Response, json_response, text_response
from servicelab.embedded.api.openapi import openapi
from servicelab.embedded.api.paths import ResourcePath, names_group_version, parse
from servicelab.embedded.api.representation import deprecations
from servicelab.embedded.api.reviews import review

HEALTH = ("/healthz", "/livez", "/readyz")
Handler = Callable[[Api, Request, ResourcePath], Answer]
READ_ONLY = ("GET", "HEAD")

COLLECTION: dict[str, Handler] = {"GET": read.get_many, "POST": write.create, "DELETE": remove.delete_many}
OBJECT: dict[str, Handler] = {
    "GET": read.get,
    "PUT": write.replace,
    "PATCH": write.patch,
    "DELETE": remove.delete,
}
SUBRESOURCES: dict[str, dict[str, Handler]] = {
    "status": {"GET": read.get, "PUT": write.replace, "PATCH": write.patch},
    "finalize": {"PUT": write.replace},
    "scale": {"GET": scale.get_scale, "PUT": scale.set_scale, "PATCH": scale.set_scale},
    "log": {"GET": logs.log},
    "eviction": {"POST": eviction.evict},
    "exec": {"GET": execute.execute, "POST": execute.execute},
    "attach": {"GET": execute.attach, "POST": execute.attach},
    "portforward": {"GET": execute.port_forward, "POST": execute.port_forward},
    "proxy": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), proxy.proxy),
}
REFUSED = {
    "ephemeralcontainers": "the embedded cluster does not do kubectl debug; use kubectl exec",
    "resize": "the embedded cluster does not resize Pods; change the Deployment instead",
    "token": "the embedded cluster gives no service account tokens; use lab cluster kubeconfig --namespace NAMESPACE",
}


def handle(api: Api, request: Request) -> Answer:
    """Answer one request; never raises ApiError."""
    try:
        return _route(api, request)
    except errors.ApiError as problem:
        return problem.response()


def _route(api: Api, request: Request) -> Answer:
    if len(request.body) > LARGEST_BODY:
        raise errors.ApiError(
            413, "RequestEntityTooLarge", f"Request entity too large: limit is {LARGEST_BODY}", has_details=True
        )
    access.check(request)
    beside = _beside_resources(api, request)
    if beside is not None:
        return beside
    path = parse(request.path)
    if path is None:
        if names_group_version(request.path):
            raise errors.no_such_path()
        return text_response("404 page not found\n", 404)
    try:
        answer = _handler(request, path)(api, request, path)
    except errors.ApiError as problem:
        problem.warnings = deprecations(path.resource)
        raise
    if request.method not in READ_ONLY:
        api.settle()
    return answer


def _handler(request: Request, path: ResourcePath) -> Handler:
    method = "GET" if request.method == "HEAD" else request.method
    if path.subresource:
        if path.subresource in REFUSED:
            raise errors.not_supported(REFUSED[path.subresource])
        if path.subresource not in path.resource.subresources:
            raise errors.no_such_path()
        handlers = SUBRESOURCES[path.subresource]
    else:
        handlers = OBJECT if path.name else COLLECTION
    if method not in handlers:
        raise errors.method_not_allowed()
    if path.resource.namespaced and not path.namespace and method != "GET":
        raise errors.method_not_allowed()
    if request.flag("watch") and method == "GET" and not path.subresource:
        return watch.Watch
    return handlers[method]


def _beside_resources(api: Api, request: Request) -> Answer | None:
    """What is not about objects: health, version, discovery, OpenAPI, reviews, our own probes."""
    path = request.path
    if path.startswith("/lab/") and api.laboratory is not None:
        answer: Answer = api.laboratory(request)
        return answer
    if request.method == "POST":
        return review(request)
    if request.method not in READ_ONLY:
        return None
    if path.startswith(HEALTH) and path.split("/")[1] in ("healthz", "livez", "readyz"):
        return text_response("ok")
    if path.rstrip("/") == "/version":
        return replace(json_response(_version()), body=json.dumps(_version(), indent=2).encode())
    if path.startswith("/openapi/"):
        return openapi(request)
    return discovery(request, api.server_address)


def _version() -> dict[str, str]:
    numbers: dict[str, str] = facts.facts()["version"]
    return numbers | {
        "gitVersion": facts.kubernetes_version(),
        "gitCommit": "embedded",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "servicelab/embedded",
    }


__all__ = ["Response", "handle"]
