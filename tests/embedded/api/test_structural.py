import json

from servicelab.embedded import facts
from servicelab.embedded.api.decoding import parse_json
from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.structural import fit
from servicelab.embedded.resources import IP_ADDRESS_POOLS, PODS
from tests.embedded.admission.record import warnings_in
from tests.embedded.api.recorded_custom_bodies import RECORD, ask

POOL = facts.struct_of(IP_ADDRESS_POOLS)


def test_unknown_fields_are_dropped_and_told_after_repeated_ones():
    text = b"""{"metadata": {"name": "q", "colour": 1}, "spec": {"x": 1, "addresses": ["a"], "addresses": ["b"],
    "serviceAllocation": {"b": 2, "a": 1, "priority": 2.0}}, "size": 1}"""
    fitted, problems = fit(POOL, parse_json(text))
    assert fitted["spec"] == {"addresses": ["b"], "serviceAllocation": {"priority": 2}}
    assert "size" not in fitted
    assert problems == [
        'duplicate field "spec.addresses"',
        'unknown field "metadata.colour"',
        'unknown field "size"',
        'unknown field "spec.serviceAllocation.a"',
        'unknown field "spec.serviceAllocation.b"',
        'unknown field "spec.x"',
    ]


def test_maps_keep_all_their_keys_and_wrong_types_are_left_to_admission():
    selector = {"matchLabels": {"any": "thing", "else": "too"}}
    spec = {"addresses": 5, "serviceAllocation": {"serviceSelectors": [selector]}}
    assert fit(POOL, {"metadata": {"name": "q"}, "spec": spec})[0]["spec"] == spec


def test_other_kinds_go_by_their_go_types():
    fitted, problems = fit(facts.struct_of(PODS), {"metadata": {"name": "p"}, "spec": {"colour": "red"}})
    assert problems == ['unknown field "spec.colour"']
    assert "status" in fitted


def test_bodies_of_custom_objects_are_read_as_on_kind(core):
    def send(path, body):
        answer = core.handle(Request.of("POST", path, body, {"Content-Type": "application/json"}))
        assert isinstance(answer, Response)
        warnings = warnings_in(value for name, value in answer.headers if name == "Warning")
        return answer.status, answer.json(), warnings

    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["answers"]
    for name, found in ask(send).items():
        assert found == recorded[name], name
