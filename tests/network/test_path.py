"""Paths word for word, in both of their forms: programs read the JSON, learners the sentences.

`python -m tests.network.test_path` writes golden.json anew; a change in it shall be seen, and meant.
"""

import json
from pathlib import Path as File

import pytest

from servicelab.network.faults import NODE_PORTS, Faults
from servicelab.network.path import FORMAT, Endpoint, HopKind, Path
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from tests.network.objects import endpoint, pod, service, shop, slice_of

GOLDEN = File(__file__).parent / "golden.json"
DENY = {
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny", "namespace": "other"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}
ASKED = {
    "a virtual IP by name": ("pod/client", "http://web/"),
    "a name that does not exist": ("pod/other/far", "http://web/"),
    "an alias": ("pod/client", "http://alias/"),
    "a headless Service": ("pod/client", "http://heads:8080/"),
    "a wrong port": ("pod/client", "http://10.96.1.1:81/"),
    "no endpoints": ("node/lab-worker", "http://10.96.1.3/"),
    "a node port by way of another node": ("outside", "http://172.18.0.2:30080/"),
    "a load balancer": ("outside", "http://172.18.255.200/"),
    "a source that is not allowed": ("pod/client", "http://172.18.255.200/"),
    "an external IP": ("pod/client", "http://172.18.255.253/"),
    "a host port": ("outside", "http://172.18.0.3:8871/"),
    "a Pod that reaches itself": ("pod/web-1", "http://10.96.1.1/"),
    "a policy that drops": ("pod/client", "http://10.244.2.7:8080/"),
    "a port-forward": ("forward/svc/shop/web", "http://localhost:80/"),
    "a ping": ("pod/client", "ping://10.244.2.2"),
    "a firewall": ("outside", "http://172.18.0.4:30080/"),
}


def objects():
    port = {"port": 80, "targetPort": 8080, "protocol": "TCP"}
    both = [{"name": "", "port": 8080, "protocol": "TCP"}]
    spec = {"loadBalancerSourceRanges": ["172.18.0.0/16"], "externalIPs": ["172.18.255.253"]}
    balanced = service("out", "10.96.1.2", [{**port, "nodePort": 30080}], type="LoadBalancer", **spec)
    balanced["status"] = {"loadBalancer": {"ingress": [{"ip": "172.18.255.200"}]}}
    heads = service("heads", None, [port], clusterIP="None", clusterIPs=["None"])
    nobody = service("nobody", "10.96.1.3", [port], selector={"app": "nobody"})
    alias = service("alias", None, [], type="ExternalName", externalName="web.shop.svc.cluster.local")
    porty = pod("porty", "10.244.1.5", labels={"app": "porty"})
    porty["spec"]["containers"][0]["ports"] = [{"containerPort": 8080, "hostPort": 8871}]
    closed = pod("closed", "10.244.2.7", "lab-worker2", space="other", labels={"app": "closed"})
    web = [endpoint(one) for one in shop() if one["kind"] == "Pod" and one["metadata"]["labels"] == {"app": "web"}]
    slices = [slice_of(balanced, both, web), slice_of(heads, both, web)]
    return [*shop(), balanced, heads, nobody, alias, porty, closed, DENY, *slices]


def paths() -> dict[str, Path]:
    closed = Faults.of(firewalls={"lab-worker2": [NODE_PORTS]})
    state = ClusterState.from_objects(objects(), "172.18.0.5", closed)
    return {
        what: route(state, parse_place(source, "shop"), parse_target(target), lambda options: options[0])
        for what, (source, target) in ASKED.items()
    }


def written() -> dict[str, object]:
    return {what: {"explain": path.explain().splitlines(), "json": path.to_json()} for what, path in paths().items()}


@pytest.mark.parametrize("what", ASKED)
def test_a_path_is_word_for_word_the_same(what):
    golden = json.loads(GOLDEN.read_text())
    assert json.loads(json.dumps(written()[what])) == golden[what]


def test_the_golden_paths_have_hops_of_every_kind():
    assert {hop.kind for path in paths().values() for hop in path.hops} == set(HopKind)


def test_the_json_keeps_its_keys():
    golden = json.loads(GOLDEN.read_text())
    assert FORMAT == 1
    for one in golden.values():
        assert list(one["json"]) == [
            *("format", "source", "target", "hops", "verdict", "candidates", "connected", "source_address"),
            *("from_specification", "translated_anew"),
        ]


def test_an_endpoint_of_ipv6_has_brackets():
    assert str(Endpoint("fd00::1", 80)) == "[fd00::1]:80"
    assert str(Endpoint("fd00::1")) == "fd00::1"


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(written(), indent=1, ensure_ascii=False) + "\n")
