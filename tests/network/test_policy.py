"""NetworkPolicies on small states: which rule decides, and what is said. What kind did is in test_flows.py."""

import pytest

from servicelab.network.path import HopKind
from servicelab.network.places import parse_place, parse_target
from servicelab.network.policy_reading import read_policy
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome
from tests.network.objects import namespace, service, shop

WEB = {"matchLabels": {"app": "web"}}


def policy(name, spec):
    return {"kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def go(policies, source="pod/client", target="http://web/", extra=()):
    state = ClusterState.from_objects([*shop(), *policies, *extra], outside_address="172.18.0.5")
    return route(state, parse_place(source, "shop"), parse_target(target), lambda options: options[0])


def test_a_drop_names_every_policy_that_selects_the_pod():
    rules = [{"from": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}]
    path = go([policy("deny", {"podSelector": {}}), policy("some", {"podSelector": WEB, "ingress": rules})])
    last = path.hops[-1]
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert (last.kind, last.who) == (HopKind.POLICY, "the network's policies on lab-worker")
    assert last.because == "NetworkPolicy shop/deny spec.ingress; NetworkPolicy shop/some spec.ingress"
    assert "no rule allows TCP port 8080 from 10.244.1.9" in last.said


def test_an_allowed_packet_names_the_rule():
    rules = [
        {"from": [{"namespaceSelector": {"matchLabels": {"team": "far"}}}]},
        {
            "from": [{"podSelector": WEB}, {"podSelector": {"matchLabels": {"app": "client"}}}],
            "ports": [{"port": 8080}],
        },
    ]
    path = go([policy("in", {"podSelector": WEB, "ingress": rules})])
    assert path.verdict.answered
    hop = next(hop for hop in path.hops if hop.kind is HopKind.POLICY)
    assert hop.because == "NetworkPolicy shop/in spec.ingress[1].from[1].ports[0]"


def test_a_rule_with_the_services_port_is_named_as_a_near_miss():
    rules = [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]
    path = go([policy("in", {"podSelector": WEB, "ingress": rules})])
    assert "spec.ingress[0] allows TCP 80 only" in path.hops[-1].said


def test_a_question_to_dns_is_judged_like_any_packet():
    dns = service("kube-dns", "10.96.0.10", [{"name": "dns", "port": 53, "protocol": "UDP"}], "kube-system")
    slice_ = {
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns-1",
            "namespace": "kube-system",
            "labels": {"kubernetes.io/service-name": "kube-dns"},
        },
        "addressType": "IPv4",
        "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}],
        "endpoints": [{"addresses": ["10.244.0.2"]}],
    }
    deny = policy("deny", {"podSelector": {}, "policyTypes": ["Egress"]})
    path = go([deny], extra=[dns, slice_])
    assert path.verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].said.startswith("web cannot be looked up: the question to CoreDNS is dropped.")
    assert path.hops[-1].because == "NetworkPolicy shop/deny spec.egress"
    allowed = policy("names", {"podSelector": {}, "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]})
    path = go([deny, allowed], extra=[dns, slice_])
    assert path.hops[0].kind is HopKind.NAME
    assert path.hops[-1].kind is HopKind.POLICY


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({"podSelector": {}}, True, False),
        ({"podSelector": {}, "egress": []}, True, False),
        ({"podSelector": {}, "egress": [{}]}, True, True),
        ({"podSelector": {}, "egress": [{}], "policyTypes": ["Egress"]}, False, True),
    ],
)
def test_policy_types_follow_from_the_rules(spec, ingress, egress):
    read = read_policy(policy("one", spec))
    assert (read.ingress is not None, read.egress is not None) == (ingress, egress)


def test_a_client_hidden_behind_a_node_is_told():
    web = service("web", "10.96.1.1", [{"port": 80, "nodePort": 30080, "protocol": "TCP"}], type="NodePort")
    rules = [{"from": [{"ipBlock": {"cidr": "172.18.0.5/32"}}]}]
    extra = [web]
    far = go([policy("in", {"podSelector": WEB, "ingress": rules})], "outside", "http://172.18.0.4:30080/", extra)
    assert far.verdict.outcome is Outcome.TIMED_OUT
    assert "172.18.0.5, the client's own address, would be allowed" in far.hops[-1].said
    near = go([policy("in", {"podSelector": WEB, "ingress": rules})], "outside", "http://172.18.0.3:30080/", extra)
    assert near.verdict.answered


def test_without_the_clients_address_nothing_is_guessed():
    web = service("web", "10.96.1.1", [{"port": 80, "nodePort": 30080, "protocol": "TCP"}], type="NodePort")
    state = ClusterState.from_objects([*shop(), web, policy("deny", {"podSelector": {}})])
    asked = parse_place("outside"), parse_target("http://172.18.0.3:30080/")
    with pytest.raises(Unmodelled, match="NetworkPolicy that selects Pod shop/web-1 decides by the client's address"):
        route(state, *asked, lambda options: options[0])


def test_a_policy_of_another_namespace_selects_nobody_here():
    deny = policy("deny", {"podSelector": {}})
    deny["metadata"]["namespace"] = "other"
    assert go([deny, namespace("other")]).verdict.answered
