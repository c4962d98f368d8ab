import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.api.errors import ApiError
from servicelab.embedded.api.selectors import field_selector, label_selector
from servicelab.embedded.resources import EVENTS, NODES, PODS
from tests.embedded.api.recorded_field_selectors import RECORD, ask
from tests.embedded.api.support import call


def labelled(**labels):
    return {"metadata": {"name": "x", "labels": labels}}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("", True), ("app=web", True), ("app==web", True), ("app!=web", False), ("app=db", False), ("app", True),
        ("!app", False), ("!db", True), ("app in (db, web)", True), ("app in (db)", False), ("app notin (db)", True),
        ("db notin (x)", True), ("db!=x", True), ("app=web,tier=1", True), ("app=web,tier=2", False),
        ("tier>0", True), ("tier<1", False), ("app>0", False), ("app=", False), ("tier in (1),app", True),
    ],
)  # fmt: skip
def test_labels(selector, selected):
    assert label_selector(selector)(labelled(app="web", tier="1")) is selected


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    try:
        assert label_selector(text)(labelled(app="web")) in (True, False)
    except ApiError as refusal:
        assert refusal.code == 400


def test_fields():
    pod = {"metadata": {"name": "a", "namespace": "n"}, "spec": {"nodeName": "w"}, "status": {"phase": "Running"}}
    assert field_selector("spec.nodeName=w,status.phase!=Failed", PODS)(pod)
    assert not field_selector("metadata.name=b", PODS)(pod)
    assert field_selector("spec.hostNetwork=false", PODS)(pod)
    assert field_selector("spec.unschedulable=true", NODES)({"metadata": {}, "spec": {"unschedulable": True}})
    event = {"metadata": {"name": "e"}, "involvedObject": {"name": "a"}, "source": {"component": "kubelet"}}
    assert field_selector("involvedObject.name=a,source=kubelet", EVENTS)(event)


def test_fields_are_offered_and_refused_as_on_kind(core):
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["answers"]
    assert ask(lambda path: call(core, "GET", path)) == recorded


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a notin", "unable to parse requirement: found '' expected: '('"),
        ("a,", "found '', expected: identifier after ','"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a!b", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("(a)", "found '(', expected: !, identifier, or 'end of string'"),
    ],
)
def test_what_is_no_selector_in_the_words_of_kind(core, selector, message):
    code, status = call(core, "GET", f"/api/v1/pods?labelSelector={quote(selector)}")
    assert (code, status["message"]) == (400, message)


@pytest.mark.parametrize("selector", ["in", "a in (,)", "a==", "a in ()"])
def test_odd_selectors_that_kind_reads(core, selector):
    assert call(core, "GET", f"/api/v1/pods?labelSelector={quote(selector)}")[0] == 200
