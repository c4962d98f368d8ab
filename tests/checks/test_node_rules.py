"""Whether the nodes' rules have followed a change, by what kube-proxy tells."""

from collections import Counter

import pytest

from servicelab.checks.node_rules import LONGEST, NodeRules, read
from servicelab.cluster.base import Capability, ExecResult
from servicelab.cluster.embedded_cluster import ThrowawayCluster

METRICS = """# HELP kubeproxy_sync_proxy_rules_service_changes_total Cumulative proxy rules Service changes
kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family="IPv4",le="0.001"} 0
kubeproxy_sync_proxy_rules_endpoint_changes_pending 0
kubeproxy_sync_proxy_rules_iptables_last{ip_family="IPv4",table="nat"} 16
kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 1.7953355053564854e+09
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7953355051384425e+09
kubeproxy_sync_proxy_rules_service_changes_pending 0
kubeproxy_sync_proxy_rules_service_changes_total 394
"""
"""Of a node of kind v1.36.3, shortened, while rules waited to be written."""
FAMILIES = [("IPv4", "051384425"), ("IPv6", "0")]
QUEUED = 100.0


class Nodes(ThrowawayCluster):
    """A cluster whose nodes answer like this when they are asked for metrics, one answer after the other."""

    def __init__(self, *answers: str, capabilities=frozenset({Capability.REAL_TRAFFIC})):
        super().__init__(seed=1)
        self.answers, self.capabilities, self.asked = answers, capabilities, Counter()

    def execute_on_node(self, node, command, *, timeout=30.0):
        self.asked[node] += 1
        answer = self.answers[min(self.asked[node], len(self.answers)) - 1]
        return ExecResult(answer, "", 0 if answer else 7)


def told(changes: int, pending: int = 0, written: float = QUEUED) -> str:
    names = {"service_changes_total": changes, "service_changes_pending": pending, "endpoint_changes_pending": 0}
    times = {"last_queued_timestamp_seconds": QUEUED, "last_timestamp_seconds": written}
    return "".join(f"kubeproxy_sync_proxy_rules_{name} {value}\n" for name, value in (names | times).items())


def test_it_reads_what_kube_proxy_tells():
    found = read(METRICS)
    assert found["service_changes_total"] == 394
    assert found["last_timestamp_seconds"] < found["last_queued_timestamp_seconds"]


def test_of_two_families_the_one_behind_counts():
    both = "".join(METRICS.replace("IPv4", family).replace("051384425", digits) for family, digits in FAMILIES)
    assert read(both)["last_timestamp_seconds"] == 1795335500.0


@pytest.mark.parametrize(
    "not_yet",
    [told(7), told(8, pending=1), told(8, written=QUEUED - 1), ""],
    ids=["not heard", "heard", "not written", "silent"],
)
def test_it_waits_until_every_node_has_written_the_change(not_yet):
    cluster = Nodes(told(7), not_yet, not_yet, told(8))
    NodeRules(cluster).follow()
    assert set(cluster.asked.values()) == {4}
    assert len(cluster.asked) == 3


def test_it_goes_on_when_the_rules_do_not_follow():
    cluster = Nodes(told(7))
    began = cluster.core.clock.now()
    NodeRules(cluster).follow()
    assert cluster.core.clock.now() - began == LONGEST


@pytest.mark.parametrize(
    "cluster", [Nodes(""), Nodes(told(7), capabilities=frozenset())], ids=["no metrics", "in-process"]
)
def test_nothing_is_waited_for_where_nothing_is_told(cluster):
    began = cluster.core.clock.now()
    NodeRules(cluster).follow()
    assert cluster.core.clock.now() == began
