"""The fields that a place in a manifest may have: which there are, from the API's facts, and what they mean.

The facts hold no prose; the API's own descriptions are in the docstrings of lightkube's types, made from the same
release's OpenAPI. Fields of custom kinds have a type and no description.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from servicelab.embedded import facts
from servicelab.manifests.paths import Step

DESCRIBED = re.compile(r"^ *\* \*\*(\w+?)_?\*\* ``.*?`` - (.*?)(?=^ *\* \*\*|\Z)", re.MULTILINE | re.DOTALL)
REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """A field by its name; `type` as `kubectl explain` names it, `meaning` in the API's words, or empty."""

    name: str
    type: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.name} <{self.type}>\n{self.meaning}".rstrip()


def fields_at(api_version: str, kind: str, path: Sequence[Step]) -> tuple[Field, ...]:
    """The fields of the map at a path of an object; none where the API has no such kind or place."""
    group, _, version = api_version.rpartition("/")
    try:
        schema = _resolved({"$ref": REFERENCE + facts.struct_named(group, version, kind)})
    except KeyError:
        return ()
    for step in path:
        inside = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
        schema = _resolved(inside or schema.get("additionalProperties") or {})
    meanings = _meanings(schema.get("struct", ""))
    return tuple(
        Field(name, _type(inside), meanings.get(name, "")) for name, inside in schema.get("properties", {}).items()
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema itself, where another is named; `struct` says whose it is."""
    for named in (schema, *schema.get("allOf", ())):
        if "$ref" in named:
            struct = named["$ref"].removeprefix(REFERENCE)
            return {**facts.schema(struct), "struct": struct}
    return schema


def _type(schema: dict[str, Any]) -> str:
    """A field's type as `kubectl explain` names it, and the values to choose from where there are few."""
    values = ", ".join(value for value in _resolved(schema).get("enum", ()) if value)
    return f"{_bare_type(schema)}{values and ': '}{values}"


def _bare_type(schema: dict[str, Any]) -> str:
    resolved = _resolved(schema)
    if "items" in resolved:
        return f"[]{_bare_type(resolved['items'])}"
    if isinstance(values := resolved.get("additionalProperties"), dict):
        return f"map[string]{_bare_type(values)}"
    if "properties" in resolved or resolved.get("type") is None:
        return str(resolved.get("struct", "Object").rpartition(".")[2])
    return str(resolved["type"])


@cache
def _meanings(struct: str) -> dict[str, str]:
    """What each field of a struct means; `io.k8s.api.core.v1.Pod` is `Pod` in lightkube's `core_v1`."""
    *_, group, version, name = ("", "", *struct.split("."))
    try:
        described = getattr(import_module(f"lightkube.models.{group}_{version}"), name).__doc__ or ""
    except (ImportError, AttributeError):
        return {}
    return {field: " ".join(words.split()) for field, words in DESCRIBED.findall(described)}
