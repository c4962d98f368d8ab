"""What a probe tells, and what it never takes for a verdict: the same on both clusters."""

from pathlib import Path

import pytest
from lightkube.codecs import load_all_yaml
from lightkube.core.exceptions import ApiError
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Namespace, Node, Pod, Service

from servicelab.cluster.base import MachineError, WaitedTooLong
from servicelab.network.places import NodePlace, Outside, PodPlace, parse_target
from servicelab.network.verdict import Outcome

NAMESPACE = "probe-shop"
CLIENT = PodPlace(NAMESPACE, "client")


@pytest.fixture(scope="module")
def shop(cluster):
    """The objects of shop.yaml, ready."""
    api = cluster.api
    for thing in load_all_yaml((Path(__file__).parent / "shop.yaml").read_text()):
        api.create(thing)
    cluster.wait_until(
        "the Pods of web", lambda: api.get(Deployment, "web", namespace=NAMESPACE).status.readyReplicas == 2
    )
    cluster.wait_until("the client", lambda: api.get(Pod, "client", namespace=NAMESPACE).status.phase == "Running")
    cluster.wait_until(
        "the Service to answer", lambda: cluster.probe(CLIENT, parse_target("http://web/hostname")).answered
    )
    yield cluster
    api.delete(Namespace, NAMESPACE)
    cluster.wait_until("the namespace to be gone", lambda: is_gone(api))


def is_gone(api):
    try:
        api.get(Namespace, NAMESPACE)
    except ApiError as problem:
        return problem.status.code == 404
    return False


def pods_of_web(shop):
    return {
        f"{NAMESPACE}/{pod.metadata.name}" for pod in shop.api.list(Pod, namespace=NAMESPACE, labels={"app": "web"})
    }


def nodes(shop):
    return sorted(node.metadata.name for node in shop.api.list(Node))


def address_of(shop, service):
    return shop.api.get(Service, service, namespace=NAMESPACE).spec.clusterIP


def test_hostname_tells_which_pod_answered_and_only_that(shop):
    verdict = shop.probe(CLIENT, parse_target("http://web/hostname"))
    assert (verdict.outcome, verdict.status, verdict.seen_source) == (Outcome.ANSWERED, 200, None)
    assert verdict.by in pods_of_web(shop)
    assert verdict.body == verdict.by.partition("/")[2]


def test_clientip_tells_the_source_and_only_that(shop):
    client = shop.api.get(Pod, "client", namespace=NAMESPACE)
    verdict = shop.probe(CLIENT, parse_target("http://web/clientip"))
    assert verdict.seen_source == client.status.podIP
    assert verdict.by is None


def test_other_paths_tell_neither(shop):
    verdict = shop.probe(CLIENT, parse_target("http://web/echo?msg=hello%20there"))
    assert (verdict.body, verdict.by, verdict.seen_source) == ("hello there", None, None)


def test_an_answer_that_says_no_is_an_answer(shop):
    verdict = shop.probe(CLIENT, parse_target("http://web/echo?msg=no&code=503"))
    assert (verdict.outcome, verdict.status, verdict.body) == (Outcome.ANSWERED, 503, "no")


def test_many_requests_reach_every_pod_each_over_a_connection_of_its_own(shop):
    verdicts = shop.probe_many(CLIENT, parse_target("http://web/hostname"), 30)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.ANSWERED] * 30
    assert {verdict.by for verdict in verdicts} == pods_of_web(shop)
    ports = shop.probe_many(CLIENT, parse_target("http://web/clientip"), 5)
    assert len({verdict.body for verdict in ports}) > 1


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("tcp://web:80", Outcome.ANSWERED),
        ("tcp://nobody:80", Outcome.REFUSED),
        ("tcp://web:82", Outcome.TIMED_OUT),
        ("tcp://nothing:80", Outcome.NO_SUCH_NAME),
        ("udp://web:81", Outcome.ANSWERED),
        ("udp://nobody:81", Outcome.REFUSED),
        ("udp://web:82", Outcome.TIMED_OUT),
        ("udp://nothing:81", Outcome.NO_SUCH_NAME),
        ("http://nobody/", Outcome.REFUSED),
        ("http://web:82/", Outcome.TIMED_OUT),
        ("http://nothing/", Outcome.NO_SUCH_NAME),
    ],
)
def test_outcomes_from_a_pod(shop, target, outcome):
    verdict = shop.probe(CLIENT, parse_target(target), timeout=1)
    assert (verdict.outcome, verdict.by, verdict.body) == (outcome, None, "")


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("tcp://{web}:80", Outcome.ANSWERED),
        ("tcp://{nobody}:80", Outcome.REFUSED),
        ("tcp://{web}:82", Outcome.TIMED_OUT),
        ("udp://{web}:81", Outcome.ANSWERED),
        ("udp://{nobody}:81", Outcome.REFUSED),
        ("udp://{web}:82", Outcome.TIMED_OUT),
        ("tcp://nothing:80", Outcome.NO_SUCH_NAME),
    ],
)
def test_outcomes_from_a_node(shop, target, outcome):
    addresses = {name: address_of(shop, name) for name in ("web", "nobody")}
    place = NodePlace(nodes(shop)[1])
    assert shop.probe(place, parse_target(target.format(**addresses)), timeout=1).outcome is outcome


def test_from_outside_by_a_node_port_and_not_by_the_virtual_address(shop):
    address = shop.api.get(Node, nodes(shop)[1]).status.addresses[0].address
    verdict = shop.probe(Outside(), parse_target(f"http://{address}:30009/hostname"))
    assert verdict.by in pods_of_web(shop)
    assert shop.probe(Outside(), parse_target(f"tcp://{address}:30009")).answered
    target = parse_target(f"http://{address_of(shop, 'web')}/hostname")
    assert shop.probe(Outside(), target, timeout=1).outcome is Outcome.TIMED_OUT


@pytest.mark.parametrize("place", [PodPlace(NAMESPACE, "nobody"), PodPlace("nowhere", "client"), NodePlace("nobody")])
def test_a_client_that_is_not_there_is_no_verdict(shop, place):
    with pytest.raises(MachineError):
        shop.probe(place, parse_target("http://web/hostname"))


def test_a_command_with_its_output_and_exit_code(shop):
    done = shop.execute(NAMESPACE, "client", ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 7)
    done = shop.execute_on_node(nodes(shop)[1], ["hostname"])
    assert (done.stdout.strip(), done.exit_code) == (nodes(shop)[1], 0)


def test_a_command_that_cannot_be_run_is_the_machines_fault(shop):
    with pytest.raises(MachineError):
        shop.execute(NAMESPACE, "client", ["no-such-program"])
    with pytest.raises(MachineError):
        shop.execute(NAMESPACE, "nobody", ["true"])
    with pytest.raises(MachineError, match="did not end within 1 s"):
        shop.execute(NAMESPACE, "client", ["sleep", "20"], timeout=1)


def test_waiting_in_vain_ends_and_says_for_what(shop):
    with pytest.raises(WaitedTooLong, match="waited 1 s for a miracle"):
        shop.wait_until("a miracle", lambda: False, timeout=1)


def test_a_condition_that_holds_is_asked_for_once(shop):
    asked = []
    assert shop.wait_until("nothing", lambda: asked.append(1) or "at once") == "at once"
    assert len(asked) == 1


def test_it_says_what_it_is(shop):
    assert f"{shop.kind} cluster" in shop.describe_version()
    assert "Kubernetes v1." in shop.describe_version()
