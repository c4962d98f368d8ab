"""kube-proxy's answers on a health-check node port; status and body are compared with kind's in test_flows.py."""

import pytest

from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome
from tests.network.objects import service, shop


def go(target, source="outside", **more):
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31999}
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], **spec)
    objects = [one for one in shop() if one["kind"] != "Service"]
    state = ClusterState.from_objects([*objects, web], "172.18.0.5", **more)
    return route(state, parse_place(source, "shop"), parse_target(target), lambda options: options[0])


@pytest.mark.parametrize(("address", "status"), [("172.18.0.2", 503), ("172.18.0.3", 200), ("172.18.0.4", 200)])
def test_each_node_tells_of_its_own_endpoints(address, status):
    path = go(f"http://{address}:31999/healthz")
    assert path.verdict.status == status
    assert path.verdict.by is None
    assert path.hops[-1].because == "Service shop/web spec.healthCheckNodePort"


def test_the_count_is_in_the_answer():
    assert '"localEndpoints": 2' in go("http://172.18.0.4:31999/").verdict.body
    assert "lab-worker2 has 2 ready endpoints" in go("tcp://172.18.0.4:31999").explain()


def test_other_protocols_are_not_known():
    with pytest.raises(Unmodelled, match="speaks http only"):
        go("https://172.18.0.4:31999/")


@pytest.mark.parametrize(("mode", "outcome"), [("iptables", Outcome.ANSWERED), ("nftables", Outcome.REFUSED)])
def test_the_loopback_address_answers_in_iptables_mode_only(mode, outcome):
    assert go("http://127.0.0.1:31999/", "node/lab-worker", proxy_mode=mode).verdict.outcome is outcome
    assert go("http://172.18.0.3:31999/", "node/lab-worker", proxy_mode=mode).verdict.answered
