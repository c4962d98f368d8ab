"""Both families at once, from the specification: the Service API's `ipFamilies` and `ipFamilyPolicy`, EndpointSlices of
`addressType: IPv6`, KEP-563. What of it kind showed is in flows/recorded/dual-stack/; Pods there have IPv4 only.
"""

import pytest

from servicelab.network import names
from servicelab.network.nftables_rules import nftables_rules
from servicelab.network.path import HopKind
from servicelab.network.places import PodPlace, parse_place, parse_target
from servicelab.network.route import possible_paths, route
from servicelab.network.rules import iptables_rules
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome
from tests.network.objects import Json, client, endpoint, namespace, node, pod, service, shop, slice_of

PORTS = [{"port": 80, "targetPort": 8080, "nodePort": 30080}]
SLICE_PORTS = [{"name": "", "port": 8080}]


def dual_node(name: str, number: int) -> Json:
    one = node(name, f"172.18.0.{number + 2}", f"10.244.{number}.0/24")
    one["spec"]["podCIDRs"] = [f"10.244.{number}.0/24", f"fd00:10:244:{number}::/64"]
    one["status"]["addresses"].append({"type": "InternalIP", "address": f"fc00::{number + 2}"})
    return one


def dual(one: Json) -> Json:
    """The Pod with an address of each family."""
    _, _, number, host = one["status"]["podIP"].split(".")
    one["status"]["podIPs"].append({"ip": f"fd00:10:244:{number}::{host}"})
    return one


def of_six(one: Json) -> Json:
    return {**endpoint(one), "addresses": [one["status"]["podIPs"][1]["ip"]]}


def cluster(families=("IPv4", "IPv6"), **spec) -> list[Json]:
    pods = [dual(pod("web-1", "10.244.1.2")), dual(pod("web-2", "10.244.2.2", "lab-worker2"))]
    addresses = {"IPv4": "10.96.1.1", "IPv6": "fd00:10:96::11"}
    ips = [addresses[family] for family in families]
    web = service("web", ips[0], PORTS, ipFamilies=list(families), type="NodePort", **spec)
    web["spec"]["clusterIPs"] = ips
    four = slice_of(web, SLICE_PORTS, [endpoint(one) for one in pods], "four")
    six = {**slice_of(web, SLICE_PORTS, [of_six(one) for one in pods], "six"), "addressType": "IPv6"}
    return [
        *(dual_node(name, number) for number, name in enumerate(("lab-control-plane", "lab-worker", "lab-worker2"))),
        namespace("shop"),
        *pods,
        dual(client()),
        client("old", "10.244.1.8"),
        web,
        *([four] if "IPv4" in families else []),
        *([six] if "IPv6" in families else []),
    ]


def asked(objects, source, target):
    state = ClusterState.from_objects(objects, "172.18.0.5")
    return possible_paths(state, parse_place(source, "shop"), parse_target(target))


def ends(objects, source, target):
    """By whom, and what source they saw; or the outcome."""
    paths = asked(objects, source, target)
    return {(one.verdict.by, one.verdict.seen_source) if one.verdict.answered else one.verdict.outcome for one in paths}


def test_a_virtual_ip_leads_to_endpoints_of_its_own_family():
    source = "fd00:10:244:1::9"
    assert ends(cluster(), "pod/client", "http://[fd00:10:96::11]/") == {("shop/web-1", source), ("shop/web-2", source)}
    path = asked(cluster(), "pod/client", "http://[fd00:10:96::11]/")[0]
    assert path.from_specification == ("Pods with addresses of IPv6",)
    hop = path.hops[0]
    assert str(hop.destination_before) == "[fd00:10:96::11]:80"
    assert str(hop.destination_after) == "[fd00:10:244:1::2]:8080"
    assert ends(cluster(), "pod/client", "http://10.96.1.1/") == {
        ("shop/web-1", "10.244.1.9"),
        ("shop/web-2", "10.244.1.9"),
    }


def test_another_way_to_write_the_address_means_the_same():
    assert ends(cluster(), "pod/client", "http://[FD00:10:96:0:0::11]/") == ends(
        cluster(), "pod/client", "http://[fd00:10:96::11]/"
    )


@pytest.mark.parametrize(
    ("families", "four", "six"),
    [(["IPv4", "IPv6"], 1, 1), (["IPv6", "IPv4"], 1, 1), (["IPv4"], 1, 0), (["IPv6"], 0, 1)],
)
def test_names_have_a_record_for_each_of_the_services_families(families, four, six):
    state = ClusterState.from_objects(cluster(families))
    place = PodPlace("shop", "client")
    assert len(names.lookup(state, place, "web").addresses) == four
    assert len(names.lookup(state, place, "web", "AAAA").addresses) == six


def test_a_headless_name_has_the_pods_addresses_of_both_families():
    objects = cluster()
    web = next(one for one in objects if one["kind"] == "Service")
    web["spec"] |= {"clusterIP": "None", "clusterIPs": ["None"]}
    state = ClusterState.from_objects(objects)
    assert names.query(state, "web.shop.svc.cluster.local", "A").addresses == ("10.244.1.2", "10.244.2.2")
    assert names.query(state, "web.shop.svc.cluster.local", "AAAA").addresses == (
        "fd00:10:244:1::2",
        "fd00:10:244:2::2",
    )


def test_an_address_of_ipv6_has_a_name():
    state = ClusterState.from_objects(cluster())
    digits = "fd0000100096" + "0" * 18 + "11"
    answer = names.query(state, ".".join(reversed(digits)) + ".ip6.arpa", "PTR")
    assert [one.value for one in answer.records] == ["web.shop.svc.cluster.local."]


def test_node_ports_answer_on_both_addresses_of_a_node_and_hide_the_client():
    seen = {("shop/web-1", "fd00:10:244:1::1"), ("shop/web-2", "fc00::3")}
    assert ends(cluster(), "outside", "http://[fc00::3]:30080/") == seen
    assert ends(cluster(), "outside", "http://172.18.0.3:30080/") == {
        ("shop/web-1", "10.244.1.1"),
        ("shop/web-2", "172.18.0.3"),
    }


def test_a_node_port_of_another_family_is_no_node_port():
    assert ends(cluster(["IPv4"]), "outside", "http://[fc00::3]:30080/") == {Outcome.REFUSED}


def test_the_loopback_address_of_ipv6_takes_no_node_ports():
    assert ends(cluster(), "node/lab-worker", "http://[::1]:30080/") == {Outcome.REFUSED}
    assert Outcome.REFUSED not in ends(cluster(), "node/lab-worker", "http://127.0.0.1:30080/")


def test_local_counts_endpoints_of_the_packets_family():
    objects = cluster(externalTrafficPolicy="Local")
    six = next(one for one in objects if one["kind"] == "EndpointSlice" and one["addressType"] == "IPv6")
    six["endpoints"] = six["endpoints"][1:]
    assert ends(objects, "outside", "http://[fc00::3]:30080/") == {Outcome.TIMED_OUT}
    assert ends(objects, "outside", "http://172.18.0.3:30080/") == {("shop/web-1", "172.18.0.5")}


def test_a_virtual_ip_without_endpoints_of_its_family_refuses():
    objects = [one for one in cluster() if one.get("addressType") != "IPv6"]
    path = asked(objects, "pod/client", "http://[fd00:10:96::11]/")[0]
    assert path.verdict.outcome is Outcome.REFUSED
    assert path.hops[-1].because == "Service shop/web spec.ipFamilies; no endpoint has an IPv6 address"


def test_a_pod_without_an_address_of_the_family_sends_nothing():
    path = asked(cluster(), "pod/old", "http://[fd00:10:96::11]/")[0]
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].because == "Pod shop/old status.podIPs"


def test_source_ranges_of_one_family_leave_the_other_open():
    objects = cluster(loadBalancerSourceRanges=["10.0.0.0/8"])
    web = next(one for one in objects if one["kind"] == "Service")
    web["spec"]["type"] = "LoadBalancer"
    web["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200"}, {"ip": "fc00::ff00"}]}}
    assert Outcome.TIMED_OUT in ends(objects, "node/lab-worker", "http://172.18.255.200/")
    assert Outcome.TIMED_OUT not in ends(objects, "node/lab-worker", "http://[fc00::ff00]/")


def test_the_rules_of_one_family_name_no_address_of_the_other():
    state = ClusterState.from_objects(cluster())
    service, node = state.services["shop", "web"], state.nodes["lab-worker"]
    for text in (str(iptables_rules(state, service, node)), str(nftables_rules(state, service, node))):
        assert "10.244.2.2" in text
        assert "fd00" not in text


def test_a_service_of_ipv6_only_has_no_rules_of_ipv4():
    state = ClusterState.from_objects(cluster(["IPv6"]))
    service, node = state.services["shop", "web"], state.nodes["lab-worker"]
    assert not iptables_rules(state, service, node).nat
    assert not nftables_rules(state, service, node).chains


def test_a_policys_block_is_of_one_family():
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"ipBlock": {"cidr": "fd00::/16"}}]}]}
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "six", "namespace": "shop"}, "spec": spec}
    objects = [*cluster(), policy]
    assert Outcome.TIMED_OUT not in ends(objects, "pod/client", "http://[fd00:10:96::11]/")
    assert ends(objects, "pod/client", "http://10.96.1.1/") == {Outcome.TIMED_OUT}


def test_pings_of_both_families():
    for target in ("ping://[fd00:10:244:2::2]", "ping://10.244.2.2", "ping://[fc00::4]"):
        assert asked(cluster(), "pod/client", target)[0].verdict.answered
    assert asked(cluster(), "pod/client", "ping://[fd00:10:96::11]")[0].verdict.outcome is Outcome.TIMED_OUT


def test_a_pod_that_reaches_itself_gets_the_nodes_address_of_the_family():
    assert ("shop/web-1", "fd00:10:244:1::1") in ends(cluster(), "pod/web-1", "http://[fd00:10:96::11]/")


def test_a_cluster_of_one_family_has_no_way_to_the_other():
    path = route(
        ClusterState.from_objects(shop()),
        parse_place("pod/client", "shop"),
        parse_target("http://[fd00::1]/"),
        lambda options: options[0],
    )
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].kind is HopKind.NODE
    assert "has no IPv6 address" in path.hops[-1].said


def test_an_address_outside_the_cluster_is_not_guessed():
    with pytest.raises(Unmodelled):
        asked(cluster(), "pod/client", "http://[2001:db8::1]/")
