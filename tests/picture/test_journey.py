"""What is drawn is what the hops say: no station that no packet visits, every rewriting where it happens."""

import pytest

from servicelab.network.faults import Faults
from servicelab.network.path import HopKind
from servicelab.network.verdict import Outcome
from servicelab.picture import picture
from servicelab.picture.journey import Area, Sign, Sort, journey
from servicelab.picture.palette import Route
from tests.network.objects import shop
from tests.network.test_dual_stack import cluster as dual_stack
from tests.picture.clusters import ask, balanced_shop, of_the_corpus, three_routes
from tests.picture.geometry import Geometry

EVERY = 10


def told(one):
    """Where a journey goes, and what happens at each place."""
    return [
        (stop.place.area.name, stop.place.node, stop.place.sort.name, [str(remark.sign) for remark in stop.remarks])
        for stop in one.stops
    ]


def drawn(objects, source, target, number=0, **known):
    paths, state = ask(objects, (source, target), **known)
    return journey(paths[number], state)


def test_a_cluster_ip_is_a_rule_on_the_clients_own_node():
    one = drawn(shop(), "pod/client", "http://web/", 1)
    assert told(one) == [
        ("NODE", "lab-worker", "POD", ["", ""]),
        ("NODE", "lab-worker", "RULES", ["DNAT"]),
        ("NODE", "lab-worker2", "POD", ["answered"]),
    ]
    assert one.route is Route.CLUSTER_IP
    assert [(arrow.start, arrow.end, arrow.ports, arrow.translated) for arrow in one.arrows] == [
        (0, 1, "80", False),
        (1, 2, "80 → 8080", True),
    ]
    assert [remark.text for remark in one.stops[1].remarks] == ["10.96.1.1:80 → 10.244.2.2:8080"]
    assert one.stops[1].title == "virtual IP of Service shop/web"


def test_a_request_to_a_node_port_goes_from_the_node_to_the_pod():
    paths, state = three_routes()
    _, node_port, balanced = (journey(path, state) for path in paths)
    assert [stop[1:] for stop in told(node_port)] == [
        ("", "CLIENT", [""]),
        ("lab-worker2", "RULES", ["DNAT", "SNAT"]),
        ("lab-worker2", "POD", ["answered"]),
    ]
    assert [arrow.ports for arrow in node_port.arrows] == ["30036", "30036 → 8080"]
    assert node_port.stops[1].title == "node port of Service shop/web"
    assert [arrow.ports for arrow in balanced.arrows] == ["443", "443 → 8080"]
    assert balanced.route is Route.LOAD_BALANCER


def test_a_pod_that_asks_another_nodes_port_passes_its_own_node():
    one = drawn(balanced_shop(), "pod/client", "http://172.18.0.4:30036/")
    assert told(one)[1:3] == [
        ("NODE", "lab-worker", "RULES", ["SNAT"]),
        ("NODE", "lab-worker2", "RULES", ["DNAT", "SNAT"]),
    ]
    assert [arrow.ports for arrow in one.arrows] == ["30036", "30036", "30036 → 8080"]


@pytest.mark.parametrize(
    ("source", "target", "where", "sign"),
    [
        ("outside", "http://10.96.1.1/", (Area.NETWORK, "", Sort.LOST), Sign.DROPPED),
        ("pod/client", "http://web:81/", (Area.NODE, "lab-worker", Sort.RULES), Sign.DROPPED),
        ("pod/client", "http://10.244.2.2:81/", (Area.NODE, "lab-worker2", Sort.POD), Sign.REFUSED),
        ("pod/client", "http://nope/", (Area.NODE, "lab-worker", Sort.POD), Sign.DROPPED),
    ],
)
def test_a_request_ends_where_its_packet_does(source, target, where, sign):
    one = drawn(shop(), source, target)
    place = one.stops[-1].place
    assert (place.area, place.node, place.sort) == where
    assert one.stops[-1].remarks[-1].sign is sign
    assert one.path.hops[-1].said in one.stops[-1].remarks[-1].text


def test_a_firewall_is_on_its_node_and_a_stopped_node_is_not_reached():
    closed = drawn(
        balanced_shop(),
        "outside",
        "http://172.18.0.4:30036/",
        faults=Faults.of(firewalls={"lab-worker2": [(30000, 32767)]}),
    )
    assert told(closed)[1:] == [("NODE", "lab-worker2", "RULES", ["dropped"])]
    assert closed.route is Route.NODE_PORT
    off = drawn(balanced_shop(), "outside", "http://172.18.0.4:30036/", faults=Faults.of(["lab-worker2"]))
    assert told(off)[1:] == [("NETWORK", "", "LOST", ["dropped"])]


def test_a_pod_that_asks_itself_is_one_box_with_an_arrow():
    one = drawn(shop(), "pod/web-1", "http://localhost:8080/")
    assert len(one.stops) == 2
    assert one.stops[0].place == one.stops[1].place


def test_every_recorded_way_is_drawn_as_its_hops_say():
    ways = 0
    for _, (paths, state) in of_the_corpus(EVERY):
        for path in paths:
            one = journey(path, state)
            signs = [remark.sign for stop in one.stops for remark in stop.remarks]
            hops = [hop for hop in path.hops if hop.kind not in (HopKind.NAME, HopKind.FORWARD)]
            assert signs.count(Sign.DNAT) == sum(hop.destination_after is not None for hop in hops)
            assert signs.count(Sign.SNAT) == sum(hop.kind is HopKind.SOURCE_REWRITE for hop in hops)
            assert signs.count(Sign.ANSWERED) == path.verdict.answered
            assert signs.count(Sign.DROPPED) == (path.verdict.outcome in (Outcome.TIMED_OUT, Outcome.NO_SUCH_NAME))
            for hop in hops:
                if hop.who.startswith("kube-proxy on "):
                    assert hop.who.removeprefix("kube-proxy on ") in {stop.place.node for stop in one.stops}
            assert all(arrow.start < arrow.end < len(one.stops) for arrow in one.arrows)
            ways += 1
    assert ways > 200


def test_both_families_are_drawn_with_their_own_addresses():
    paths, state = ask(dual_stack(), ("node/lab-worker", "http://[fd00:10:96::11]/"))
    remarks = [remark.text for path in paths for stop in journey(path, state).stops for remark in stop.remarks]
    assert "[fd00:10:96::11]:80 → [fd00:10:244:1::2]:8080" in remarks
    svg = picture(paths, state)
    assert Geometry(svg).faults() == []
    assert "virtual IP [fd00:10:96::11]:80" in svg
