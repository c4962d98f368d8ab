"""Who enforces NetworkPolicies, told from DaemonSets. The names of images are those their projects publish."""

import pytest

from servicelab.network.enforcement import policy_enforcement
from servicelab.network.path import HopKind
from servicelab.network.places import parse_place, parse_target
from servicelab.network.route import route
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome
from tests.network.flows.recordings import FOLDER, read
from tests.network.objects import shop


def daemon_set(*images):
    containers = [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]
    return {
        "kind": "DaemonSet",
        "metadata": {"name": "network", "namespace": "kube-system"},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


@pytest.mark.parametrize(
    ("image", "by"),
    [
        ("docker.io/calico/node:v3.28.5", "Calico"),
        ("quay.io/cilium/cilium:v1.19.0@sha256:ab12", "Cilium"),
        ("antrea/antrea-agent-ubuntu:v2.4.0", "Antrea"),
        ("docker.io/kindest/kindnetd:v20240813-c6f155d6", "kindnet"),
        ("docker.io/kindest/kindnetd:v20250512-df8de77b", "kindnet"),
    ],
)
def test_networks_that_enforce(image, by):
    told = policy_enforcement([daemon_set("registry.k8s.io/kube-proxy:v1.36.3"), daemon_set(image)])
    assert (told.enforced, told.by) == (True, by)
    assert told.said == f"NetworkPolicies are enforced here by {by}."


@pytest.mark.parametrize(
    ("image", "by"),
    [("ghcr.io/flannel-io/flannel:v0.27.0", "flannel"), ("docker.io/kindest/kindnetd:v20240513-cd2ac642", "kindnet")],
)
def test_networks_that_do_not(image, by):
    told = policy_enforcement([daemon_set(image)])
    assert (told.enforced, told.by) == (False, by)
    assert "they change nothing" in told.said
    assert told.because.startswith("DaemonSet kube-system/network spec.template.spec.containers[0].image: ")


@pytest.mark.parametrize(
    "image", ["example.com/own/network:v1", "docker.io/kindest/kindnetd:v20240726-x", "docker.io/kindest/kindnetd:dev"]
)
def test_not_known(image):
    assert policy_enforcement([daemon_set(image)]).enforced is None
    assert policy_enforcement([]).enforced is None


def test_flannel_with_a_program_that_enforces():
    told = policy_enforcement([daemon_set("flannel/flannel:v1"), daemon_set("docker.io/calico/node:v3.28.5")])
    assert told.enforced


def test_the_recorded_cluster_enforces_by_calico():
    record, _ = read(FOLDER / "nftables" / "clusterip.json")
    told = policy_enforcement(record["objects"])
    assert (told.enforced, told.by) == (True, "Calico")
    assert record["recorded_on"]["policies"].startswith("Calico")


def test_from_the_specification_a_policy_that_nobody_enforces_changes_nothing():
    deny = {"kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": "shop"}, "spec": {"podSelector": {}}}
    asked = parse_place("pod/client", "shop"), parse_target("http://web/")
    enforced = ClusterState.from_objects([*shop(), deny])
    path = route(enforced, *asked, lambda options: options[-1])
    assert path.verdict.outcome is Outcome.TIMED_OUT
    open_ = ClusterState.from_objects([*shop(), deny, daemon_set("flannel/flannel:v1")])
    path = route(open_, *asked, lambda options: options[-1])
    assert path.verdict.answered
    assert path.from_specification == ("a network that enforces no policies",)
    hop = next(hop for hop in path.hops if hop.kind is HopKind.POLICY)
    assert "should be dropped" in hop.said
    assert "does not enforce NetworkPolicies" in hop.said
