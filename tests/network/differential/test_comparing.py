"""That the comparison would see a difference, and that seeds keep their meaning; without a real cluster."""

import pytest

from servicelab.network.places import parse_place, parse_target
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome
from tests.network.differential.asking import Request
from tests.network.differential.comparing import difference
from tests.network.differential.embedded import OnEmbedded, Side, hangs_on_addresses, objects_differ
from tests.network.flows.states_random import FLOWS, drawn, random_state, states, world_of
from tests.network.objects import service, shop

CLIENT, WEB = parse_place("pod/shop/client"), parse_target("http://web")
RIGHT = [Request(Outcome.ANSWERED, name, "10.244.1.9:40000") for name in ("web-1", "web-2", "web-3")]


def compared(requests, objects=None) -> str:
    objects = objects or shop()
    pods = [one for one in objects if one["kind"] == "Pod"]
    return difference(ClusterState.from_objects(objects), pods, CLIENT, WEB, requests)


def test_what_the_model_says_is_no_difference():
    assert not compared(RIGHT)


@pytest.mark.parametrize(
    "wrong",
    [
        Request(Outcome.REFUSED),
        Request(Outcome.ANSWERED, "client", "10.244.1.9:40000"),
        Request(Outcome.ANSWERED, "web-1", "172.18.0.3:40000"),
    ],
    ids=["outcome", "pod", "source"],
)
def test_one_request_that_the_model_rules_out_is_a_difference(wrong):
    assert compared([*RIGHT, wrong])


def test_session_affinity_that_does_not_keep_is_a_difference():
    keeping = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080}], sessionAffinity="ClientIP")
    objects = [keeping if one["kind"] == "Service" else one for one in shop()]
    assert not compared(RIGHT[:1], objects)
    assert compared(RIGHT, objects)


def test_what_the_model_does_not_know_is_a_difference():
    assert difference(ClusterState.from_objects(shop()), [], CLIENT, parse_target("http://8.8.8.8"), RIGHT)


def test_a_seed_always_makes_the_same_state():
    assert drawn(states(world_of(4), 40), 40) == random_state(40) != random_state(41)


@pytest.mark.parametrize("seed", range(0, 100, 20))
def test_the_embedded_cluster_takes_random_states_and_knows_all_their_flows(seed):
    state = random_state(seed)
    assert len(state.flows) == FLOWS
    embedded = OnEmbedded(state)
    for flow in state.flows:
        assert embedded.possible(flow)


def test_another_object_is_a_difference():
    state = random_state(0)
    embedded = OnEmbedded(state)
    fewer = Side(embedded.names, [one for one in embedded.objects if one["kind"] != "Service"])
    assert not objects_differ(embedded, embedded)
    assert objects_differ(embedded, fewer)


def test_who_answers_behind_a_headless_name_hangs_on_addresses():
    names = OnEmbedded(random_state(497091)).names
    assert hangs_on_addresses(names, "pod/a -> http://three.{ns}:8080")
    others = [name for name, one in names.services.items() if one["spec"].get("clusterIP") != "None"]
    assert others
    assert not any(hangs_on_addresses(names, f"pod/a -> http://{name}.{{ns}}:8080") for name in others)
