"""Sets of fields obey the laws of sets; paths read as Kubernetes writes them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.managed_fields import field_set
from servicelab.embedded.managed_fields.field_set import Malformed, difference, intersection, union, without_branches

STEPS = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
PATHS = st.sets(st.lists(STEPS, min_size=1, max_size=3).map(tuple), max_size=8)


def made_of(paths: set[tuple[str, ...]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for path in paths:
        one: dict[str, Any] = {}
        for step in reversed(path):
            one = {step: one}
        fields = union(fields, one)
    return fields


def members(fields: dict[str, Any]) -> set[tuple[str, ...]]:
    return set(field_set.paths(fields))


@given(PATHS)
def test_all_members_are_found(paths: set[tuple[str, ...]]) -> None:
    fields = made_of(paths)
    assert members(fields) == paths
    assert all(field_set.contains(fields, path) for path in paths)
    assert members(field_set.read(fields)) == paths
    assert members(field_set.shared(fields)) == paths


@given(PATHS, PATHS)
def test_as_sets_do(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> None:
    left, right = made_of(one), made_of(other)
    assert members(union(left, right)) == one | other
    assert members(difference(left, right)) == one - other
    assert members(intersection(left, right)) == one & other
    gone = {path for path in one if any(path[: len(branch)] == branch for branch in other)}
    assert members(without_branches(left, right)) == one - gone


def test_paths_read_as_kubernetes_writes_them() -> None:
    path = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name")
    assert field_set.path_text(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert field_set.path_text(("f:metadata", "f:finalizers", 'v:"a/b"')) == '.metadata.finalizers[="a/b"]'


def test_ports_are_ordered_by_number() -> None:
    steps = [f'k:{{"port":{port},"protocol":"TCP"}}' for port in (8080, 443, 80)]
    assert [path[0] for path in field_set.paths({step: {} for step in steps})] == steps[::-1]


def test_steps_nobody_knows_are_left_out() -> None:
    assert field_set.read({"x:a": {}, "f:b": {"x:c": {}}}) == {}


@pytest.mark.parametrize("value", [{"f:a": 1}, {"a": {}}, [], {"f:a": {"": {}}}])
def test_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        field_set.read(value)
