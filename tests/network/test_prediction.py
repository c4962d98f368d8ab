"""Predictions: everything that may happen, and which verdicts fit."""

import pytest

from servicelab.network.places import parse_place, parse_target
from servicelab.network.prediction import predict
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome, Verdict
from tests.network.flows.recordings import RECORDED, named, read
from tests.network.objects import shop

SOME = RECORDED[::6]


@pytest.fixture
def asked():
    state = ClusterState.from_objects(shop(), outside_address="172.18.0.5")
    return predict(state, parse_place("pod/client", "shop"), parse_target("http://web/hostname"))


def test_everything_that_may_happen(asked):
    assert asked.outcomes == (Outcome.ANSWERED,)
    assert asked.by == ("shop/web-1", "shop/web-2", "shop/web-3")
    assert asked.seen_sources == ("10.244.1.9",)
    assert asked.to_json()["unmodelled"] is None


@pytest.mark.parametrize(
    ("verdict", "fits"),
    [
        (Verdict(Outcome.ANSWERED), True),
        (Verdict(Outcome.ANSWERED, by="shop/web-2"), True),
        (Verdict(Outcome.ANSWERED, seen_source="10.244.1.9", status=404), True),
        (Verdict(Outcome.ANSWERED, by="shop/web-2", seen_source="10.244.2.1"), False),
        (Verdict(Outcome.ANSWERED, by="shop/client"), False),
        (Verdict(Outcome.REFUSED), False),
        (Verdict(Outcome.TIMED_OUT), False),
    ],
)
def test_which_verdicts_fit(asked, verdict, fits):
    path = asked.fitting(verdict)
    assert (path is not None) == fits
    if verdict.by and path is not None:
        assert path.verdict.by == verdict.by


def test_what_the_model_does_not_know_is_said(asked):
    state = ClusterState.from_objects(shop())
    found = predict(state, parse_place("pod/nobody", "shop"), parse_target("http://web/"))
    assert (found.paths, found.outcomes, found.by) == ((), (), ())
    assert "no Pod shop/nobody" in found.unmodelled
    assert found.fitting(Verdict(Outcome.ANSWERED)) is None


@pytest.mark.parametrize("path", SOME, ids=named)
def test_what_kind_did_fits_and_anything_else_does_not(path):
    record, state = read(path)
    for flow in record["flows"]:
        found = predict(state, parse_place(flow["source"]), parse_target(flow["target"]))
        for outcome in Outcome:
            fits = found.fitting(Verdict(outcome)) is not None
            assert fits == (outcome in found.outcomes)
            assert fits or outcome not in flow["outcomes"], flow
        for pod in flow["by"]:
            assert found.fitting(Verdict(Outcome.ANSWERED, by=pod)) is not None, flow
            assert found.fitting(Verdict(Outcome.ANSWERED, by=f"{pod}-other")) is None, flow
