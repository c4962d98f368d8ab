"""CoreDNS's recorded answers against the model's, and how programs look names up."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.network.names import Status, is_address, lookup, names_to_try, query, search_path
from servicelab.network.places import NodePlace, Outside, PodPlace
from servicelab.network.state import ClusterState
from tests.network.objects import pod, service, shop

RECORD = json.loads((Path(__file__).parent / "flows" / "names.json").read_text())
RECORDED_STATE = ClusterState.from_objects(RECORD["objects"])
STATE = ClusterState.from_objects(shop())
CLIENT = PodPlace("shop", "client")


# The nodes' IPv6 addresses are known to Docker's DNS only; no object of the cluster has them.
ANSWERS = [one for one in RECORD["answers"] if (one["type"], one["name"].split(".")[0]) != ("AAAA", "node")]


@pytest.mark.parametrize("recorded", ANSWERS, ids=lambda one: f"{one['type']} {one['name']}")
def test_a_query_is_answered_as_coredns_answered_it(recorded):
    answer = query(RECORDED_STATE, recorded["name"], recorded["type"])
    ours = sorted([record.name, record.type, record.value] for record in answer.records)
    assert (str(answer.status), ours) == (recorded["status"], recorded["records"])
    assert answer.authoritative == recorded["authoritative"]


def test_short_names_are_tried_with_the_search_path():
    assert names_to_try("web", search_path("shop")) == (
        "web.shop.svc.cluster.local",
        "web.svc.cluster.local",
        "web.cluster.local",
        "web",
    )
    assert names_to_try("web.", search_path("shop")) == ("web",)
    assert names_to_try("a.b.c.d.e.f", search_path("shop"))[0] == "a.b.c.d.e.f"


def test_a_lookup_keeps_what_it_asked():
    found = lookup(STATE, CLIENT, "web.shop")
    assert [one.name for one in found.tried] == ["web.shop.shop.svc.cluster.local", "web.shop.svc.cluster.local"]
    assert (found.server, found.addresses) == ("CoreDNS", ("10.96.1.1",))


@pytest.mark.parametrize("place", [NodePlace("lab-worker"), Outside()])
def test_others_do_not_ask_coredns(place):
    found = lookup(STATE, place, "web.shop.svc.cluster.local")
    assert found.server != "CoreDNS"
    assert found.answer.status is Status.NXDOMAIN
    assert lookup(STATE, place, "lab-worker2").addresses == ("172.18.0.4",)


def test_a_pod_on_the_nodes_network_asks_coredns_only_when_told():
    own = pod("own", "172.18.0.3", hostNetwork=True)
    told = pod("told", "172.18.0.3", hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")
    state = ClusterState.from_objects([*shop(), own, told])
    assert lookup(state, PodPlace("shop", "own"), "web").addresses == ()
    assert lookup(state, PodPlace("shop", "told"), "web").addresses == ("10.96.1.1",)


@given(st.text(max_size=30), st.sampled_from(["A", "AAAA", "SRV", "CNAME", "PTR", "TXT"]))
def test_any_name_has_an_answer(name, type_):
    assert query(STATE, name, type_).status in Status
    is_address(name)


def test_a_loop_of_aliases_ends():
    one = service("one", None, [], type="ExternalName", externalName="two.shop.svc.cluster.local")
    two = service("two", None, [], type="ExternalName", externalName="one.shop.svc.cluster.local")
    state = ClusterState.from_objects([*shop(), one, two])
    assert lookup(state, CLIENT, "one").addresses == ()
