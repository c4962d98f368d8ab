"""Strategic merge patches, as `kubectl apply`, `set`, `patch` and `rollout` send them.

Which lists are merged, and by which key, comes from the derived facts.
"""

from typing import Any

from servicelab.embedded import facts, go_values
from servicelab.embedded.api.failures import Unreadable

PATCH = "$patch"
RETAIN_KEYS = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE_FROM = "$deleteFromPrimitiveList/"
Schema = dict[str, Any]


class NoMergeKey(Exception):
    """An element of a merged list does not have the key it is merged by (HTTP 500, as on a real cluster)."""


def merged(original: dict[str, Any], patch: dict[str, Any], struct: str) -> dict[str, Any]:
    """What the patch makes of the object. Raises Unreadable or NoMergeKey for a patch that cannot be applied."""
    return _merge_map(original, patch, facts.schema(struct))


def _merge_map(original: dict[str, Any], patch: dict[str, Any], schema: Schema) -> dict[str, Any]:
    directive = patch.get(PATCH)
    if directive == "replace":
        return _cleaned({key: value for key, value in patch.items() if key != PATCH}, schema)
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise Unreadable(f"unknown patch type found: {directive}")
    result = dict(original)
    if RETAIN_KEYS in patch:
        retained = set(patch[RETAIN_KEYS])
        result = {key: value for key, value in result.items() if key in retained}
    for key, value in patch.items():
        if key.startswith(DELETE_FROM):
            name = key.removeprefix(DELETE_FROM)
            result[name] = [item for item in result.get(name) or [] if item not in value]
    orders = {key.removeprefix(ORDER): value for key, value in patch.items() if key.startswith(ORDER)}
    for key, value in patch.items():
        if key in (PATCH, RETAIN_KEYS) or key.startswith((ORDER, DELETE_FROM)):
            continue
        if value is None:
            result.pop(key, None)
            continue
        inner = _property(schema, key)
        strategies = inner.get("x-kubernetes-patch-strategy", "").split(",")
        if isinstance(value, dict):
            before = result.get(key)
            before = before if isinstance(before, dict) and "replace" not in strategies else {}
            result[key] = _merge_map(before, value, inner)
        elif isinstance(value, list) and "merge" in strategies:
            before = result.get(key)
            result[key] = _merge_list(before if isinstance(before, list) else [], value, inner, orders.get(key))
        else:
            result[key] = value
    for key, order in orders.items():
        if key not in patch and isinstance(result.get(key), list):
            result[key] = _ordered(result[key], result[key], order, _merge_key(_property(schema, key)))
    return result


def _merge_list(original: list[Any], patch: list[Any], schema: Schema, order: list[Any] | None) -> list[Any]:
    key = _merge_key(schema)
    if key is None:
        union = _ordered([*original, *(item for item in patch if item not in original)], original, patch, None)
        return _ordered(union, original, order, None) if order else union
    items = _resolved(schema.get("items", {}))
    for item in patch:
        if not isinstance(item, dict):
            raise Unreadable(f"unable to find api field in struct for the element {item!r}")
    if any(item.get(PATCH) == "replace" for item in patch):
        return [_cleaned(item, items) for item in patch if item.get(PATCH) != "replace"]
    result = list(original)
    for item in patch:
        if key not in item:
            raise NoMergeKey(f"map: {go_values.plain(item)} does not contain declared merge key: {key}")
        if item.get(PATCH) == "delete":
            result = [kept for kept in result if kept.get(key) != item[key]]
            continue
        for index, kept in enumerate(result):
            if kept.get(key) == item[key]:
                result[index] = _merge_map(kept, item, items)
                break
        else:
            result.append(_merge_map({}, item, items))
    plain = [item for item in patch if PATCH not in item]
    result = _ordered(result, original, plain, key)
    return _ordered(result, original, order, key) if order else result


def _ordered(items: list[Any], original: list[Any], order: list[Any], key: str | None) -> list[Any]:
    """The elements the patch names in its order; the others keep their place relative to the original."""

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    wanted = [identity(item) for item in order]
    positions = {str(identity(item)): index for index, item in enumerate(original)}
    named = sorted((item for item in items if identity(item) in wanted), key=lambda item: wanted.index(identity(item)))
    others = [item for item in items if identity(item) not in wanted]
    result = []
    while named and others:
        first = positions.get(str(identity(named[0])))
        other = positions.get(str(identity(others[0])))
        take_named = first is None or (other is not None and first < other)
        result.append(named.pop(0) if take_named else others.pop(0))
    return result + named + others


def _cleaned(value: dict[str, Any], schema: Schema) -> dict[str, Any]:
    return _merge_map({}, {key: item for key, item in value.items() if key != PATCH}, schema)


def _resolved(schema: Schema) -> Schema:
    """The schema itself, with its references followed; what stands beside a reference stays."""
    reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part), None)
    if reference is None:
        return schema
    own = {key: value for key, value in schema.items() if key.startswith("x-kubernetes-patch")}
    return facts.schema(reference.rsplit("/", 1)[-1]) | own


def _property(schema: Schema, name: str) -> Schema:
    properties = schema.get("properties", {})
    if name in properties:
        return _resolved(properties[name])
    additional = schema.get("additionalProperties")
    return _resolved(additional) if isinstance(additional, dict) else {}


def _merge_key(schema: Schema) -> str | None:
    key = schema.get("x-kubernetes-patch-merge-key")
    return str(key) if key else None
