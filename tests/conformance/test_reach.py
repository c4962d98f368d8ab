"""Who is answered from where: the same cases on both clusters.

The expected outcomes are those of a kind cluster with Kubernetes v1.36.3, kube-proxy in iptables mode, CoreDNS
1.14.2; on kind these tests confirm them anew.
"""

from pathlib import Path

import pytest
from lightkube.codecs import load_all_yaml
from lightkube.core.exceptions import ApiError
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Namespace, Node, Pod, Service

from servicelab.cluster.base import Cluster
from servicelab.network.places import parse_place, parse_target
from servicelab.network.verdict import Outcome

NAMESPACES = ("reach", "reach-visitors")
CLIENT, VISITOR, OUTSIDE, NODE = "pod/reach/client", "pod/reach-visitors/client", "outside", "node/{worker}"
CASES = [
    (CLIENT, "http://web/hostname", Outcome.ANSWERED),
    (CLIENT, "http://web.reach/hostname", Outcome.ANSWERED),
    (CLIENT, "http://web.reach.svc/hostname", Outcome.ANSWERED),
    (CLIENT, "http://web.reach.svc.cluster.local/hostname", Outcome.ANSWERED),
    (CLIENT, "http://web:8080/hostname", Outcome.TIMED_OUT),
    (CLIENT, "http://{web}/hostname", Outcome.ANSWERED),
    (CLIENT, "http://{pod}:8080/hostname", Outcome.ANSWERED),
    (CLIENT, "http://{pod}/hostname", Outcome.REFUSED),
    (CLIENT, "http://nothing/", Outcome.NO_SUCH_NAME),
    (CLIENT, "http://web.nowhere/", Outcome.NO_SUCH_NAME),
    (CLIENT, "http://by-name:81/hostname", Outcome.ANSWERED),
    (CLIENT, "http://by-name/hostname", Outcome.TIMED_OUT),
    (CLIENT, "http://by-name:90/hostname", Outcome.TIMED_OUT),
    (CLIENT, "http://wrong-target/", Outcome.REFUSED),
    (CLIENT, "http://unknown-target-name/", Outcome.REFUSED),
    (CLIENT, "http://nobody/", Outcome.REFUSED),
    (CLIENT, "http://bad-flag/", Outcome.REFUSED),
    (CLIENT, "http://headless:8080/hostname", Outcome.ANSWERED),
    (CLIENT, "http://headless/hostname", Outcome.REFUSED),
    (CLIENT, "http://elsewhere/", Outcome.NO_SUCH_NAME),
    (CLIENT, "http://{node}:32321/hostname", Outcome.ANSWERED),
    (CLIENT, "http://{node}:80/hostname", Outcome.REFUSED),
    (VISITOR, "http://web/hostname", Outcome.NO_SUCH_NAME),
    (VISITOR, "http://web.reach/hostname", Outcome.ANSWERED),
    (NODE, "http://{web}/hostname", Outcome.ANSWERED),
    (NODE, "http://{pod}:8080/hostname", Outcome.ANSWERED),
    (NODE, "http://web.reach/hostname", Outcome.NO_SUCH_NAME),
    (NODE, "http://127.0.0.1:32321/hostname", Outcome.ANSWERED),
    (OUTSIDE, "http://{web}/hostname", Outcome.TIMED_OUT),
    (OUTSIDE, "http://web.reach/hostname", Outcome.NO_SUCH_NAME),
    (OUTSIDE, "http://{node}:32321/hostname", Outcome.ANSWERED),
    (OUTSIDE, "http://{control_plane}:32321/hostname", Outcome.ANSWERED),
    (OUTSIDE, "http://{node}:32322/hostname", Outcome.REFUSED),
]


@pytest.fixture(scope="module")
def places(cluster: Cluster):
    """The state of reach.yaml, ready; gives the addresses that the cases name in braces."""
    for manifest in load_all_yaml((Path(__file__).parent / "reach.yaml").read_text()):
        cluster.api.create(manifest)
    api = cluster.api
    cluster.wait_until(
        "the web Pods and the clients are ready",
        lambda: (
            (api.get(Deployment, "web", namespace="reach").status.readyReplicas or 0) == 3
            and all(
                api.get(Pod, name, namespace=space).status.phase == "Running"
                for space, name in (("reach", "client"), ("reach-visitors", "client"))
            )
        ),
        timeout=90,
    )
    nodes = {node.metadata.name: node.status.addresses[0].address for node in api.list(Node)}
    worker = next(name for name in sorted(nodes) if name.endswith("-worker"))
    control_plane = next(name for name in nodes if name.endswith("-control-plane"))
    found = {
        "worker": worker,
        "node": nodes[worker],
        "control_plane": nodes[control_plane],
        "web": api.get(Service, "web", namespace="reach").spec.clusterIP,
        "pod": next(iter(api.list(Pod, namespace="reach", labels={"app": "web"}))).status.podIP,
    }
    cluster.wait_until(
        "the rules for the last Service are on every node",
        lambda: (
            probe(cluster, found, OUTSIDE, "http://{node}:32321/hostname").answered
            and probe(cluster, found, OUTSIDE, "http://{control_plane}:32321/hostname").answered
            and probe(cluster, found, CLIENT, "http://node-port/hostname").answered
        ),
        timeout=30,
    )
    yield found
    for name in NAMESPACES:
        api.delete(Namespace, name)


def probe(cluster: Cluster, places: dict[str, str], source: str, target: str):
    return cluster.probe(parse_place(source.format(**places)), parse_target(target.format(**places)))


@pytest.mark.parametrize(("source", "target", "expected"), CASES)
def test_how_a_request_ends(cluster, places, source, target, expected):
    assert probe(cluster, places, source, target).outcome is expected


def test_every_backend_answers_in_the_end(cluster, places):
    pods = {f"reach/{pod.metadata.name}" for pod in cluster.api.list(Pod, namespace="reach", labels={"app": "web"})}
    seen: set[str | None] = set()
    for _ in range(60):
        seen.add(probe(cluster, places, CLIENT, "http://web/hostname").by)
        if seen == pods:
            break
    assert seen == pods


def test_a_pod_sees_the_clients_own_address_through_a_virtual_ip(cluster, places):
    client = cluster.api.get(Pod, "client", namespace="reach").status.podIP
    assert probe(cluster, places, CLIENT, "http://web/clientip").seen_source == client


def test_a_service_of_a_name_that_exists_is_refused(cluster, places):
    with pytest.raises(ApiError) as refused:
        cluster.api.create(
            Service.from_dict({"metadata": {"name": "web", "namespace": "reach"}, "spec": {"ports": [{"port": 80}]}})
        )
    assert refused.value.status.code == 409
