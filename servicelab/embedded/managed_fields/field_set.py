"""Sets of fields in the form of `fieldsV1`: a tree whose keys are steps of a path.

A step is `f:NAME` (a field), `k:{…}` (a list's element by its keys) or `v:…` (by its value). A node that is empty or
has a `.` is in the set itself; other nodes are only on the way to what is. The root is never in the set. Sets are
values: nothing here changes its arguments, and results share their parts.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from servicelab.embedded.managed_fields.shape import Kind, Shape

Fields = dict[str, Any]
Step = tuple[str, ...]
SELF = "."
LEAF: Fields = {}
NOTHING: Fields = {}
"""The empty set."""
KNOWN_STEPS = ("f:", "k:", "v:", "i:")


class Malformed(Exception):
    """What should be `fieldsV1` is none."""


def union(one: Fields, other: Fields) -> Fields:
    """What is in one of both."""
    if not one or not other or one == other:
        return one or other
    result = dict(one)
    for step, node in other.items():
        result[step] = _union(result[step], node) if step in result else node
    return result


def _union(one: Fields, other: Fields) -> Fields:
    if one == other:
        return one
    result = union({key: node for key, node in one.items() if key != SELF}, _children(other))
    return _node(result, _is_member(one) or _is_member(other)) or LEAF


def difference(one: Fields, other: Fields) -> Fields:
    """What is in `one` and not in `other`; `one` itself when nothing of it is taken away."""
    result: Fields | None = None
    for step, node in other.items():
        if step == SELF or step not in one:
            continue
        rest = _difference(one[step], node)
        if rest is one[step]:
            continue
        result = dict(one) if result is None else result
        if rest is None:
            del result[step]
        else:
            result[step] = rest
    return one if result is None else result


def _difference(one: Fields, other: Fields) -> Fields | None:
    member = _is_member(one) and not _is_member(other)
    children = _children(one)
    rest = difference(children, other)
    if rest is children and member == _is_member(one):
        return one
    return _node(rest, member)


def without_branches(one: Fields, other: Fields) -> Fields:
    """What is in `one` and neither in `other` nor below a member of it."""
    result = dict(one)
    for step, node in other.items():
        if step == SELF or step not in one:
            continue
        if _is_member(node):
            del result[step]
            continue
        rest = _node(without_branches(_children(one[step]), node), _is_member(one[step]))
        if rest is None:
            del result[step]
        else:
            result[step] = rest
    return result


def intersection(one: Fields, other: Fields) -> Fields:
    """What is in both."""
    result: Fields = {}
    for step, node in one.items():
        if step == SELF or step not in other:
            continue
        member = _is_member(node) and _is_member(other[step])
        kept = _node(intersection(node, other[step]), member)
        if kept is not None:
            result[step] = kept
    return result


def with_named_fields(fields: Fields, shape: Shape | None) -> Fields:
    """The set, and with every field of a struct that is on the way to a member that field itself."""
    result: Fields = {}
    for step, node in fields.items():
        if step == SELF:
            continue
        inner = _inner(shape, step)
        named = shape is not None and shape.kind is Kind.MAP and step.startswith("f:") and shape.declares(step[2:])
        kept = _node(with_named_fields(node, inner), _is_member(node) or named)
        result[step] = LEAF if kept is None else kept
    return result


def has(fields: Fields, step: str) -> bool:
    """Whether the set has what is one step away."""
    return step in fields and _is_member(fields[step])


def contains(fields: Fields, path: Step) -> bool:
    """Whether the set has what is at the end of a path."""
    for step in path[:-1]:
        fields = below(fields, step)
    return has(fields, path[-1])


def below(fields: Fields, step: str) -> Fields:
    """What the set has below a step."""
    return _children(fields[step]) if step in fields else LEAF


def paths(fields: Fields, before: Step = ()) -> Iterator[Step]:
    """All members, in Kubernetes' order: a node's own members first."""
    steps = sorted((step for step in fields if step != SELF), key=_order)
    yield from ((*before, step) for step in steps if _is_member(fields[step]))
    for step in steps:
        yield from paths(_children(fields[step]), (*before, step))


def _order(step: str) -> tuple[int, Any]:
    kind, rest = step[:2], step[2:]
    if kind == "k:":
        return 1, [(key, isinstance(value, str), value) for key, value in json.loads(rest).items()]
    return KNOWN_STEPS.index(kind), rest


def path_text(path: Step) -> str:
    """A path as messages name it: `.spec.ports[port=80,protocol="TCP"].name`."""
    text = ""
    for step in path:
        kind, rest = step[:2], step[2:]
        if kind == "f:":
            text += f".{rest}"
        elif kind == "k:":
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items()) + "]"
        else:
            text += f"[={rest}]" if kind == "v:" else f"[{rest}]"
    return text


def read(value: Any) -> Fields:
    """A set that a client sent. Malformed when it is none; steps of kinds that nobody knows are left out."""
    if not isinstance(value, dict):
        raise Malformed
    fields: Fields = {}
    for step, node in value.items():
        if step == SELF:
            continue
        inner = read(node)
        if len(step) < 2 or step[1] != ":":
            raise Malformed
        kept = _node(inner, _is_member(node))
        if step.startswith(KNOWN_STEPS) and kept is not None:
            fields[step] = kept
    return fields


def shared(fields: Fields) -> Fields:
    """An equal set, one and the same for all objects that have it: thousands of Pods are owned alike."""
    return _shared(json.dumps(fields))


@lru_cache(maxsize=4096)
def _shared(text: str) -> Fields:
    loaded: Fields = json.loads(text, object_pairs_hook=lambda pairs: dict(sorted(pairs)) if pairs else LEAF)
    return loaded


def _is_member(node: Fields) -> bool:
    return not node or SELF in node


def _children(node: Fields) -> Fields:
    return {step: inner for step, inner in node.items() if step != SELF} if SELF in node else node


def _node(children: Fields, member: bool) -> Fields | None:
    """A node with these children; None when nothing is left of it."""
    if not children:
        return LEAF if member else None
    return {SELF: LEAF, **children} if member else children


def _inner(shape: Shape | None, step: str) -> Shape | None:
    if shape is None:
        return None
    if step.startswith("f:"):
        return shape.field(step[2:]) if shape.kind is Kind.MAP else None
    return shape.element if shape.kind is Kind.LIST else None
