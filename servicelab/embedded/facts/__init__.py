"""Facts about Kubernetes' fields and kinds, derived from a real API server by `tools/derive_api_facts.py`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from servicelab.embedded.resources import CUSTOM, Resource

KUBERNETES = Path(__file__).with_name("kubernetes.json")
META = "io.k8s.apimachinery.pkg.apis.meta.v1"


@dataclass(frozen=True)
class Field:
    """One field of a Go struct of the API.

    `name` is its name in JSON, None when the fields of its type stand in its place. `type` is one of string, bool,
    int32, int64, float64, bytes, time, microtime, int-or-string, quantity, any, `@struct`, `[]T`, `map:T` or `*T`.
    `omitted` says when Go leaves it out of JSON: never (""), when empty ("e"), when zero ("z"). `number` is its
    protobuf number (0: none). `go_type` is what Go's error messages call the type.
    """

    name: str | None
    type: str
    omitted: str
    number: int
    go_type: str


@dataclass(frozen=True)
class Column:
    """A column of a kind's table; `priority` 1 is shown with `-o wide` only."""

    name: str
    type: str
    format: str
    priority: int


@cache
def facts() -> dict[str, Any]:
    """The whole data file; read once. Do not change what is returned."""
    loaded: dict[str, Any] = json.loads(KUBERNETES.read_text(encoding="utf-8"))
    return loaded


@cache
def fields(struct: str) -> tuple[Field, ...]:
    """The fields of a struct, in Go's order."""
    return tuple(Field(*entry) for entry in facts()["structs"][struct])


@cache
def struct_of(resource: Resource) -> str:
    """The name of a kind's struct, for example `io.k8s.api.core.v1.Service`."""
    return struct_named(resource.group, resource.version, resource.kind)


@cache
def struct_named(group: str, version: str, kind: str) -> str:
    """The name of a struct by group, version and kind, also of kinds that are only sent and never kept."""
    for name, schema in facts()["schemas"].items():
        for entry in schema.get("x-kubernetes-group-version-kind", ()):
            if (entry["group"], entry["version"], entry["kind"]) == (group, version, kind):
                return str(name)
    raise KeyError(f"{group}/{version} {kind}")


def schema(struct: str) -> dict[str, Any]:
    """The OpenAPI schema of a struct."""
    found: dict[str, Any] = facts()["schemas"][struct]
    return found


def definition(resource: Resource) -> dict[str, Any] | None:
    """The `spec` of the CustomResourceDefinition of a kind; None for kinds that Kubernetes itself has."""
    found: dict[str, Any] | None = facts()["definitions"].get(resource.qualified)
    return found


@cache
def custom_schema(struct: str) -> dict[str, Any] | None:
    """The schema that a definition gives for a custom kind; None for structs with a Go type of their own."""
    for resource in CUSTOM:
        if struct_of(resource) == struct:
            version: dict[str, Any] = facts()["definitions"][resource.qualified]["versions"][0]
            schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
            return schema
    return None


@cache
def columns(resource: Resource) -> tuple[Column, ...]:
    """The columns of a kind's table."""
    return tuple(Column(*entry) for entry in facts()["columns"][resource.qualified])


def kubernetes_version() -> str:
    """The release the facts are from, for example `v1.36.3`."""
    return str(facts()["kubernetes"])
