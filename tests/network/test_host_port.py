"""hostPorts on small states; what kind does is in test_flows.py (states host-port…)."""

from servicelab.network.path import HopKind
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome
from tests.network.objects import pod, shop


def go(source, target, **port):
    porty = pod("porty", "10.244.1.50", labels={"app": "porty"})
    porty["spec"]["containers"][0]["ports"] = [{"containerPort": 8080, "hostPort": 8088, **port}]
    state = ClusterState.from_objects([*shop(), porty], "172.18.0.5")
    return route(state, parse_place(source, "shop"), parse_target(target), lambda options: options[0])


def test_it_names_the_field_and_keeps_the_source():
    path = go("outside", "http://172.18.0.3:8088/")
    hop = next(hop for hop in path.hops if hop.kind is HopKind.HOST_PORT)
    assert hop.because == "Pod shop/porty spec.containers[0].ports[0].hostPort"
    assert str(hop.destination_after) == "10.244.1.50:8080"
    assert (path.verdict.by, path.verdict.seen_source) == ("shop/porty", "172.18.0.5")


def test_other_nodes_know_nothing_of_it():
    assert go("outside", "http://172.18.0.4:8088/").verdict.outcome is Outcome.REFUSED


def test_a_pod_beside_it_is_seen_as_the_node():
    assert go("pod/client", "http://172.18.0.3:8088/").verdict.seen_source == "10.244.1.1"


def test_a_host_ip_narrows_it():
    assert go("outside", "http://172.18.0.3:8088/", hostIP="127.0.0.1").verdict.outcome is Outcome.REFUSED
    assert go("node/lab-worker", "http://127.0.0.1:8088/", hostIP="127.0.0.1").verdict.answered
