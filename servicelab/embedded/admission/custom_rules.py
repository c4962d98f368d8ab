"""Objects of custom kinds: the defaults and types that the schema of their definition gives (structural schemas).

What a CustomResourceDefinition can say beyond this (enums, patterns, limits, CEL rules) no definition here says.
"""

from collections.abc import Callable
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object

Schema = dict[str, Any]
IS_OF_TYPE: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
METADATA_TIMES_ON_CHANGE = 3
TYPE_INVALID = "FieldValueTypeInvalid"


def schema_of(resource: Resource) -> Schema:
    """The schema of a custom kind."""
    schema = facts.custom_schema(facts.struct_of(resource))
    if schema is None:
        raise TypeError(f"{resource.qualified} is no custom kind")
    return schema


def default_custom(resource: Resource) -> Callable[[Object], None]:
    """What fills in objects of a kind: nulls are dropped, then defaults are set where an object is there."""

    def default(object: Object) -> None:
        _fill_in(schema_of(resource), object)

    return default


def judge_custom(resource: Resource) -> Callable[[Object, Object | None], list[Cause]]:
    """What judges objects of a kind: metadata, and types and required fields by the schema."""

    def judge(new: Object, old: Object | None) -> list[Cause]:
        rest = {key: value for key, value in new.items() if key not in ("apiVersion", "kind", "metadata")}
        found = judge_metadata(new, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
        return found + _judge(schema_of(resource), rest, "")

    return judge


def _fill_in(schema: Schema, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _fill_in(schema.get("items", {}), item)
    if not isinstance(value, dict):
        return
    properties = schema.get("properties", {})
    for name in [name for name, item in value.items() if item is None and name in properties]:
        del value[name]
    for name, known in properties.items():
        if "default" in known:
            value.setdefault(name, known["default"])
        if name in value:
            _fill_in(known, value[name])


def _judge(schema: Schema, value: Any, field: str) -> list[Cause]:
    wanted = schema.get("type", "object")
    if not IS_OF_TYPE[wanted](value):
        return _wrong_type(field, value, wanted)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [cause for index, item in enumerate(value) for cause in _judge(items, item, f"{field}[{index}]")]
    if not isinstance(value, dict):
        return []
    found, properties = [], schema.get("properties", {})
    for name, item in value.items():
        found += _judge(properties.get(name, schema.get("additionalProperties", {})), item, _below(field, name))
    return found + [causes.required(_below(field, name)) for name in schema.get("required", ()) if name not in value]


def _wrong_type(field: str, value: Any, wanted: str) -> list[Cause]:
    found = next((name for name, is_of_type in IS_OF_TYPE.items() if is_of_type(value)), "null")
    detail = f'{field} in body must be of type {wanted}: "{found}"'
    problems = [Cause(field, TYPE_INVALID, f'Invalid value: "{found}": {detail}')]
    if (found, wanted) == ("number", "integer"):
        detail = f"Checked value must be of type integer (default format) in {field}"
        problems.append(causes.invalid("<nil>", "", detail))
    return problems


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
