"""kube-proxy's answers on a health-check node port; status and body are compared with kind's in test_flows.py."""

import pytest

from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from tests.network.objects import service, shop


def go(target, source="outside"):
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31999}
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], **spec)
    objects = [one for one in shop() if one["kind"] != "Service"]
    state = ClusterState.from_objects([*objects, web], "172.18.0.5")
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
