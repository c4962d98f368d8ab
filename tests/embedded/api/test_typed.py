import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded import facts
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.typed import fit
from servicelab.embedded.resources import CUSTOM, DEPLOYMENTS, ENDPOINT_SLICES, EVENTS, PODS, RESOURCES, SERVICES

SERVICE, POD = facts.struct_of(SERVICES), facts.struct_of(PODS)

BUILT_IN = [resource for resource in RESOURCES if resource not in CUSTOM]


def test_what_go_always_writes_is_there():
    assert fit(POD, {"spec": {"containers": [{"name": "a"}]}})[0] == {
        "metadata": {},
        "spec": {"containers": [{"name": "a", "resources": {}}]},
        "status": {},
    }
    assert fit(facts.struct_of(ENDPOINT_SLICES), {})[0]["endpoints"] is None
    assert fit(facts.struct_of(EVENTS), {})[0]["firstTimestamp"] is None


def test_empty_values_are_dropped_where_go_omits_them():
    fitted, _ = fit(SERVICE, {"metadata": {"labels": {}, "name": "", "annotations": None}, "spec": {"ports": []}})
    assert fitted == {"metadata": {}, "spec": {}, "status": {"loadBalancer": {}}}


def test_pointers_keep_their_zero():
    fitted, _ = fit(facts.struct_of(DEPLOYMENTS), {"spec": {"replicas": 0, "paused": False}})
    assert fitted["spec"]["replicas"] == 0
    assert "paused" not in fitted["spec"]


def test_inlined_structs_stand_in_their_parent():
    probe = {"httpGet": {"port": "http"}, "periodSeconds": 1}
    fitted, problems = fit(POD, {"spec": {"containers": [{"name": "a", "readinessProbe": probe}]}})
    assert fitted["spec"]["containers"][0]["readinessProbe"] == probe
    assert problems == []


def test_amounts_and_times_get_one_spelling():
    container = {"name": "a", "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}
    value = {"metadata": {"creationTimestamp": "2026-01-01T01:00:00+01:00"}, "spec": {"containers": [container]}}
    fitted, _ = fit(POD, value)
    assert fitted["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "500m", "memory": "1Gi"}
    assert fitted["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"


def test_unknown_fields_are_named_with_their_index():
    value = {"spec": {"ports": [{"port": 1}, {"port": 2, "targetport": 3}]}}
    assert fit(SERVICE, value)[1] == ['unknown field "spec.ports[1].targetport"']


def test_input_is_not_changed():
    value = {"spec": {"ports": [{"port": 80, "foo": None}]}, "metadata": {"labels": {}}}
    before = json.dumps(value)
    fit(SERVICE, value)
    assert json.dumps(value) == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["spec", "metadata", "ports", "port", "name", "selector", "type", "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["spec", "metadata", "status", "data", "y"]), json_values))
def test_any_json_is_fitted_or_refused_and_fitting_is_stable(value):
    for resource in BUILT_IN:
        try:
            fitted, _ = fit(facts.struct_of(resource), value)
        except Unreadable:
            continue
        again, problems = fit(facts.struct_of(resource), fitted)
        assert again == fitted
        assert problems == []


@pytest.mark.parametrize("resource", BUILT_IN, ids=lambda resource: resource.qualified)
def test_each_kind_has_facts(resource):
    assert facts.fields(facts.struct_of(resource))
    assert facts.schema(facts.struct_of(resource))["x-kubernetes-group-version-kind"]
    assert facts.columns(resource)[0].name in ("Name", "Last Seen")
