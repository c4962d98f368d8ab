"""The addresses of Services, and which of them one uses from where."""

import pytest

from servicelab.network.entrances import Way, best_entrance, entrances
from servicelab.network.places import parse_place
from servicelab.network.state import ClusterState
from tests.network.objects import endpoint, nodes, pod, service, shop, slice_of

HTTP = {"port": 80, "targetPort": 8080, "protocol": "TCP"}


def ways(*objects, key=("shop", "web")):
    state = ClusterState.from_objects([*nodes(), *objects])
    return entrances(state, state.services[key])


def test_a_cluster_ip_has_a_name_and_a_virtual_ip():
    state = ClusterState.from_objects(shop())
    assert [(str(one), str(one.target), one.port) for one in entrances(state, state.services["shop", "web"])] == [
        ("name", "http://web.shop/hostname", "80"),
        ("virtual IP", "http://10.96.1.1/hostname", "80"),
    ]


def test_a_load_balancer_has_node_ports_on_every_node_too():
    port = {**HTTP, "name": "http", "nodePort": 30080}
    web = service("web", "10.96.1.1", [port], type="LoadBalancer", externalIPs=["192.0.2.7"])
    web["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200"}]}}
    found = ways(web)
    assert [(str(one), one.target.host, one.target.port) for one in found] == [
        ("name", "web.shop", 80),
        ("virtual IP", "10.96.1.1", 80),
        ("node port of lab-control-plane", "172.18.0.2", 30080),
        ("node port of lab-worker", "172.18.0.3", 30080),
        ("node port of lab-worker2", "172.18.0.4", 30080),
        ("load balancer", "172.18.255.200", 80),
        ("external IP", "192.0.2.7", 80),
    ]
    assert {one.port for one in found} == {"http"}
    for place, way in (
        ("pod/shop/client", Way.NAME),
        ("node/lab-worker", Way.VIRTUAL_IP),
        ("outside", Way.LOAD_BALANCER),
    ):
        assert best_entrance(found, parse_place(place)).way is way


def test_headless_and_external_names_have_names_alone():
    headless = service("web", "None", [HTTP])
    alias = service("web", None, [], type="ExternalName", externalName="example.org")
    assert [str(one.target) for one in ways(headless)] == ["http://web.shop/hostname"]
    assert [str(one.target) for one in ways(alias)] == ["http://web.shop/hostname"]
    assert best_entrance(ways(headless), parse_place("outside")).way is Way.NAME


@pytest.mark.parametrize(
    ("port", "args", "scheme"),
    [
        (HTTP, ["netexec"], "http"),
        ({**HTTP, "protocol": "UDP"}, ["netexec"], "udp"),
        (HTTP, ["serve-hostname", "--http=false", "--tcp", "--port=8080"], "tcp"),
        (HTTP, ["guestbook"], "tcp"),
        (HTTP, ["pause"], "http"),
    ],
)
def test_what_is_asked_depends_on_the_program(port, args, scheme):
    web, server = service("web", "10.96.1.1", [port]), pod("web-1", "10.244.1.2", args=args)
    slice_ = slice_of(web, [{"name": "", "port": 8080, "protocol": port["protocol"]}], [endpoint(server)])
    assert {one.target.scheme for one in ways(web, server, slice_)} == {scheme}


def test_a_protocol_nobody_can_probe_is_left_out():
    assert ways(service("web", "10.96.1.1", [{**HTTP, "protocol": "SCTP"}])) == []
