"""`kubectl port-forward` on small states; what a real kubectl does is in test_flows.py (states forward…)."""

import pytest

from servicelab.network.faults import Faults
from servicelab.network.path import HopKind
from servicelab.network.places import PortForward, parse_place, parse_target
from servicelab.network.route import possible_paths, route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome
from tests.network.objects import shop


def go(source, target, **more):
    state = ClusterState.from_objects(shop(), **more)
    return route(state, parse_place(source, "shop"), parse_target(target), lambda options: options[0])


def test_a_place_is_read_and_written():
    assert parse_place("forward/svc/web", "shop") == PortForward("svc", "shop", "web")
    assert str(parse_place("forward/pod/other/far")) == "forward/pod/other/far"
    with pytest.raises(ValueError, match="no vantage point"):
        parse_place("forward/deployment/web")


def test_it_skips_the_service():
    path = go("forward/svc/web", "http://localhost:80/")
    assert [hop.kind for hop in path.hops] == [HopKind.FORWARD, HopKind.NODE, HopKind.POD, HopKind.PROGRAM]
    assert (path.verdict.outcome, path.verdict.seen_source) == (Outcome.ANSWERED, "127.0.0.1")
    assert "the Service itself is skipped" in path.explain()


def test_any_selected_pod_may_be_picked():
    state = ClusterState.from_objects(shop())
    paths = possible_paths(state, parse_place("forward/svc/web", "shop"), parse_target("http://localhost:80/"))
    assert {path.verdict.by for path in paths} == {"shop/web-1", "shop/web-2", "shop/web-3"}


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("forward/svc/web", "http://localhost:8080/", "Service shop/web has no port 8080"),
        ("forward/svc/nope", "http://localhost:80/", "there is no Service shop/nope"),
        ("forward/pod/nope", "http://localhost:80/", "there is no Pod shop/nope"),
    ],
)
def test_kubectl_does_not_start(source, target, why):
    path = go(source, target)
    assert path.verdict.outcome is Outcome.REFUSED
    assert why in path.hops[-1].said


def test_a_stopped_node_has_no_kubelet():
    path = go("forward/pod/web-2", "http://localhost:8080/", faults=Faults.of(stopped=["lab-worker2"]))
    assert path.verdict.outcome is Outcome.REFUSED
    assert "node lab-worker2 is stopped" in path.hops[-1].said


def test_datagrams_are_not_forwarded():
    with pytest.raises(Unmodelled, match="TCP only"):
        go("forward/pod/web-1", "udp://localhost:8081")
