"""Traces: prediction and probe of one request, on both clusters, and on clusters that do not do as predicted."""

import pytest

from servicelab.cluster.base import Capability, MachineError
from servicelab.network.places import PodPlace, parse_place, parse_target
from servicelab.network.verdict import Outcome, Verdict
from servicelab.tracing.reading import read_state
from servicelab.tracing.trace import Result, trace
from servicelab.tracing.words import conclusion, prediction_sentence
from tests.tracing.shop import FROM_POD, shop_on

TARGET = parse_target("http://web/hostname")


class Otherwise:
    """A cluster with real traffic that does what it is told to do."""

    def __init__(self, cluster, *told):
        self._cluster, self._told = cluster, list(told)
        self.capabilities = frozenset({Capability.REAL_TRAFFIC})

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    def probe(self, source, target, *, timeout):
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told() if callable(told) else told


@pytest.fixture
def shop(embedded_cluster):
    return shop_on(embedded_cluster)


def ask(cluster, source=FROM_POD, target=TARGET):
    return trace(cluster, read_state(cluster), source, target)


def test_embedded_only_predicts(shop):
    found = ask(shop)
    assert (found.result, found.probed.outcome) == (Result.PREDICTED, Outcome.ANSWERED)
    assert found.path.verdict.by == found.probed.by
    assert "Predicted only." in conclusion(found)
    assert found.to_json()["result"] == "predicted"


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict(Outcome.ANSWERED, status=200), Result.HELD),
        (Verdict(Outcome.ANSWERED, seen_source="10.9.9.9"), Result.DIFFERS),
        (Verdict(Outcome.ANSWERED, by="shop/client"), Result.DIFFERS),
        (Verdict(Outcome.REFUSED, detail="curl said so"), Result.DIFFERS),
    ],
)
def test_a_real_request_is_compared(shop, verdict, result):
    found = ask(Otherwise(shop, verdict))
    assert found.result is result
    assert ("did not hold" in conclusion(found)) == (result is Result.DIFFERS)
    assert verdict.detail in conclusion(found)


def test_a_cluster_that_changes_meanwhile_is_read_again(shop):
    def nobody_is_left():
        shop.rest.send("DELETE", "/api/v1/namespaces/shop/services/web")
        return Verdict(Outcome.NO_SUCH_NAME)

    found = ask(Otherwise(shop, nobody_is_left))
    assert (found.result, found.changed) == (Result.HELD, True)
    assert found.prediction.outcomes == (Outcome.NO_SUCH_NAME,)


def test_what_cannot_be_predicted_is_probed_all_the_same(shop):
    found = ask(Otherwise(shop, Verdict(Outcome.ANSWERED)), target=parse_target("https://web:80/"))
    assert found.result is Result.UNMODELLED
    assert "Predicted: nothing, because" in conclusion(found)
    assert "Probed:    answered" in conclusion(found)


def test_what_cannot_be_sent_is_predicted_all_the_same(shop):
    broken = MachineError("the client's image has no curl")
    found = ask(Otherwise(shop, broken))
    assert (found.result, found.probed) == (Result.PREDICTED, None)
    assert "not sent: the client's image has no curl" in conclusion(found)
    with pytest.raises(MachineError):
        ask(Otherwise(shop, broken), source=PodPlace("shop", "nobody"))


def test_both_ends_of_chance_are_said(shop):
    sentence = prediction_sentence(ask(shop).prediction)
    assert sentence.startswith("answered by shop/web-")
    assert " or shop/web-" in sentence
    assert "which see it come from 10.244." in sentence
    alone = prediction_sentence(ask(shop, parse_place("outside")).prediction)
    assert alone == "no such name"


def test_a_network_that_ignores_policies_is_named(shop):
    policy = {"metadata": {"name": "nobody"}, "spec": {"podSelector": {"matchLabels": {"app": "nobody"}}}}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    shop.rest.send("POST", "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", json=kind | policy)
    real = Otherwise(shop, Verdict(Outcome.ANSWERED))
    assert "Whether this cluster's network enforces NetworkPolicies is not known" in conclusion(ask(real))
    assert "enforces" not in conclusion(ask(shop)), "the embedded cluster does"
