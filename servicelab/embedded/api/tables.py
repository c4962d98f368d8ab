"""Tables, as `kubectl get` prints them: columns from the derived facts, cells per kind from `cells`."""

from collections.abc import Sequence
from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.api.cells import cells_of
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object


def table(
    resource: Resource, objects: Sequence[Object], now: float, include: str, with_columns: bool, revision: str
) -> dict[str, Any]:
    """A Table object; `include` says what of each object its row carries (Metadata, Object or None)."""
    written: dict[str, Any] = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": revision} if revision else {},
    }
    written["columnDefinitions"] = _columns(resource) if with_columns else None
    written["rows"] = [_row(resource, object, now, include) for object in objects]
    return written


def metadata_only(object: Object) -> dict[str, Any]:
    """A PartialObjectMetadata of the object."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]}


def _columns(resource: Resource) -> list[dict[str, Any]]:
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": "",
            "priority": column.priority,
        }
        for column in facts.columns(resource)
    ]


def _row(resource: Resource, object: Object, now: float, include: str) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": cells_of(resource, object, now)}
    if include == "Object":
        row["object"] = object
    elif include != "None":
        row["object"] = metadata_only(object)
    return row
