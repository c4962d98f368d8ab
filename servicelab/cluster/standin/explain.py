"""`explain`: what a field is, from the server's OpenAPI, as kubectl prints it."""

import argparse
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from servicelab.cluster.base import MachineError
from servicelab.cluster.standin.connection import Connection, Kind

WIDTH = 76
"""Of a description's lines, without what they are indented by."""
INDENT = "    "
MOST_CHOICES = 4
"""So many values of a field are told in the list of fields."""
Schema = dict[str, Any]


def run(options: argparse.Namespace, connection: Connection) -> int:
    """Print what an object or a field of it is."""
    word, *path = options.field.split(".")
    kind = connection.kind(word)
    schemas = _schemas(connection, kind)
    print("\n".join(_headed(kind)))  # before a field that does not exist is told, as kubectl does
    described = inner = next(one for one in schemas.values() if _is_of(one, kind))
    for step in path:
        described = inner.get("properties", {}).get(step)
        if described is None:
            raise MachineError(f'field "{step}" does not exist')
        inner = _inside(described, schemas)
    print("\n".join(_told(path[-1] if path else "", described, inner)))
    return 0


def _schemas(connection: Connection, kind: Kind) -> dict[str, Schema]:
    """The schemas of a kind's group, by name."""
    place = "apis" if kind.group else "api"
    found = connection.rest.send("GET", f"/openapi/v3/{place}/{kind.api_version}").json()
    schemas: dict[str, Schema] = found["components"]["schemas"]
    return schemas


def _is_of(schema: Schema, kind: Kind) -> bool:
    wanted = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    return wanted in schema.get("x-kubernetes-group-version-kind", ())


def _inside(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema with the fields of what a field, a list of it or a map of it holds."""
    while True:
        if name := _named(schema):
            schema = schemas[name]
        elif inside := schema.get("items") or schema.get("additionalProperties"):
            schema = inside
        else:
            return schema


def _named(schema: Schema) -> str:
    """The schema that one stands for, by name; empty when it is one itself."""
    found = (one["$ref"] for one in (schema, *schema.get("allOf", ())) if "$ref" in one)
    return next(found, "").rpartition("/")[2]


def _type(schema: Schema) -> str:
    if name := _named(schema):
        return name.rpartition(".")[2]
    if "items" in schema:
        return f"[]{_type(schema['items'])}"
    if "additionalProperties" in schema:
        return f"map[string]{_type(schema['additionalProperties'])}"
    return str(schema.get("type", "Object"))


def _headed(kind: Kind) -> list[str]:
    group = [f"GROUP:      {kind.group}"] if kind.group else []
    return [*group, f"KIND:       {kind.kind}", f"VERSION:    {kind.version}", ""]


def _told(name: str, described: Schema, inner: Schema) -> Iterator[str]:
    if name:
        yield f"FIELD: {name} <{_type(described)}>"
        choices = [f"{INDENT}{one}" for one in _choices(described)]
        yield from ["ENUM:", *choices] if choices else [""]
        yield ""
    yield "DESCRIPTION:"
    texts = [one["description"] for one in (described, inner) if one.get("description")]
    yield from _wrapped("\n".join(dict.fromkeys(texts)) + "\n" if texts else "<empty>")
    if fields := inner.get("properties"):
        yield "FIELDS:"
        for field in sorted(fields):
            yield from _listed(field, fields[field], field in inner.get("required", ()))
    yield ""


def _listed(name: str, schema: Schema, is_required: bool) -> Iterator[str]:
    """A field in the list of an object's fields."""
    yield f"  {name}\t<{_type(schema)}>{' -required-' if is_required else ''}"
    if choices := _choices(schema):
        more = ", ...." if len(choices) > MOST_CHOICES else ""
        yield f"  enum: {', '.join(choices[:MOST_CHOICES])}{more}"
    yield from _wrapped(schema.get("description") or "<no description>")
    yield ""


def _choices(schema: Schema) -> list[str]:
    return [str(one) for one in schema.get("enum", ())]


def _wrapped(text: str) -> list[str]:
    """A text's lines, none too long but for words that are."""
    lines = (wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n"))
    return [INDENT + part for some in lines for part in some]
