"""Fits decoded JSON to the schema of a custom kind: what the schema does not know is reported and dropped (pruned).

Custom kinds have no Go type, so values keep their form; whether they are of the right type is judged at admission.
"""

from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api import typed

Schema = dict[str, Any]
OBJECT_META = f"{facts.META}.ObjectMeta"


def fit(struct: str, value: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The object as Kubernetes would keep it, and what strict decoding would complain about; of any kind.

    Raises Unreadable for values of a wrong type.
    """
    schema = facts.custom_schema(struct)
    if schema is None:
        return typed.fit(struct, value)
    metadata, found = typed.fit(OBJECT_META, value.get("metadata") or {})
    problems = [problem.replace('field "', 'field "metadata.') for problem in found]
    rest = {name: item for name, item in value.items() if name != "metadata"}
    fitted = _fitted(schema, rest, "", problems)
    repeated = [problem for problem in problems if problem.startswith("duplicate")]
    unknown = sorted(problem for problem in problems if not problem.startswith("duplicate"))
    return fitted | {"metadata": metadata}, repeated + unknown


def _fitted(schema: Schema, value: Any, path: str, problems: list[str]) -> Any:
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_fitted(items, item, f"{path}[{index}]", problems) for index, item in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, dict):
        return value
    repeated = value.pairs if isinstance(value, typed.RepeatedKeys) else ()
    seen: set[str] = set()
    for name, _ in repeated:
        if name in seen:
            problems.append(f'duplicate field "{_below(path, name)}"')
        seen.add(name)
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    kept = {}
    for name, item in value.items():
        known = properties.get(name, others)
        if known is None:
            problems.append(f'unknown field "{_below(path, name)}"')
        else:
            kept[name] = _fitted(known, item, _below(path, name), problems)
    return kept


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
