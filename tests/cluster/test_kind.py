"""The life of a real cluster: made, found, interrupted, stopped, started, reset, deleted, with nothing left behind.

Most of it happens to the run's one cluster: more than two at once do not boot where inotify instances are few.
"""

import os
import signal
import stat
import subprocess
import sys
import time
import uuid
from ipaddress import ip_address
from pathlib import Path

import pytest
from lightkube import codecs
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap, Namespace, Service

from servicelab.cluster import docker, images, kind, metallb, outside, ready
from servicelab.cluster.base import Capability, MachineError
from servicelab.cluster.home import Home, read_json
from servicelab.cluster.progress import Silent
from servicelab.cluster.rest import Refused
from servicelab.cluster.status import State
from servicelab.network.places import Outside, parse_target
from servicelab.network.verdict import Outcome

pytestmark = pytest.mark.kind
COURSE = Path(__file__).resolve().parents[2]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
MERGE = {"Content-Type": "application/merge-patch+json"}
NO_PODS = {"key": "mine", "value": "yes", "effect": "NoSchedule"}
STUCK = {"metadata": {"finalizers": ["example.com/nobody-sees-to-it"]}}


class Told(Silent):
    """Remembers the steps and lines."""

    def __init__(self):
        self.steps = []
        self.lines = []

    def step(self, text):
        self.steps.append(text)
        return super().step(text)

    def say(self, text):
        self.lines.append(text)


@pytest.fixture(scope="module")
def docker_here():
    try:
        docker.check(20)
    except MachineError as problem:
        pytest.skip(problem.what)


@pytest.fixture
def name(docker_here):
    made = f"test-{uuid.uuid4().hex[:6]}"
    yield made
    assert containers_of(made) == [], "containers were left behind"


def containers_of(name):
    nodes = docker.containers(f"{docker.NODE_LABEL}={name}")
    return [one.name for one in (*nodes, *docker.containers(f"{outside.LABEL}={name}"))]


@pytest.fixture
def made(kind_cluster):
    """The run's own cluster: its home and name. Tests here leave it running."""
    return Home(kind_cluster.kubeconfig.parents[3]), kind_cluster.name


def test_what_was_made(made):
    home, name = made
    found = kind.status(home, name)
    assert (found.state, len(found.nodes), len(found.ports)) == (State.RUNNING, 3, 10)
    assert stat.S_IMODE(found.kubeconfig.stat().st_mode) == 0o600
    assert home.root in found.kubeconfig.parents
    user_config = Path.home() / ".kube" / "config"
    assert not user_config.exists() or f"kind-{name}" not in user_config.read_text(), "~/.kube/config was touched"


def test_a_second_start_finds_it_running(made, bundle):
    told = Told()
    assert kind.start(*made, told, bundle).state is State.RUNNING
    assert told.steps == ["Waiting until nodes, DNS and Services work"]


def test_another_lab_leaves_it_alone(tmp_path, made, bundle):
    _, name = made
    for verb in (kind.stop, kind.delete, lambda *words: kind.start(*words, bundle)):
        with pytest.raises(MachineError, match="was not made by this lab"):
            verb(Home(tmp_path), name, Silent())


def test_a_lost_client_outside_is_noticed_and_replaced(made, bundle):
    home, name = made
    docker.remove(outside.container_name(name))
    assert kind.status(home, name).state is State.BROKEN
    assert kind.start(home, name, Silent(), bundle).state is State.RUNNING


def test_what_is_in_it_survives_a_stop_and_goes_with_a_reset(made, bundle):
    home, name = made
    cluster = kind.open_running(home, name)
    cluster.api.create(Namespace(metadata=ObjectMeta(name="mine")))
    for space in ("default", "mine"):
        cluster.api.create(ConfigMap(metadata=ObjectMeta(name="kept", namespace=space), data={"a": "b"}))
    cluster.close()

    assert kind.stop(home, name, Silent()).state is State.STOPPED
    try:
        with pytest.raises(MachineError, match="is stopped"):
            kind.open_running(home, name)
    finally:
        assert kind.start(home, name, Silent(), bundle).state is State.RUNNING
    cluster = kind.open_running(home, name)
    assert cluster.api.get(ConfigMap, "kept", namespace="mine").data == {"a": "b"}
    node = cluster.rest.items("/api/v1/nodes")[0]["status"]["addresses"][0]["address"]
    assert cluster.probe(Outside(), parse_target(f"tcp://{node}:10250")).outcome is Outcome.ANSWERED

    worker = f"{name}-worker"
    change = {"metadata": {"labels": {"zone": "a"}}, "spec": {"unschedulable": True, "taints": [NO_PODS]}}
    cluster.rest.send("PATCH", f"/api/v1/nodes/{worker}", json=change, headers=MERGE)
    cluster.rest.send("PATCH", "/api/v1/namespaces/mine/configmaps/kept", json=STUCK, headers=MERGE)
    cluster.rest.send("POST", f"{RBAC}/clusterroles", json={"metadata": {"name": "mine"}})
    cluster.rest.send("POST", "/api/v1/namespaces/kube-system/configmaps", json={"metadata": {"name": "mine"}})
    kind.reset(home, name, Silent())
    spaces = {space.metadata.name for space in cluster.api.list(Namespace)}
    assert spaces == {"default", "kube-system", "kube-public", "kube-node-lease", "metallb-system"}
    assert [one.metadata.name for one in cluster.api.list(ConfigMap, namespace="default")] == ["kube-root-ca.crt"]
    assert [one.metadata.name for one in cluster.api.list(Service, namespace="default")] == ["kubernetes"]
    node = cluster.rest.get(f"/api/v1/nodes/{worker}")
    assert ("zone" in node["metadata"]["labels"], node["spec"].get("taints"), "unschedulable" in node["spec"]) == (
        False,
        None,
        False,
    )
    for path in (f"{RBAC}/clusterroles/mine", "/api/v1/namespaces/kube-system/configmaps/mine"):
        with pytest.raises(Refused, match="not found"):
            cluster.rest.get(path)
    cluster.close()


SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: balanced, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: balanced}}
  template:
    metadata: {labels: {app: balanced}}
    spec:
      containers: [{name: web, image: IMAGE, args: [netexec, --http-port=80]}]
---
apiVersion: v1
kind: Service
metadata: {name: balanced, namespace: default}
spec: {type: LoadBalancer, selector: {app: balanced}, ports: [{port: 80}]}
"""


def test_a_load_balancer_address_answers_outside_and_is_given_again_after_a_reset(made):
    home, name = made
    cluster = kind.open_running(home, name)
    assert Capability.LOAD_BALANCER in cluster.capabilities
    pool = cluster.rest.items(f"{metallb.GROUP}/ipaddresspools")[0]["spec"]["addresses"]
    assert pool == [read_json(home.cluster("kind", name) / "cluster.json")["load_balancer"]]
    first, last = map(ip_address, pool[0].split("-"))
    for manifest in codecs.load_all_yaml(SHOP.replace("IMAGE", images.WORKLOAD)):
        cluster.api.create(manifest)

    def address():
        status = cluster.api.get(Service, "balanced", namespace="default").status
        return status.loadBalancer.ingress[0].ip if status.loadBalancer and status.loadBalancer.ingress else ""

    given = cluster.wait_until("an address", address)
    assert first <= ip_address(given) <= last
    target = parse_target(f"http://{given}/hostname")
    cluster.wait_until("an answer outside", lambda: cluster.probe(Outside(), target).outcome is Outcome.ANSWERED)
    cluster.rest.send("DELETE", f"{metallb.GROUP}/ipaddresspools/{metallb.POOL}")
    wide = {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": {"name": "wide"}}
    cluster.rest.send(
        "POST", f"{metallb.GROUP}/ipaddresspools", json=wide | {"spec": {"addresses": ["172.30.0.1-172.30.0.9"]}}
    )
    cluster.close()
    kind.reset(home, name, Silent())
    cluster = kind.open_running(home, name)
    pools = cluster.rest.items(f"{metallb.GROUP}/ipaddresspools")
    assert [one["spec"]["addresses"] for one in pools] == [pool]
    cluster.close()


def test_a_node_is_stopped_and_started(made):
    home, name = made
    worker = f"{name}-worker"
    with pytest.raises(MachineError, match="is the control plane"):
        kind.stop_node(home, name, f"{name}-control-plane", Silent())
    with pytest.raises(MachineError, match=f"Its nodes are {name}-control-plane, {worker}, {worker}2"):
        kind.stop_node(home, name, "nowhere", Silent())
    kind.stop_node(home, name, worker, Silent())
    try:
        found = kind.status(home, name)
        assert (found.state, worker in found.detail) == (State.RUNNING, True)
        assert not next(one.running for one in docker.containers(f"{docker.NODE_LABEL}={name}") if one.name == worker)
    finally:
        kind.start_node(home, name, worker, Silent())
    assert kind.status(home, name).detail == ""
    cluster = kind.open_running(home, name)
    assert ready.all_nodes_ready(cluster.rest.items("/api/v1/nodes"))
    cluster.close()


def start_in_background(home, name, bundle):
    """`lab cluster start` as a process, once it has begun to make containers."""
    command = [sys.executable, "-m", "servicelab.cli", "cluster", "start", "--cluster", "kind", "--name", name]
    if bundle:
        command += ["--bundle", str(bundle)]
    environment = dict(os.environ, LAB_HOME=str(home.root))
    process = subprocess.Popen(
        command,
        cwd=COURSE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a run in the background ignores Ctrl-C
    )
    deadline = time.monotonic() + 120
    while not containers_of(name) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)  # between two looks at Docker
    return process


def test_ctrl_c_leaves_nothing_of_a_half_made_cluster(tmp_path, name, bundle):
    home = Home(tmp_path)
    process = start_in_background(home, name, bundle)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Removing the half-made cluster" in said
    assert containers_of(name) == []
    assert kind.status(home, name).state is State.ABSENT


def test_what_a_killed_start_left_is_known_and_removed(tmp_path, name, bundle):
    home = Home(tmp_path)
    process = start_in_background(home, name, bundle)
    process.kill()
    process.communicate(timeout=60)
    try:
        found = kind.status(home, name)
        assert found.state is State.BROKEN
        assert "interrupted" in found.detail
        assert read_json(home.cluster("kind", name) / "cluster.json")["state"] == "creating"
    finally:
        kind.delete(home, name, Silent())
    assert containers_of(name) == []
