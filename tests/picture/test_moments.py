"""A request step by step: its addresses follow the hops, and its causes are objects that are there."""

import re

import pytest

from servicelab.network.path import Endpoint, Hop, HopKind
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths
from servicelab.picture.moments import Addresses, Cause, Moment, asked, moments
from tests.network.flows.recordings import RECORDED, named, read
from tests.network.objects import shop
from tests.picture.clusters import ask, three_routes


def test_a_node_port_is_rewritten_twice():
    paths, _ = three_routes()
    outside = next(path for path in paths if path.target.port == 30036)
    changed = [
        (
            str(one.hop.kind),
            str(one.before.source),
            str(one.before.destination),
            str(one.after.source),
            str(one.after.destination),
        )
        for one in moments(outside)
        if one.before != one.after
    ]
    pod = changed[0][4]
    assert changed[0] == ("node port", "172.18.0.5", "172.18.0.4:30036", "172.18.0.5", pod)
    assert pod.startswith("10.244.") and pod.endswith(":8080")
    assert [one[0] for one in changed] in (["node port"], ["node port", "source rewrite"])


def test_what_is_asked_is_a_name_until_somebody_looks_it_up():
    path = ask(shop(), ("pod/client", "http://web/"))[0][0]
    first = next(moments(path))
    assert str(asked(path).destination) == "web:80"
    assert re.match(r"10\.96\.", str(first.after.destination))


@pytest.mark.parametrize("file", RECORDED[::4], ids=named)
def test_what_reasons_name_in_the_recorded_states_is_there(file):
    record, state = read(file)
    there = {(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]) for one in record["objects"]}
    for flow in record["flows"][::10]:
        for path in possible_paths(state, parse_place(flow["source"]), parse_target(flow["target"])):
            causes = [cause for moment in moments(path) for cause in moment.causes]
            assert {(one.kind, one.namespace, one.name) for one in causes} <= there


@pytest.mark.parametrize(
    ("because", "causes"),
    [
        (
            "Service shop/web spec.ports[0].port; its EndpointSlices",
            [Cause("Service", "shop", "web", "spec.ports[0].port")],
        ),
        ("Node lab-worker status.addresses", [Cause("Node", "", "lab-worker", "status.addresses")]),
        ("Service shop/heads spec.clusterIP: None", [Cause("Service", "shop", "heads", "spec.clusterIP")]),
        ("a Service of that name is shop/web", []),
        ("the firewall of node lab-worker2 closes ports 30000-32767", []),
    ],
)
def test_reasons_are_read(because, causes):
    somewhere = Addresses(None, Endpoint("10.0.0.1", 80))
    assert list(Moment(Hop(HopKind.NODE, "x", "y", because), somewhere, somewhere).causes) == causes
