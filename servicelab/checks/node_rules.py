"""Whether the nodes' rules have followed a change of a Service: kube-proxy itself tells, in its metrics."""

from collections.abc import Mapping

from lightkube.resources.core_v1 import Node

from servicelab.checks.at_once import at_once, takes_real_time
from servicelab.cluster.base import Cluster, WaitedTooLong

COMMAND = ("curl", "--silent", "--fail", "--max-time", "2", "http://127.0.0.1:10249/metrics")
"""kube-proxy's metrics, at their default address."""
PREFIX = "kubeproxy_sync_proxy_rules_"
CHANGES, PENDING = "service_changes_total", ("service_changes_pending", "endpoint_changes_pending")
QUEUED, WRITTEN = "last_queued_timestamp_seconds", "last_timestamp_seconds"
LONGEST = 5.0
"""Seconds the rules may take. kube-proxy writes them at most once a second; observed on kind: 0.1 to 1.2 s."""
Told = Mapping[str, float]


class NodeRules:
    """What each node's kube-proxy tells before a change. `follow` then waits until all have written it.

    Without it, what was changed is asked for by rules of before for up to a second, and answers as it did. Where
    kube-proxy does not tell, nothing is waited for; an in-process cluster's rules follow at once.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        listed = cluster.api.list(Node) if takes_real_time(cluster) else ()
        nodes = [node.metadata.name for node in listed if node.metadata and node.metadata.name]
        told = zip(nodes, at_once(self._told, nodes, cluster), strict=True)
        self._before = {node: found[CHANGES] for node, found in told if CHANGES in found}

    def follow(self) -> None:
        """Wait for the rules; after `LONGEST` seconds go on, for then kube-proxy itself is what is wrong."""
        try:
            self._cluster.wait_until("the nodes' rules", self._have_followed, timeout=LONGEST)
        except WaitedTooLong:
            return

    def _have_followed(self) -> bool:
        return all(at_once(self._has_followed, self._before, self._cluster))

    def _has_followed(self, node: str) -> bool:
        told = self._told(node)
        is_written = told.get(WRITTEN, 0) >= told.get(QUEUED, 0) and not any(told.get(one) for one in PENDING)
        return told.get(CHANGES, 0) > self._before[node] and is_written

    def _told(self, node: str) -> Told:
        return read(self._cluster.execute_on_node(node, COMMAND).stdout)


def read(metrics: str) -> Told:
    """kube-proxy's metrics about its rules by their short names; of one for each IP family, that which is behind."""
    found: dict[str, float] = {}
    for line in metrics.splitlines():
        name, _, value = line.removeprefix(PREFIX).partition(" ")
        if not line.startswith(PREFIX):
            continue
        name = name.partition("{")[0]
        behind = min if name == WRITTEN else max
        found[name] = behind(found[name], float(value)) if name in found else float(value)
    return found
