"""Faults on purpose, and what requests notice of them: the same on a real cluster and on the embedded one.

What is expected was observed on kind (Kubernetes 1.36.3, kube-proxy in iptables mode) and holds there at each run.
"""

import uuid

import pytest

from servicelab.cluster import docker, faults, lifecycle
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.cluster.images import WORKLOAD
from servicelab.network.faults import Faults
from servicelab.network.places import parse_place, parse_target
from servicelab.network.verdict import Outcome

ANSWERED, TIMED_OUT = Outcome.ANSWERED, Outcome.TIMED_OUT
PORT = 30017


class Scene:
    """One Service on a node port, whose only Pod is on the second worker, and a client on the first."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.space = f"faults-{uuid.uuid4().hex[:6]}"
        nodes = cluster.rest.items("/api/v1/nodes")
        self.addresses = {node["metadata"]["name"]: node["status"]["addresses"][0]["address"] for node in nodes}
        self.control_plane, self.near, self.far = sorted(self.addresses)

    def build(self, port=PORT):
        rest = self.cluster.rest
        rest.send("POST", "/api/v1/namespaces", json={"metadata": {"name": self.space}})
        space = f"/api/v1/namespaces/{self.space}"
        self.cluster.wait_until(
            "the ServiceAccount",
            lambda: any(one["metadata"]["name"] == "default" for one in rest.items(f"{space}/serviceaccounts")),
        )
        for name, node in (("client", self.near), ("web", self.far)):
            container = {"name": "main", "image": WORKLOAD, "args": ["netexec", "--http-port=80"]}
            container["readinessProbe"] = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}
            spec = {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [container]}
            rest.send("POST", f"{space}/pods", json={"metadata": {"name": name, "labels": {"app": name}}, "spec": spec})
        spec = {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80, "nodePort": port}]}
        rest.send("POST", f"{space}/services", json={"metadata": {"name": "web"}, "spec": spec})
        self.cluster.wait_until(
            "the Pods to be ready",
            lambda: all(
                any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
                for pod in rest.items(f"{space}/pods")
            ),
        )
        self.by_node = {name: f"http://{address}:{port}/hostname" for name, address in self.addresses.items()}
        self.by_name = f"http://{rest.get(f'{space}/services/web')['spec']['clusterIP']}/hostname"
        self.pod = f"http://{rest.get(f'{space}/pods/web')['status']['podIP']}/hostname"
        self.client = f"pod/{self.space}/client"
        for node in self.addresses:
            self.cluster.wait_until("an answer", lambda node=node: self.ask("outside", self.by_node[node]) is ANSWERED)

    def ask(self, place, target):
        return self.cluster.probe(parse_place(place), parse_target(target)).outcome

    def change(self, change):
        """As `lab cluster node` does it."""
        if self.cluster.kubeconfig is None:
            known = Faults.from_json(self.cluster.rest.send("POST", "/lab/v1/nodes", json={}).json())
            self.cluster.rest.send("POST", "/lab/v1/faults", json=change(known).to_json())
            return
        home = Home(self.cluster.kubeconfig.parents[3])
        lifecycle._backend(self.cluster.kind).change_faults(home, self.cluster.name, [], change, lifecycle.Silent())

    def firewall(self, on):
        self.change(lambda known: faults.with_firewall(known, self.near, on=on))

    def partition(self, on):
        self.change(lambda known: faults.with_partition(known, self.near, self.far, on=on))


@pytest.fixture(scope="module")
def scene(cluster):
    made = Scene(cluster)
    try:
        made.build()
        yield made
        assert not cluster.faults(), "a test must mend what it broke"
    finally:
        cluster.rest.send("DELETE", f"/api/v1/namespaces/{made.space}")


def test_a_firewall_drops_what_other_machines_send_to_the_node_ports(scene):
    scene.firewall(on=True)
    try:
        assert list(scene.cluster.faults().firewalls) == [scene.near]
        blocked = {
            "outside": scene.ask("outside", scene.by_node[scene.near]),
            "another node": scene.ask(f"node/{scene.far}", scene.by_node[scene.near]),
        }
        assert set(blocked.values()) == {TIMED_OUT}, blocked
        passed = {
            "another node's port": scene.ask("outside", scene.by_node[scene.far]),
            "a Pod of the node": scene.ask(scene.client, scene.by_node[scene.near]),
            "the node itself": scene.ask(f"node/{scene.near}", scene.by_node[scene.near]),
            "the virtual IP": scene.ask(scene.client, scene.by_name),
        }
        assert set(passed.values()) == {ANSWERED}, passed
    finally:
        scene.firewall(on=False)
    assert scene.ask("outside", scene.by_node[scene.near]) is ANSWERED


def test_a_partition_lets_nothing_pass_between_two_nodes(scene):
    scene.partition(on=True)
    try:
        assert scene.cluster.faults().part(scene.far, scene.near)
        lost = {
            "a Pod there": scene.ask(scene.client, scene.pod),
            "its Service": scene.ask(scene.client, scene.by_name),
            "through this node": scene.ask("outside", scene.by_node[scene.near]),
        }
        assert set(lost.values()) == {TIMED_OUT}, lost
        passed = {
            "its own node": scene.ask("outside", scene.by_node[scene.far]),
            "a third node": scene.ask("outside", scene.by_node[scene.control_plane]),
            "from a third node": scene.ask(f"node/{scene.control_plane}", scene.pod),
        }
        assert set(passed.values()) == {ANSWERED}, passed
    finally:
        scene.partition(on=False)
    assert scene.ask(scene.client, scene.pod) is ANSWERED


@pytest.mark.kind
def test_kind_a_rule_in_input_never_sees_a_request_to_a_node_port(kind_cluster, request):
    """Why the firewall's rules are where they are: kube-proxy has sent the request on to a Pod before."""
    scene = Scene(kind_cluster)
    rule = ["INPUT", "-p", "tcp", "--dport", "30000:32767", "-j", "DROP"]
    request.addfinalizer(lambda: kind_cluster.rest.send("DELETE", f"/api/v1/namespaces/{scene.space}"))
    scene.build(PORT + 1)
    docker.docker("exec", scene.near, "iptables", "-I", *rule).or_raise("no rule")
    try:
        assert scene.ask("outside", scene.by_node[scene.near]) is ANSWERED
    finally:
        docker.docker("exec", scene.near, "iptables", "-D", *rule).or_raise("the rule stays")


def test_what_cannot_be_cut_is_refused():
    with pytest.raises(MachineError, match="is the control plane"):
        faults.with_partition(Faults(), "lab-control-plane", "lab-worker", on=True)
    with pytest.raises(MachineError, match="cannot be cut off from itself"):
        faults.with_partition(Faults(), "lab-worker", "lab-worker", on=True)
    with pytest.raises(MachineError, match="no node nowhere"):
        faults.check_nodes(["nowhere"], ["lab-worker"])
