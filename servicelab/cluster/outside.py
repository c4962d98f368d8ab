"""The client outside the cluster: a container on the nodes' Docker network that is not a node."""

from servicelab.cluster.base import MachineError
from servicelab.cluster.docker import NODE_LABEL, Container, containers, docker, remove
from servicelab.cluster.home import Home, write_private
from servicelab.cluster.images import WORKLOAD

LABEL = "servicelab.cluster"
POOL_LABEL = "servicelab.addresses"
"""Which load balancer addresses the cluster has, for other clusters to choose others."""
NETWORK = "kind"
NOTE = "made-network-kind"
"""The file in a learner's home that says that one of the lab's clusters brought this network."""


def container_name(cluster: str) -> str:
    """The outside client's container."""
    return f"{cluster}-outside"


def find(cluster: str) -> Container | None:
    """The outside client of a cluster, if there is one."""
    return next(iter(containers(f"{LABEL}={cluster}")), None)


def start(cluster: str, addresses: str) -> bool:
    """Make the outside client, or start it again; `addresses` are the cluster's own for load balancers."""
    found = find(cluster)
    if found is not None and (found.running or docker("start", found.name).succeeded):
        return True
    if found is not None:
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
    _give_way(cluster, addresses)
    return True


def forget_neighbours(cluster: str) -> None:
    """Let the client ask anew who has an address on its network, as one would that was not there before.

    As long as it talks to a machine it would otherwise keep that machine for the address, even when nobody announces
    the address any more.
    """
    docker("exec", "--privileged", container_name(cluster), "ip", "neigh", "flush", "all")


def _give_way(cluster: str, addresses: str) -> None:
    """MachineError, without the new client, when another lab took the same addresses at the same time, but earlier."""
    clients = [one for one in containers(LABEL) if addresses and one.labels.get(POOL_LABEL) == addresses]
    first = min(clients, key=lambda one: (one.created, one.name), default=None)
    if first is not None and first.labels[LABEL] != cluster:
        remove(container_name(cluster))
        raise MachineError(
            f"the cluster {first.labels[LABEL]} took the addresses {addresses} meanwhile", "Start again."
        )


def note_new_network(home: Home) -> None:
    """Remember that there was no network for kind, so that it goes with the last of our clusters."""
    if not docker("network", "inspect", NETWORK).succeeded:
        write_private(home.root / NOTE, "")


def remove_new_network(home: Home) -> None:
    """Remove the network when a cluster of ours brought it, and no cluster is left that needs it."""
    if (home.root / NOTE).exists() and not containers(NODE_LABEL) and not containers(LABEL):
        docker("network", "rm", NETWORK)
        (home.root / NOTE).unlink()
