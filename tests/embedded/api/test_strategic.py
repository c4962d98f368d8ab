import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded import facts
from servicelab.embedded.api.strategic import NoMergeKey, merged
from servicelab.embedded.resources import DEPLOYMENTS, PODS, SERVICES

SERVICE, POD, DEPLOYMENT = (facts.struct_of(kind) for kind in (SERVICES, PODS, DEPLOYMENTS))


def ports(*entries):
    return {"spec": {"ports": list(entries)}}


def test_ports_are_merged_by_port():
    result = merged(
        ports({"port": 80, "name": "a"}, {"port": 81}), ports({"port": 80, "targetPort": 8080}, {"port": 82}), SERVICE
    )
    assert result == ports({"port": 80, "name": "a", "targetPort": 8080}, {"port": 82}, {"port": 81})


def test_element_deleted_by_directive():
    result = merged(ports({"port": 80}, {"port": 81}), ports({"port": 80, "$patch": "delete"}), SERVICE)
    assert result == ports({"port": 81})


def test_list_replaced_by_directive():
    assert merged(ports({"port": 80}), ports({"$patch": "replace"}, {"port": 1}), SERVICE) == ports({"port": 1})


def test_order_as_the_patch_says():
    patch = {"spec": {"$setElementOrder/ports": [{"port": 82}, {"port": 80}], "ports": [{"port": 82}]}}
    assert merged(ports({"port": 80}, {"port": 81}), patch, SERVICE) == ports({"port": 82}, {"port": 80}, {"port": 81})


def test_containers_merge_by_name_and_env_inside_them():
    original = {"spec": {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "x", "value": "1"}]}]}}}}
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "y", "value": "2"}]}]}}}}
    container = merged(original, patch, DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "y", "value": "2"}, {"name": "x", "value": "1"}]


def test_primitive_lists():
    original = {"metadata": {"finalizers": ["a", "b"]}}
    assert merged(original, {"metadata": {"finalizers": ["c", "a"]}}, POD)["metadata"]["finalizers"] == ["c", "a", "b"]
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert merged(original, patch, POD)["metadata"]["finalizers"] == ["b"]
    command = {"spec": {"containers": [{"name": "a", "args": ["1", "2"]}]}}
    patch = {"spec": {"containers": [{"name": "a", "args": ["3"]}]}}
    assert merged(command, patch, POD)["spec"]["containers"][0]["args"] == ["3"]


def test_strategy_type_retains_only_what_fits():
    original = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert merged(original, patch, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}


def test_null_removes_and_selector_merges():
    original = {"spec": {"selector": {"a": "1", "b": "2"}, "type": "NodePort"}}
    result = merged(original, {"spec": {"selector": {"a": None, "c": "3"}, "type": None}}, SERVICE)
    assert result == {"spec": {"selector": {"b": "2", "c": "3"}}}


def test_element_without_its_key():
    with pytest.raises(NoMergeKey, match="does not contain declared merge key: port"):
        merged(ports({"port": 80}), ports({"name": "x"}), SERVICE)


numbers = st.lists(st.integers(1, 6), unique=True, max_size=5)


@given(numbers, numbers)
def test_merging_what_is_there_changes_nothing_and_directives_never_stay(have, want):
    original = ports(*({"port": number, "name": f"p{number}"} for number in have))
    assert merged(original, original, SERVICE) == original
    patch = {"spec": {"$setElementOrder/ports": [{"port": number} for number in want]}}
    patch["spec"]["ports"] = [{"port": number} for number in want] + [
        {"port": number, "$patch": "delete"} for number in have if number not in want
    ]
    result = merged(original, patch, SERVICE)["spec"]["ports"]
    assert [port["port"] for port in result] == want
    assert not any("$patch" in port for port in result)
