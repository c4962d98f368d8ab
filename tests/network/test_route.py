"""The ways of requests that need no recorded state; what kind really does is in test_flows.py."""

import pytest

from servicelab.network.faults import Faults
from servicelab.network.path import HopKind, Path
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import possible_paths, route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome
from tests.network.objects import (
    IMAGE,
    client,
    endpoint,
    namespace,
    node,
    nodes,
    pod,
    service,
    shop,
    slice_of,
)


def first(options):
    return options[0]


def go(objects, source: str, target: str, choose=first, affinity=None) -> Path:
    state = ClusterState.from_objects(objects, outside_address="172.18.0.5")
    return route(state, parse_place(source, "shop"), parse_target(target), choose, affinity)


def kinds(path: Path) -> list[HopKind]:
    return [hop.kind for hop in path.hops]


def test_a_cluster_ip_by_its_short_name():
    path = go(shop(), "pod/client", "http://web/hostname")
    assert kinds(path) == [HopKind.NAME, HopKind.VIRTUAL_IP, HopKind.POD, HopKind.PROGRAM]
    name, virtual, *_ = path.hops
    assert (name.who, str(name.destination_after), name.because) == (
        "CoreDNS",
        "10.96.1.1:80",
        "Service shop/web spec.clusterIP",
    )
    assert virtual.who == "kube-proxy on lab-worker"
    assert (str(virtual.destination_before), str(virtual.destination_after)) == ("10.96.1.1:80", "10.244.1.2:8080")
    assert "Service shop/web spec.ports[0].targetPort: 8080" in virtual.because
    assert path.verdict.outcome is Outcome.ANSWERED
    assert (path.verdict.by, path.verdict.seen_source) == ("shop/web-1", "10.244.1.9")
    assert path.candidates == ("shop/web-1", "shop/web-2", "shop/web-3")


def test_every_choice_of_a_cluster_ip():
    state = ClusterState.from_objects(shop())
    paths = possible_paths(state, parse_place("pod/client", "shop"), parse_target("http://web/"))
    assert [path.verdict.by for path in paths] == ["shop/web-1", "shop/web-2", "shop/web-3"]


def test_the_short_name_means_another_service_in_another_namespace():
    assert go(shop(), "pod/other/far", "http://web/").verdict.outcome is Outcome.NO_SUCH_NAME
    assert go(shop(), "pod/other/far", "http://web.shop/").verdict.answered


@pytest.mark.parametrize("source", ["node/lab-worker", "outside"])
def test_names_of_services_exist_only_for_pods(source):
    assert go(shop(), source, "http://web.shop.svc.cluster.local/").verdict.outcome is Outcome.NO_SUCH_NAME


def test_a_virtual_ip_without_that_port_times_out():
    path = go(shop(), "pod/client", "http://web:8080/")
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].because == "Service shop/web spec.ports"


def test_no_endpoints_is_a_refusal():
    objects = [one for one in shop() if one["kind"] != "EndpointSlice"]
    path = go(objects, "pod/client", "http://web/")
    assert path.verdict.outcome is Outcome.REFUSED
    assert path.hops[-1].because == "Service shop/web spec.selector: no Pod with an address matches"


def test_nobody_listens_on_the_target_port():
    one = pod("web-1", "10.244.1.2")
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 9999}])
    objects = [*nodes(), one, client(), web, slice_of(web, [{"port": 9999}], [endpoint(one)])]
    path = go(objects, "pod/client", "http://web/")
    assert path.verdict.outcome is Outcome.REFUSED
    assert path.hops[-1].kind is HopKind.PROGRAM
    assert "listen on TCP 8080, UDP 8081" in path.hops[-1].said


def test_a_pod_that_reaches_itself_by_the_service_sees_its_gateway():
    one = pod("web-1", "10.244.1.2")
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080}])
    objects = [*nodes(), one, web, slice_of(web, [{"port": 8080}], [endpoint(one)])]
    assert go(objects, "pod/web-1", "http://web/").verdict.seen_source == "10.244.1.1"
    assert go(objects, "pod/web-1", "http://10.244.1.2:8080/").verdict.seen_source == "10.244.1.2"


def node_port_shop(**spec):
    one = pod("web-1", "10.244.1.2")
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080, "nodePort": 30080}], type="NodePort", **spec)
    return [*nodes(), namespace("shop"), one, client(), web, slice_of(web, [{"port": 8080}], [endpoint(one)])]


@pytest.mark.parametrize(
    ("source", "address", "seen"),
    [
        ("outside", "172.18.0.3", "10.244.1.1"),
        ("outside", "172.18.0.4", "172.18.0.4"),
        ("node/lab-worker", "127.0.0.1", "10.244.1.1"),
        ("node/lab-worker", "172.18.0.4", "172.18.0.4"),
        ("pod/client", "172.18.0.3", "10.244.1.1"),
        ("pod/client", "172.18.0.4", "172.18.0.4"),
    ],
)
def test_a_node_port_on_every_node_rewrites_the_source(source, address, seen):
    path = go(node_port_shop(), source, f"http://{address}:30080/clientip")
    assert path.verdict.seen_source == seen
    assert HopKind.VIRTUAL_IP not in kinds(path), "one DNAT: a node port's packet never visits the virtual IP"
    assert kinds(path).count(HopKind.NODE_PORT) == 1


def test_local_traffic_policy_keeps_the_source_and_drops_elsewhere():
    objects = node_port_shop(externalTrafficPolicy="Local")
    assert go(objects, "outside", "http://172.18.0.3:30080/").verdict.seen_source == "172.18.0.5"
    assert go(objects, "outside", "http://172.18.0.4:30080/").verdict.outcome is Outcome.TIMED_OUT
    assert go(objects, "pod/client", "http://172.18.0.3:30080/").verdict.seen_source == "10.244.1.9"


def test_a_virtual_ip_means_nothing_outside():
    assert go(shop(), "outside", "http://10.96.1.1/").verdict.outcome is Outcome.TIMED_OUT


def test_a_headless_name_gives_pods_and_their_own_ports():
    objects = shop()
    headless = service("pods", "None", [{"port": 80, "targetPort": 8080}])
    endpoints = next(one for one in objects if one["kind"] == "EndpointSlice")["endpoints"]
    objects += [headless, slice_of(headless, [{"port": 8080}], endpoints)]
    assert go(objects, "pod/client", "http://pods:8080/").verdict.answered
    assert go(objects, "pod/client", "http://pods/").verdict.outcome is Outcome.REFUSED
    assert HopKind.VIRTUAL_IP not in kinds(go(objects, "pod/client", "http://pods:8080/"))


def test_an_external_name_is_only_another_name():
    alias = service("alias", None, [], type="ExternalName", externalName="web.shop.svc.cluster.local")
    outside = service("away", None, [], type="ExternalName", externalName="example.com")
    objects = [*shop(), alias, outside]
    assert go(objects, "pod/client", "http://alias/").verdict.answered
    path = go(objects, "pod/client", "http://away/")
    assert path.verdict.outcome is Outcome.NO_SUCH_NAME
    assert path.hops[0].because == "Service shop/away spec.externalName"


def test_what_is_not_known_is_said():
    strange = pod("web-9", "10.244.1.99")
    strange["spec"]["containers"][0]["image"] = "nginx"
    with pytest.raises(Unmodelled, match="not those of nginx"):
        go([*shop(), strange], "pod/client", "http://10.244.1.99/")


def test_a_path_explains_itself_and_becomes_json():
    path = go(shop(), "pod/client", "http://web/")
    assert len(path.explain().splitlines()) == 4
    assert path.to_json()["hops"][1]["destination_after"] == "10.244.1.2:8080"


def balanced(**spec):
    web = service("web", "10.96.1.1", [{"port": 80, "nodePort": 30080}], type="LoadBalancer", **spec)
    web["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200"}]}}
    return web


@pytest.mark.parametrize(
    ("extra", "source", "target", "sentence"),
    [
        (pod("x", "10.244.1.51"), "pod/client", "http://93.184.215.14/", "93.184.215.14 is no address of the cluster"),
        (pod("x", "10.244.1.51"), "pod/nobody", "http://web/", "there is no Pod shop/nobody to ask from"),
        (pod("x", "10.244.1.51"), "outside", "http://172.18.0.3:10250/", "belongs to the kubelet"),
    ],
)
def test_each_thing_the_model_does_not_know_is_named(extra, source, target, sentence):
    objects = [one for one in shop() if one["metadata"]["name"] != extra["metadata"]["name"]]
    with pytest.raises(Unmodelled, match=sentence):
        go([*objects, extra], source, target)


def test_a_node_that_is_not_ready_is_not_judged():
    objects = [one for one in shop() if one["metadata"]["name"] != "lab-worker2"]
    objects.append(node("lab-worker2", "172.18.0.4", "10.244.2.0/24", ready=False))
    with pytest.raises(Unmodelled, match="node lab-worker2 is not Ready"):
        go(objects, "pod/client", "http://10.244.2.2:8080/")


def test_endpoints_meant_for_a_zone_are_for_its_nodes_and_all_for_a_node_without_one():
    # From the specification (kube-proxy's use of hints): the nodes of the recorded cluster have no zones.
    objects = shop()
    slice_ = next(one for one in objects if one["kind"] == "EndpointSlice")
    for one, zone in zip(slice_["endpoints"], ("a", "b", "b"), strict=True):
        one["hints"] = {"forZones": [{"name": zone}]}
    assert len(go(objects, "pod/client", "http://web/").candidates) == 3
    by_name = {one["metadata"]["name"]: one for one in objects if one["kind"] == "Node"}
    by_name["lab-worker"]["metadata"]["labels"] = {"topology.kubernetes.io/zone": "a"}
    by_name["lab-worker2"]["metadata"]["labels"] = {"topology.kubernetes.io/zone": "c"}
    near = go(objects, "pod/client", "http://web/")
    assert near.candidates == ("shop/web-1",)
    assert "meant for zone a" in near.hops[1].said
    # No endpoint is meant for zone c, so its nodes take all.
    assert len(go(objects, "pod/other/far", "http://web.shop/").candidates) == 3


def test_a_stopped_node_is_silent():
    state = ClusterState.from_objects(shop(), "172.18.0.5", faults=Faults.of(stopped=["lab-worker2"]))
    for source, target in (
        ("pod/client", "http://10.244.2.2:8080/"),
        ("outside", "http://172.18.0.4:10250/"),
        ("node/lab-worker", "tcp://172.18.0.4:10250"),
    ):
        path = route(state, parse_place(source, "shop"), parse_target(target), first)
        assert path.verdict.outcome is Outcome.TIMED_OUT
        assert "lab-worker2 is stopped" in path.hops[-1].said


def test_nothing_is_asked_from_a_stopped_node():
    state = ClusterState.from_objects(shop(), "172.18.0.5", faults=Faults.of(stopped=["lab-worker"]))
    for source in ("pod/client", "node/lab-worker"):
        with pytest.raises(Unmodelled, match="node lab-worker is stopped"):
            route(state, parse_place(source, "shop"), parse_target("http://10.244.2.2:8080/"), first)


def test_another_node_answers_for_the_load_balancer_when_its_node_stops():
    objects = [one for one in shop() if one["kind"] != "Service"] + [balanced()]
    state = ClusterState.from_objects(objects, "172.18.0.5")
    asked = parse_place("outside"), parse_target("http://172.18.255.200/")
    entered = route(state, *asked, first).hops[0].who.rpartition(" ")[2]
    stopped = ClusterState.from_objects(objects, "172.18.0.5", faults=Faults.of(stopped=[entered]))
    path = route(stopped, *asked, lambda options: options[0])
    assert path.hops[0].who.startswith("MetalLB's speaker on lab-")
    assert not path.hops[0].who.endswith(f" {entered}")


def test_a_firewall_closes_node_ports_to_other_machines():
    objects = [one for one in shop() if one["kind"] != "Service"] + [balanced()]
    closed = {"lab-worker": [(30000, 32767)]}
    state = ClusterState.from_objects(objects, "172.18.0.5", faults=Faults.of(firewalls=closed))

    def ask(source, target):
        return route(state, parse_place(source, "shop"), parse_target(target), first)

    path = ask("outside", "http://172.18.0.3:30080/")
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].because == "the firewall of node lab-worker closes ports 30000-32767"
    assert ask("outside", "http://172.18.0.4:30080/").verdict.answered
    assert ask("node/lab-worker", "http://172.18.0.3:30080/").verdict.answered
    assert ask("pod/client", "http://172.18.0.3:30080/").verdict.answered
    assert ask("pod/other/far", "http://172.18.0.3:30080/").verdict.outcome is Outcome.TIMED_OUT


def test_nothing_passes_between_nodes_that_are_parted():
    objects = [one for one in shop() if one["kind"] != "Service"] + [balanced()]
    state = ClusterState.from_objects(
        objects, "172.18.0.5", faults=Faults.of(partitions=[["lab-worker", "lab-worker2"]])
    )

    def ask(source, target):
        paths = possible_paths(state, parse_place(source, "shop"), parse_target(target))
        return {(path.verdict.outcome, path.verdict.by) for path in paths}

    lost = (Outcome.TIMED_OUT, None)
    assert ask("pod/client", "http://10.244.2.2:8080/") == {lost}
    assert ask("node/lab-worker", "http://172.18.0.4:30080/") == {lost}
    # Of the virtual IP's endpoints only the near ones answer, and outside still reaches both nodes.
    near = {(Outcome.ANSWERED, "shop/web-1")}
    assert ask("pod/client", "http://10.96.1.1/") == near | {lost}
    assert ask("outside", "http://172.18.0.3:30080/") == near | {lost}
    assert lost in ask("outside", "http://172.18.0.4:30080/")


def test_without_dns_pods_no_name_exists():
    dns = service("kube-dns", "10.96.0.10", [{"name": "dns", "port": 53, "protocol": "UDP"}], "kube-system")
    path = go([*shop(), dns], "pod/client", "http://web/")
    assert path.verdict.outcome is Outcome.NO_SUCH_NAME
    assert "the cluster's DNS has no ready Pod" in path.hops[0].said


def test_a_container_that_is_down_refuses():
    objects = shop()
    web = next(one for one in objects if one["metadata"]["name"] == "web-1")
    web["status"]["containerStatuses"] = [{"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    path = go(objects, "pod/client", "http://10.244.1.2:8080/")
    assert path.verdict.outcome is Outcome.REFUSED
    assert "main is down" in path.hops[-1].said


def test_a_sidecar_listens_too():
    objects = shop()
    web = next(one for one in objects if one["metadata"]["name"] == "web-1")
    sidecar = {"name": "side", "image": IMAGE, "args": ["netexec", "--http-port=9000"], "restartPolicy": "Always"}
    web["spec"]["initContainers"] = [sidecar]
    assert go(objects, "pod/client", "http://10.244.1.2:9000/").verdict.by == "shop/web-1"


def test_nftables_mode_differs_as_recorded():
    objects = [one for one in shop() if one["kind"] != "Service"] + [balanced()]
    state = ClusterState.from_objects(objects, "172.18.0.5", proxy_mode="nftables")

    def ask(source, target):
        return route(state, parse_place(source, "shop"), parse_target(target), first)

    wrong = ask("pod/client", "http://10.96.1.1:8080/")
    assert wrong.verdict.outcome is Outcome.REFUSED
    assert wrong.from_specification == ()
    assert ask("pod/client", "ping://10.96.1.1").verdict.outcome is Outcome.TIMED_OUT
    assert ask("node/lab-worker", "http://127.0.0.1:30080/").verdict.outcome is Outcome.REFUSED
    assert ask("outside", "http://172.18.0.3:30080/").verdict.answered


def proxy_config_map(text):
    metadata = {"name": "kube-proxy", "namespace": "kube-system"}
    return {"kind": "ConfigMap", "metadata": metadata, "data": {"config.conf": text}}


@pytest.mark.parametrize(
    ("text", "mode"),
    [("mode: nftables\n", "nftables"), ('mode: "ipvs"', "ipvs"), ('mode: ""', "iptables"), ("", "iptables")],
)
def test_the_proxy_mode_is_that_of_the_config_map(text, mode):
    assert ClusterState.from_objects([*shop(), proxy_config_map(text)]).proxy_mode == mode


def test_the_pods_range_is_that_of_the_config_map():
    assert ClusterState.from_objects(shop()).cluster_cidr == "10.244.0.0/16"
    told = proxy_config_map("clusterCIDR: fd00:10:10::/56,10.10.0.0/16")
    assert ClusterState.from_objects([*shop(), told]).cluster_cidr == "10.10.0.0/16"


def test_ipvs_is_refused_where_kube_proxy_decides():
    objects = [*shop(), proxy_config_map("mode: ipvs")]
    for target in ("http://web/", "http://10.96.1.1:99/"):
        with pytest.raises(Unmodelled, match="kube-proxy runs in ipvs mode here"):
            go(objects, "pod/client", target)
    assert go(objects, "pod/client", "http://10.244.2.2:8080/").verdict.answered


def test_from_the_specification_ipvs_answers_pings_to_a_virtual_ip():
    path = go([*shop(), proxy_config_map("mode: ipvs")], "pod/client", "ping://web")
    assert path.verdict.answered
    assert path.from_specification == ("kube-proxy's IPVS mode",)


def test_endpoints_of_ipv6_are_left_aside_for_ipv4():
    objects = shop()
    slice_ = next(one for one in objects if one["kind"] == "EndpointSlice")
    other = {**slice_, "metadata": {**slice_["metadata"], "name": "web-six"}, "addressType": "IPv6"}
    other["endpoints"] = [{"addresses": ["fd00::2"]}]
    assert len(go([*objects, other], "pod/client", "http://web/").candidates) == 3


def test_a_datagram_that_the_nodes_own_rules_drop_is_refused_to_a_program_of_the_node():
    web = service("dns", "10.96.1.9", [{"port": 53, "protocol": "UDP"}], internalTrafficPolicy="Local")
    far = pod("dns-1", "10.244.2.8", "lab-worker2", ["netexec"])
    objects = [*shop(), web, far, slice_of(web, [{"name": "", "port": 8081, "protocol": "UDP"}], [endpoint(far)])]
    assert go(objects, "node/lab-worker", "udp://10.96.1.9:53").verdict.outcome is Outcome.REFUSED
    assert go(objects, "pod/client", "udp://10.96.1.9:53").verdict.outcome is Outcome.TIMED_OUT


def node_port_for_own_node_only(*pods):
    web = service("own", "10.96.1.9", [{"port": 80, "nodePort": 31000}], type="NodePort", externalTrafficPolicy="Local")
    return [
        *shop(),
        *pods,
        web,
        slice_of(web, [{"name": "", "port": 8080, "protocol": "TCP"}], [endpoint(one) for one in pods]),
    ]


def test_kube_proxy_takes_for_a_pods_what_a_node_sends_to_its_own_address_on_the_pods_network():
    """As found on kind: no other source is put in, as it is for what the node sends to its other addresses."""
    far = pod("own-2", "10.244.2.8", "lab-worker2")
    objects = node_port_for_own_node_only(far)
    assert go(objects, "node/lab-worker", "http://10.244.1.1:31000").verdict.seen_source == "10.244.1.1"
    assert go(objects, "node/lab-worker", "http://172.18.0.3:31000").verdict.seen_source == "172.18.0.3"


def test_kube_proxy_knows_a_pod_of_another_node_that_asks_by_an_address_on_the_pods_network():
    """As found on kind: in spite of externalTrafficPolicy Local all Pods are chosen from; those of other nodes answer
    past the node that changed the address, in vain."""
    objects = node_port_for_own_node_only(pod("own-1", "10.244.1.8"), pod("own-2", "10.244.2.8", "lab-worker2"))
    state = ClusterState.from_objects(objects)
    source = parse_place("pod/far", "other")
    ends = {
        address: [one.verdict.by or one.verdict.outcome for one in possible_paths(state, source, parse_target(url))]
        for address in ("10.244.1.1", "172.18.0.3")
        for url in [f"http://{address}:31000"]
    }
    assert ends == {"10.244.1.1": ["shop/own-1", Outcome.TIMED_OUT], "172.18.0.3": ["shop/own-1"]}


def test_two_services_with_endpoints_at_one_external_address_are_chance():
    ports, address = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], "192.0.2.7"
    objects = shop()
    for name, virtual in (("one", "10.96.1.11"), ("two", "10.96.1.12")):
        claiming = service(name, virtual, ports, externalIPs=[address])
        objects += [claiming, slice_of(claiming, [{"port": 8080, "protocol": "TCP"}], [endpoint(objects[5])])]
    with pytest.raises(Unmodelled, match="shop/one and shop/two claim the same external address"):
        go(objects, "pod/client", f"http://{address}/")
