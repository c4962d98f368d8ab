"""What is looked at when the objects are in order and the request got no answer: on a cluster whose traffic is told."""

import pytest

from servicelab.cluster.base import Capability, ExecResult
from servicelab.cluster.embedded_cluster import CAPABILITIES, ThrowawayCluster
from servicelab.network.places import NodePlace
from servicelab.network.verdict import Outcome, Verdict
from servicelab.tracing.diagnosing import doctor, read_asking
from tests.tracing.shop import SPACE, shop_on

LOOPBACK = "tcp\n 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n"
EVERYWHERE = "tcp6\n 0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0\n"
LOST, REFUSED = Verdict(Outcome.TIMED_OUT), Verdict(Outcome.REFUSED)


class Played(ThrowawayCluster):
    """An embedded cluster that takes its traffic for real, and ends requests as a test says."""

    capabilities = CAPABILITIES | {Capability.REAL_TRAFFIC}
    printed = EVERYWHERE

    def __init__(self, ends):
        super().__init__(seed=1)
        self.ends = ends

    def probe(self, source, target, *, timeout=2.0):
        told = self.ends(source, target)
        return told if told is not None else super().probe(source, target, timeout=timeout)

    def execute(self, namespace, pod, command, *, timeout=30.0):
        return ExecResult(self.printed, "", 0)


def told(ends, printed=EVERYWHERE, **asked):
    cluster = Played(ends)
    cluster.printed = printed
    shop_on(cluster)
    return doctor(cluster, read_asking("web", SPACE, **asked))[0]


def test_a_real_answer_is_no_finding():
    assert told(lambda source, target: None).is_healthy


@pytest.mark.parametrize(
    ("ends", "printed", "cause"),
    [
        (lambda _, target: LOST if target.host == "web" else None, EVERYWHERE, "dns-silent"),
        (lambda *_: REFUSED, LOOPBACK, "program-on-loopback"),
        (lambda *_: LOST, EVERYWHERE, "program-hangs"),
        (lambda source, _: None if isinstance(source, NodePlace) else LOST, EVERYWHERE, "way-cut"),
        (lambda _, target: None if target.host.startswith("10.244.") else LOST, EVERYWHERE, "proxy-stale"),
    ],
    ids=["by name only", "loopback", "nobody is answered", "near only", "Pods only"],
)
def test_what_no_object_shows_is_told_from_requests_and_sockets(ends, printed, cause):
    found = told(ends, printed, source="pod/client")
    assert found.finding is not None, found.unclear
    assert found.finding.cause == cause


def test_what_cannot_be_told_apart_is_said_so():
    found = told(lambda *_: LOST, "", source="pod/client")
    assert not found.is_healthy
    assert "it cannot be told" in found.unclear


def test_this_machine_is_told_from_the_service():
    found = told(lambda *_: None, source="here")
    assert found.finding is not None
    assert found.finding.cause == "machine-cannot-reach"


def test_a_service_that_nobody_can_ask_is_refused_in_a_sentence():
    cluster = Played(lambda *_: None)
    shop_on(cluster)
    port = {"port": 80, "protocol": "SCTP"}
    path = f"/api/v1/namespaces/{SPACE}/services"
    cluster.rest.send("POST", path, json={"metadata": {"name": "odd"}, "spec": {"ports": [port]}})
    for asked in ({}, {"port": 80}):
        with pytest.raises(ValueError, match="no port of TCP or UDP"):
            doctor(cluster, read_asking("odd", SPACE, **asked))
    assert [one.question.name for one in doctor(cluster, read_asking("", SPACE))] == ["nobody", "web"]
