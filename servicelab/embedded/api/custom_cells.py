"""The cells of a custom kind's table: what the `additionalPrinterColumns` of its definition point at."""

import json
from typing import Any

from servicelab.embedded.api.ages import age
from servicelab.embedded.store import Object

TYPES: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "boolean": (bool,)}


def custom_cells(definition: dict[str, Any], object: Object, now: float) -> list[Any]:
    """The name, then one cell per column; None (shown empty) where the path leads nowhere or to another type."""
    columns = definition["versions"][0].get("additionalPrinterColumns", ())
    return [object["metadata"]["name"], *(_cell(column, object, now) for column in columns)]


def _cell(column: dict[str, Any], object: Object, now: float) -> Any:
    value: Any = object
    for name in column["jsonPath"].removeprefix(".").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return None
    kind = column["type"]
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if kind == "date":
        return age(value, now)
    return value if isinstance(value, TYPES[kind]) else None
