"""What fields a value has, what differs between two values, and values with fields taken away.

The rules are those of Kubernetes' structured merge diff; each is confirmed by a recorded sequence of requests.
"""

import json
from functools import lru_cache
from typing import Any

from servicelab.embedded.managed_fields.field_set import (
    LEAF,
    SELF,
    Fields,
    below,
    has,
)
from servicelab.embedded.managed_fields.shape import Kind, Shape, of_value

ABSENT: Any = object()


class Unkeyed(Exception):
    """An element of a list has nothing by which to tell it from others; the text says what is missing."""


def step_of(item: Any, shape: Shape) -> str:
    """How the path to an element of a list that is a set or a map goes on. Raises Unkeyed."""
    if not shape.keys:
        if isinstance(item, dict):
            raise Unkeyed("associative list without keys has an element that's a map type")
        if isinstance(item, list):
            raise Unkeyed("not supported: associative list with lists as elements")
        if item is None:
            raise Unkeyed("associative list without keys has an element that's an explicit null")
        return f"v:{_text(item)}"
    if item is None:
        raise Unkeyed("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise Unkeyed("associative list with keys may not have non-map elements")
    given: list[Any] = []
    for key in shape.keys:
        value = item[key] if key in item else shape.default_of_key(key)
        if value is not None or key in item:
            given += (key, value)
    if not given:
        names = " ".join(json.dumps(key) for key in shape.keys)
        raise Unkeyed(
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)"
        )
    try:
        return _key_step(*given)
    except TypeError:  # a key that is a list or a map, which validation refuses
        return f"k:{_text(dict(zip(given[::2], given[1::2], strict=True)))}"


@lru_cache(maxsize=4096, typed=True)
def _key_step(*given: Any) -> str:
    return f"k:{_text(dict(sorted(zip(given[::2], given[1::2], strict=True))))}"


def fields_of(value: Any, shape: Shape) -> Fields:
    """What somebody who applies the value owns: its leaves, and the elements of its lists."""
    return _leaves(value, shape) or {}


def _leaves(value: Any, shape: Shape) -> Fields | None:
    """The node of a value: None when nothing of it is owned, LEAF when it is owned as a whole."""
    shape = of_value(shape, value)
    if shape.whole:
        return LEAF
    node: Fields = {}
    if shape.kind is Kind.MAP and isinstance(value, dict):
        for name, item in value.items():
            inner = shape.field(name)
            owned = _leaves(item, inner) if inner is not None else LEAF
            if item is None or item == {} or not shape.declares(name):
                owned = {SELF: LEAF, **owned} if owned else LEAF
            if owned is not None:
                node[f"f:{name}"] = owned
    elif shape.kind is Kind.LIST and isinstance(value, list):
        for item in value:
            owned = _leaves(item, shape.element)
            node[step_of(item, shape)] = {SELF: LEAF, **owned} if owned else LEAF
    return node or None


def compare(old: Any, new: Any, shape: Shape) -> tuple[Fields, Fields]:
    """What of `new` is added or changed, and what of `old` is gone. ABSENT stands for no value."""
    changed, gone = _compare(old, new, shape)
    return changed or {}, gone or {}


def _compare(old: Any, new: Any, shape: Shape) -> tuple[Fields | None, Fields | None]:
    if old is ABSENT:
        return _all(new, shape), None
    if new is ABSENT:
        return None, _all(old, shape)
    if old == new:
        return None, None
    shape = of_value(shape, new if old is None else old)
    container = dict if shape.kind is Kind.MAP else list
    if shape.whole or not (old or new) or not (_is_or_none(old, container) and _is_or_none(new, container)):
        return LEAF, None
    changed: Fields = {}
    gone: Fields = {}
    if shape.kind is Kind.MAP:
        _compare_fields(old or {}, new or {}, shape, changed, gone)
    else:
        _compare_elements(_by_step(old or [], shape), _by_step(new or [], shape), shape.element, changed, gone)
    return changed or None, gone or None


def _is_or_none(value: Any, container: type) -> bool:
    return value is None or isinstance(value, container)


def _compare_fields(old: dict[str, Any], new: dict[str, Any], shape: Shape, changed: Fields, gone: Fields) -> None:
    for name, before in old.items():
        if name not in new and (known := shape.step(name)) is not None:
            gone[known[0]] = _all(before, known[1])
    for name, after in new.items():
        before = old.get(name, ABSENT)
        if before == after or (known := shape.step(name)) is None:
            continue
        step, inner = known
        if inner.whole:
            changed[step] = LEAF
        elif before is ABSENT:
            changed[step] = _all(after, inner)
        else:
            _put(changed, gone, step, _compare(before, after, inner))


def _compare_elements(
    old: dict[str, list[Any]], new: dict[str, list[Any]], element: Shape, changed: Fields, gone: Fields
) -> None:
    """Elements one by one; those that stand there more than once (which an update may do) as a whole."""
    for step in {**old, **new}:
        before, after = old.get(step, []), new.get(step, [])
        if len(before) <= 1 and len(after) <= 1:
            found = _compare(before[0] if before else ABSENT, after[0] if after else ABSENT, element)
            _put(changed, gone, step, found)
        elif len(before) > 1 and len(after) > 1:
            if before != after:
                changed[step] = LEAF
        elif len(before) > 1:
            gone[step] = LEAF
            if after:
                changed[step] = _all(after[0], element)
        else:
            changed[step] = LEAF
            if before:
                gone[step] = _all(before[0], element)


def _put(changed: Fields, gone: Fields, step: str, found: tuple[Fields | None, Fields | None]) -> None:
    if found[0] is not None:
        changed[step] = found[0]
    if found[1] is not None:
        gone[step] = found[1]


def _all(value: Any, shape: Shape) -> Fields:
    """The node of a value that comes or goes: with all that is in it, also what only holds other things."""
    shape = of_value(shape, value)
    if shape.whole or not value:
        return LEAF
    node: Fields = {SELF: LEAF}
    if shape.kind is Kind.MAP and isinstance(value, dict):
        for name, item in value.items():
            known = shape.step(name)
            if known is not None:
                node[known[0]] = LEAF if known[1].whole else _all(item, known[1])
    elif shape.kind is Kind.LIST and isinstance(value, list):
        element = shape.element
        for step, items in _by_step(value, shape).items():
            node[step] = LEAF if element.whole or len(items) > 1 else _all(items[0], element)
    return node


def _by_step(items: list[Any], shape: Shape) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        try:
            found.setdefault(step_of(item, shape), []).append(item)
        except Unkeyed:
            continue
    return found


def without(value: Any, fields: Fields, shape: Shape) -> Any:
    """The value without these fields; a map or list that loses all it has stays, empty."""
    shape = of_value(shape, value)
    if shape.kind is Kind.SCALAR:
        return value
    if shape.atomic or not value:
        return None
    matched = False
    if shape.kind is Kind.MAP and isinstance(value, dict):
        kept: dict[str, Any] = {}
        for name, item in value.items():
            step, inner = f"f:{name}", shape.field(name)
            if has(fields, step):
                continue
            rest = below(fields, step)
            if rest and inner is not None:
                matched, item = True, _emptied(item, without(item, rest, inner))
            kept[name] = item
        return kept if kept or matched else None
    if shape.kind is Kind.LIST and isinstance(value, list):
        items: list[Any] = []
        for item in value:
            step = step_of(item, shape)
            if has(fields, step):
                continue
            rest = below(fields, step)
            if rest:
                matched, item = True, _emptied(item, without(item, rest, shape.element))
            items.append(item)
        return items if items or matched else None
    return None


def _emptied(before: Any, after: Any) -> Any:
    if after is None and isinstance(before, dict | list):
        return type(before)()
    return after


def merged(live: Any, applied: Any, shape: Shape) -> Any:
    """The live value with what is applied put over it; new elements of a list take the place the applier gives."""
    if applied is ABSENT:
        return live
    if live is ABSENT:
        return applied
    shape = of_value(shape, applied if live is None else live)
    if shape.whole or not (live or applied):
        return applied
    if shape.kind is Kind.MAP:
        before, after = live or {}, applied or {}
        result = {}
        for name in {**before, **after}:
            inner = shape.field(name)
            pair = before.get(name, ABSENT), after.get(name, ABSENT)
            result[name] = merged(*pair, inner) if inner else (pair[0] if pair[1] is ABSENT else pair[1])
        return result
    return _merged_list(live or [], applied or [], shape)


def _merged_list(live: list[Any], applied: list[Any], shape: Shape) -> list[Any]:
    """Elements that both have stand in the applier's order, elements of others keep their place among them."""
    wished = {step_of(item, shape): item for item in applied}
    there = _by_step(live, shape)
    left, right = [step_of(item, shape) for item in live], list(wished)
    shared = [step for step in right if step in there]
    done: set[str] = set()
    result: list[Any] = []

    def take(step: str) -> None:
        done.add(step)
        if shared and shared[0] == step:
            shared.pop(0)
        known = there.get(step, [])
        result.append(merged(known[0] if len(known) == 1 else ABSENT, wished[step], shape.element))

    at_left = at_right = 0
    while at_left < len(left) or at_right < len(right):
        if at_left < len(left) and at_right < len(right):
            step = left[at_left]
            if step == right[at_right]:
                take(step)
                at_left, at_right = at_left + 1, at_right + 1
                continue
            if step in wished and shared and shared[0] != step:
                at_left += 1
                continue
        if at_left < len(left):
            step = left[at_left]
            if step not in wished:
                result.append(live[at_left])
                at_left += 1
                continue
            if step in done:
                at_left += 1
        if at_right < len(right):
            take(right[at_right])
            at_right += 1
    return result


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
