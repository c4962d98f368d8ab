"""Whether what somebody applies has the form that its kind's schema asks for, in the API server's words."""

from typing import Any

from servicelab.embedded import go_values
from servicelab.embedded.managed_fields.field_set import path_text
from servicelab.embedded.managed_fields.shape import Kind, Shape, of_value
from servicelab.embedded.managed_fields.values import Unkeyed, step_of


def problems(value: Any, shape: Shape, path: str = "") -> list[str]:
    """What is wrong, each with its path; empty when nothing is."""
    shape = of_value(shape, value)
    if value is None:
        return []
    match shape.kind:
        case Kind.SCALAR:
            return _scalar_problems(value, shape, path)
        case Kind.LIST:
            if not isinstance(value, list):
                return [f"{path}: expected list, got {_printed(value)}"]
            return _list_problems(value, shape, path)
    if not isinstance(value, dict):
        return [f"{path}: expected map, got {_printed(value)}"]
    found: list[str] = []
    for name, item in value.items():
        inner = shape.field(name)
        if inner is None:
            return [*found, f"{path}.{name}: field not declared in schema"]
        found += problems(item, inner, f"{path}.{name}")
    return found


def _list_problems(items: list[Any], shape: Shape, path: str) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        step = f"i:{index}"
        if not shape.atomic:
            try:
                step = step_of(item, shape)
            except Unkeyed as problem:
                return [*found, f"{path}: element {index}: {problem}"]
            if step in seen:
                found.append(f"{path}: duplicate entries for key {path_text((step,))}")
            seen.add(step)
        found += problems(item, shape.element, path + path_text((step,)))
    return found


def _scalar_problems(value: Any, shape: Shape, path: str) -> list[str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match shape.scalar:
        case "numeric" if not is_number:
            return [f"{path}: expected numeric (int or float), got {go_values.type_name(value)}"]
        case "string" if not isinstance(value, str):
            return [f"{path}: expected string, got &value.valueUnstructured{{Value:{go_values.syntax(value)}}}"]
        case "boolean" if not isinstance(value, bool):
            return [f"{path}: expected boolean, got {_printed(value)}"]
        case "untyped" if isinstance(value, list | dict):
            return [f"{path}: expected any scalar, got {_printed(value)}"]
    return []


def _printed(value: Any) -> str:
    """As Go prints a value that it keeps in a struct."""
    return f"&{{{go_values.plain(value)}}}"
