"""Comparing, merging and cutting values by their kind's schema."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded import facts
from servicelab.embedded.managed_fields import checking
from servicelab.embedded.managed_fields.field_set import paths
from servicelab.embedded.managed_fields.shape import shape_of
from servicelab.embedded.managed_fields.values import compare, fields_of, merged, without
from servicelab.embedded.resources import RESOURCES, SERVICES

SERVICE = shape_of(facts.struct_of(SERVICES))
NUMBERS = st.integers(1, 4)
PORTS = st.lists(
    st.builds(lambda port, name: {"port": port} | name, NUMBERS, st.sampled_from([{}, {"name": "a"}, {"name": "b"}])),
    max_size=4,
    unique_by=lambda port: port["port"],
)
OBJECTS = st.builds(
    lambda ports, labels, kind: {"metadata": {"labels": labels}, "spec": {"ports": ports, "type": kind}},
    PORTS,
    st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3),
    st.sampled_from(["ClusterIP", "NodePort"]),
)


def by_number(value: dict[str, Any]) -> dict[str, Any]:
    """The object with its ports in the order of their numbers, and no empty maps and lists."""
    copied: dict[str, Any] = json.loads(json.dumps(value))
    copied["spec"]["ports"] = sorted(copied["spec"].get("ports") or [], key=lambda port: port["port"])
    return copied


@given(OBJECTS, OBJECTS)
def test_what_is_applied_is_there_and_the_rest_stays(live: dict[str, Any], applied: dict[str, Any]) -> None:
    result = merged(live, applied, SERVICE)
    assert by_number(merged(result, applied, SERVICE)) == by_number(result)
    wished = {path for path in paths(fields_of(applied, SERVICE)) if len(path) > 2}
    assert wished <= set(paths(fields_of(result, SERVICE)))
    assert {port["port"] for port in result["spec"]["ports"] or []} == {
        port["port"] for one in (live, applied) for port in one["spec"]["ports"]
    }


@given(OBJECTS, OBJECTS)
def test_what_changed_and_what_is_gone(old: dict[str, Any], new: dict[str, Any]) -> None:
    changed, gone = compare(old, new, SERVICE)
    assert (not changed and not gone) == (by_number(old) == by_number(new))
    assert set(paths(gone)).isdisjoint(paths(fields_of(new, SERVICE)))
    assert compare(old, old, SERVICE) == ({}, {})


@given(OBJECTS)
def test_without_all_fields_nothing_is_left(value: dict[str, Any]) -> None:
    rest = without(value, fields_of(value, SERVICE), SERVICE)
    assert all(len(path) <= 2 for path in paths(fields_of(rest, SERVICE)))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified)
def test_every_kind_has_a_shape(resource: Any) -> None:
    shape = shape_of(facts.struct_of(resource))
    applied = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"labels": {"a": "b"}}}
    assert checking.problems(applied, shape) == []
    assert ("f:metadata", "f:labels", "f:a") in set(paths(fields_of(applied, shape)))
    assert checking.problems(applied | {"nothing": 1}, shape) == [".nothing: field not declared in schema"]
