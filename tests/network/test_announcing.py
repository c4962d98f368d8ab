"""Which node answers for a load balancer's address. That MetalLB chooses so is compared in test_flows.py."""

import pytest

from servicelab.network.announcing import announcer, elect
from servicelab.network.faults import Faults
from servicelab.network.state import ClusterState
from tests.network.objects import endpoint as ready
from tests.network.objects import nodes, pod, service, slice_of

ADDRESS = "172.18.255.200"


def balanced(endpoints=("lab-worker", "lab-worker2"), **spec):
    web = service("web", "10.96.1.1", [{"port": 80, "targetPort": 8080}], type="LoadBalancer", **spec)
    web["status"] = {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
    pods = [pod(f"web-{on}", f"10.244.{index + 1}.2", on) for index, on in enumerate(endpoints)]
    return [*nodes(), web, slice_of(web, [{"name": "", "port": 8080}], [ready(one) for one in pods]), *pods]


def ask(objects, how=announcer, **more):
    state = ClusterState.from_objects(objects, **more)
    node = how(state, state.services["shop", "web"], ADDRESS)
    return node.name if node else None


def test_only_nodes_with_an_endpoint_when_the_policy_is_local():
    for only in ("lab-worker", "lab-worker2"):
        assert ask(balanced([only], externalTrafficPolicy="Local")) == only


def test_nobody_without_an_endpoint_or_for_another_class():
    assert ask(balanced([])) is None
    assert ask(balanced(loadBalancerClass="example.com/other")) is None


def test_a_node_marked_as_not_for_load_balancers_never_does():
    objects = balanced()
    chosen = ask(objects)
    label = {"node.kubernetes.io/exclude-from-external-load-balancers": ""}
    next(one for one in objects if one["metadata"]["name"] == chosen)["metadata"]["labels"] = label
    assert ask(objects) not in (None, chosen)


def test_what_the_speakers_report_goes_first_until_that_node_stops():
    objects = balanced()
    other = "lab-worker" if ask(objects) == "lab-worker2" else "lab-worker2"
    told = {
        "kind": "ServiceL2Status",
        "metadata": {"name": "l2-1"},
        "status": {"node": other, "serviceName": "web", "serviceNamespace": "shop"},
    }
    assert ask([*objects, told]) == other
    assert ask([*objects, told], elect) != other
    assert ask([*objects, told], faults=Faults.of(stopped=[other])) != other


@pytest.mark.parametrize(("known", "node"), [({"shop/web": "lab-worker"}, "lab-worker"), ({}, None)])
def test_a_cluster_that_knows_is_believed(known, node):
    assert ask(balanced(), announcers=known) == node
