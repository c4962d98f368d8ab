"""`/openapi/v3`: what `kubectl explain` prints, and how `kubectl apply` learns that the server validates fields."""

import hashlib
from functools import cache
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.messages import JSON, Request, Response, encoded, json_response
from servicelab.embedded.resources import CUSTOM, RESOURCES, Resource

QUERY_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)


V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
EMPTY_V2 = b"\x0a\x032.0"
"""A document of version 2 that says `swagger: "2.0"` and nothing more."""


def openapi(request: Request) -> Response | None:
    """The answer to an OpenAPI request, None when there is no such document.

    Version 2 is empty: kubectl looks there last, for kinds that version 3 does not have, and gives up on the whole
    command when it is not there at all; so a mistyped kind is reported as such.
    """
    if request.path == "/openapi/v2":
        if V2_PROTOBUF in request.accept:
            return Response(200, EMPTY_V2, V2_PROTOBUF.replace("@", "."))  # "@" is no part of a media type
        title = {"title": "Kubernetes", "version": facts.kubernetes_version()}
        return json_response({"swagger": "2.0", "info": title, "paths": {}, "definitions": {}})
    parts = [part for part in request.path.split("/") if part]
    if parts[:2] != ["openapi", "v3"]:
        return None
    if len(parts) == 2:
        paths = {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"} for path, (_, digest) in _documents()}
        return json_response({"paths": paths})
    for path, (document, digest) in _documents():
        if path == "/".join(parts[2:]):
            return Response(200, document, JSON, (("ETag", f'"{digest}"'), ("Vary", "Accept")))
    return None


@cache
def _documents() -> tuple[tuple[str, tuple[bytes, str]], ...]:
    built = []
    for group_version in facts.facts()["discovery"]:
        path = f"apis/{group_version}" if "/" in group_version else f"api/{group_version}"
        document = encoded(_document(group_version))
        built.append((path, (document, hashlib.sha256(document).hexdigest().upper())))
    return tuple(built)


def _document(group_version: str) -> dict[str, Any]:
    resources = [resource for resource in RESOURCES if resource.api_version == group_version]
    names = {facts.struct_of(resource) for resource in resources} | {f"{facts.META}.DeleteOptions"}
    schemas: dict[str, Any] = {}
    while names:
        name = names.pop()
        schemas[name] = facts.schema(name)
        names |= _references(schemas[name]) - set(schemas)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": facts.kubernetes_version()},
        "paths": {_path(resource): _operations(resource) for resource in resources},
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _path(resource: Resource) -> str:
    prefix = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    middle = "/namespaces/{namespace}" if resource.namespaced else ""
    return f"{prefix}{middle}/{resource.plural}/{{name}}"


def _operations(resource: Resource) -> dict[str, Any]:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    reference = {"$ref": f"#/components/schemas/{facts.struct_of(resource)}"}
    answer = {"200": {"description": "OK", "content": {JSON: {"schema": reference}}}}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in QUERY_PARAMETERS]
    body = {"type": "object"}
    return {
        "get": {"responses": answer, "x-kubernetes-action": "get", "x-kubernetes-group-version-kind": kind},
        "put": {
            "parameters": parameters,
            "requestBody": {"content": {JSON: {"schema": reference}}},
            "responses": answer,
            "x-kubernetes-action": "put",
            "x-kubernetes-group-version-kind": kind,
        },
        "patch": {
            "parameters": parameters,
            "requestBody": {"content": {patch_type: {"schema": body} for patch_type in _patch_types(resource)}},
            "responses": answer,
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": kind,
        },
    }


def _patch_types(resource: Resource) -> list[str]:
    """Custom kinds take no strategic merge patch; kubectl looks here which patch to send."""
    return [kind for kind in PATCH_TYPES if resource not in CUSTOM or not kind.startswith("application/strategic")]


def _references(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            found.add(schema["$ref"].rsplit("/", 1)[-1])
        for item in schema.values():
            found |= _references(item)
    elif isinstance(schema, list):
        for item in schema:
            found |= _references(item)
    return found
