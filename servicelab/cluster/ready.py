"""When a kind cluster may be used: it is asked, never assumed."""

from collections.abc import Callable
from functools import partial

from servicelab.cluster.base import MachineError, Result, WaitedTooLong
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.cluster.rest import Object

LONGEST = 180.0
"""Seconds a cluster gets to become ready, on a slow laptop too."""
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
DNS_METRICS = "http://{address}:9153/metrics"


def answers(cluster: KindCluster) -> str:
    """The Kubernetes version the API server tells; empty when it does not answer."""
    try:
        version: str = cluster.rest.get("/version")["gitVersion"]
        return version
    except (MachineError, OSError):
        return ""


def wait_until_ready(cluster: KindCluster) -> None:
    """Wait for what learners lean on: every node Ready, CoreDNS there and reached through its Service from every node,
    and a ServiceAccount for Pods. MachineError that names what did not come."""
    _wait(cluster, "every node to be Ready", lambda: all_nodes_ready(cluster.rest.items("/api/v1/nodes")))
    _wait(cluster, "CoreDNS to be available", lambda: _dns_available(cluster))
    _wait(cluster, "the default ServiceAccount", lambda: _exists(cluster, "serviceaccounts/default"))
    address = cluster.rest.get("/api/v1/namespaces/kube-system/services/kube-dns")["spec"]["clusterIP"]
    for node in cluster.rest.items("/api/v1/nodes"):
        name = node["metadata"]["name"]
        _wait(cluster, f"the cluster's DNS to answer on node {name}", partial(_reaches_dns, cluster, name, address))


def wait_for_new_leases(cluster: KindCluster) -> None:
    """Wait until every node has reported since now: right after a restart the API still tells of the time before it."""
    # Right after a start the API server answers, but does not know yet who may read what: ask for what is needed.
    before = _wait(cluster, "the API server to answer", lambda: renewals(cluster))
    _wait(
        cluster,
        "every node to report",
        lambda: all(renewal != before.get(node) for node, renewal in renewals(cluster).items()),
    )


def wait_for_node(cluster: KindCluster, name: str, before: str) -> None:
    """Wait until a node has reported since `before` (what `renewals` told) and is Ready."""
    _wait(cluster, f"the node {name} to report", lambda: renewals(cluster).get(name, "") not in ("", before))
    path = f"/api/v1/nodes/{name}"
    _wait(cluster, f"the node {name} to be Ready", lambda: all_nodes_ready([cluster.rest.get(path)]))


def all_nodes_ready(nodes: list[Object]) -> bool:
    """Whether there are nodes and each has the condition Ready."""
    return bool(nodes) and all(
        any(
            condition["type"] == "Ready" and condition["status"] == "True" for condition in node["status"]["conditions"]
        )
        for node in nodes
    )


def _wait(cluster: KindCluster, what: str, condition: Callable[[], Result]) -> Result:
    def asked() -> Result | None:
        try:
            return condition()
        except MachineError:
            return None

    try:
        found = cluster.wait_until(what, asked, timeout=LONGEST)
    except WaitedTooLong as problem:
        raise MachineError(
            f"the cluster is not ready: {problem}", "Try `lab cluster delete` and start it again."
        ) from problem
    assert found is not None
    return found


def _dns_available(cluster: KindCluster) -> bool:
    deployment = cluster.rest.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns")
    return any(
        condition["type"] == "Available" and condition["status"] == "True"
        for condition in deployment.get("status", {}).get("conditions", ())
    )


def _reaches_dns(cluster: KindCluster, node: str, address: str) -> bool:
    """Whether CoreDNS answers over its Service (by HTTP: nodes have curl) from a node."""
    command = ["curl", "--silent", "--fail", "--max-time", "2", "--output", "/dev/null"]
    return cluster.execute_on_node(node, [*command, DNS_METRICS.format(address=address)]).exit_code == 0


def _exists(cluster: KindCluster, path: str) -> bool:
    cluster.rest.get(f"/api/v1/namespaces/default/{path}")
    return True


def renewals(cluster: KindCluster) -> dict[str, str]:
    """When each node last reported, as its Lease says."""
    return {lease["metadata"]["name"]: lease["spec"].get("renewTime", "") for lease in cluster.rest.items(LEASES)}
