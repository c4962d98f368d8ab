"""An embedded cluster in a process of its own does what the one in this process does."""

import pytest
from lightkube.codecs import load_all_yaml
from lightkube.resources.core_v1 import Namespace, Pod

from servicelab.cluster.base import MachineError
from servicelab.network.places import NodePlace, Outside, PodPlace, parse_target
from servicelab.network.verdict import Outcome

OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: served}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: served, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: web, image: "registry.k8s.io/e2e-test-images/agnhost:2.63.0", args: [netexec]}]
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: served}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""
WEB = PodPlace("served", "web")


@pytest.fixture(scope="module")
def served(embedded_server):
    for thing in load_all_yaml(OBJECTS):
        embedded_server.api.create(thing)
    embedded_server.wait_until("an answer", lambda: can_ask(embedded_server), timeout=30)
    yield embedded_server
    embedded_server.api.delete(Namespace, "served")


def can_ask(cluster):
    pod = cluster.api.get(Pod, "web", namespace="served")
    return pod.status.phase == "Running" and cluster.probe(WEB, parse_target("http://front/hostname")).answered


def test_probes(served):
    verdict = served.probe(WEB, parse_target("http://front/hostname"))
    assert (verdict.outcome, verdict.by, verdict.seen_source) == (Outcome.ANSWERED, "served/web", None)
    assert served.probe_many(WEB, parse_target("http://nothing/"), 2)[1].outcome is Outcome.NO_SUCH_NAME
    assert served.probe(Outside(), parse_target("http://front/")).outcome is Outcome.NO_SUCH_NAME


@pytest.mark.parametrize("place", [PodPlace("served", "nobody"), NodePlace("nobody")])
def test_a_client_that_is_not_there_is_no_verdict(served, place):
    with pytest.raises(MachineError, match="no request can be sent from"):
        served.probe(place, parse_target("http://front/"))


def test_commands(served):
    done = served.execute("served", "web", ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 7)
    assert served.execute_on_node("lab-worker", ["hostname"]).stdout == "lab-worker\n"
    with pytest.raises(MachineError):
        served.execute("served", "web", ["no-such-program"])
    with pytest.raises(MachineError):
        served.execute("served", "nobody", ["true"])
    with pytest.raises(MachineError):
        served.execute_on_node("nobody", ["true"])


def test_a_server_that_is_gone_is_the_machines_fault(tmp_path):
    from servicelab.cluster import embedded
    from servicelab.cluster.home import Home
    from servicelab.cluster.progress import Silent

    home = Home(tmp_path)
    embedded.start(home, "gone", Silent())
    cluster = embedded.open_running(home, "gone")
    embedded.stop(home, "gone", Silent())
    for ask in (
        lambda: cluster.probe(Outside(), parse_target("http://front/")),
        lambda: cluster.execute("default", "web", ["true"]),
        lambda: cluster.execute_on_node("gone-worker", ["true"]),
        cluster.describe_version,
    ):
        with pytest.raises(MachineError, match=r"does not answer|cannot be reached"):
            ask()
    cluster.close()
    embedded.delete(home, "gone", Silent())
