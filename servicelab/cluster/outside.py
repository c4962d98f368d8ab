"""The client outside the cluster: a container on the nodes' Docker network that is not a node."""

from servicelab.cluster.docker import Container, containers, docker, remove
from servicelab.cluster.images import WORKLOAD

LABEL = "servicelab.cluster"
POOL_LABEL = "servicelab.addresses"
"""Which load balancer addresses the cluster has, for other clusters to choose others."""
NETWORK = "kind"


def container_name(cluster: str) -> str:
    """The outside client's container."""
    return f"{cluster}-outside"


def find(cluster: str) -> Container | None:
    """The outside client of a cluster, if there is one."""
    return next(iter(containers(f"{LABEL}={cluster}")), None)


def start(cluster: str, addresses: str = "") -> None:
    """Make the outside client, or start it again; `addresses` are the cluster's own for load balancers."""
    found = find(cluster)
    if found is not None and found.running:
        return
    if found is not None:
        if docker("start", found.name).succeeded:
            return
        remove(found.id)
    docker(
        "run",
        "--detach",
        f"--name={container_name(cluster)}",
        f"--hostname={container_name(cluster)}",
        f"--network={NETWORK}",
        f"--label={LABEL}={cluster}",
        f"--label={POOL_LABEL}={addresses}",
        "--restart=on-failure:1",
        WORKLOAD,
        "pause",
    ).or_raise("the outside client could not be started")
