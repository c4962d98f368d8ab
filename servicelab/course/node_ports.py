"""Node ports that an exercise asks for by number: every cluster has each of them once, and the learner may hold it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from servicelab.checks import Variant
from servicelab.checks.objects import write
from servicelab.cluster.answering_pod import node_ports
from servicelab.cluster.base import Cluster, MachineError
from servicelab.cluster.rest import Object
from servicelab.network.faults import NODE_PORTS

OF_THE_SERVER = ("resourceVersion", "uid", "creationTimestamp", "managedFields")


@contextmanager
def lent(cluster: Cluster, variant: Variant, own: Sequence[str]) -> Iterator[None]:
    """The variant's node ports are free in the block.

    What the learner made in the exercise's namespaces (`own`), by doing it, is taken away and put back afterwards.
    MachineError when a Service elsewhere holds one.
    """
    wanted = {value for value in variant.values.values() if isinstance(value, int) and NODE_PORTS.covers(value)}
    services = cluster.rest.items("/api/v1/services") if wanted else []
    taken = [service for service in services if wanted & node_ports(service)]
    for service in taken:
        namespace, name = _place(service)
        if namespace not in own:
            ports = ", ".join(map(str, sorted(wanted & node_ports(service))))
            raise MachineError(
                f"node port {ports}, which this exercise needs, is held by the Service {namespace}/{name}",
                f"Delete that: kubectl delete service -n {namespace} {name}",
            )
    for service in taken:
        _delete(cluster, service)
    try:
        yield
    finally:
        for service in taken:
            metadata = {key: value for key, value in service["metadata"].items() if key not in OF_THE_SERVER}
            kept = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service["spec"]}
            write(cluster.api, kept, metadata["namespace"])


def release(cluster: Cluster, namespace: str) -> None:
    """Delete a namespace's Services at once: the namespace itself takes its time to go, and its node ports with it."""
    for service in cluster.rest.items(f"/api/v1/namespaces/{namespace}/services"):
        if node_ports(service):
            _delete(cluster, service)


def _place(service: Object) -> tuple[str, str]:
    return service["metadata"]["namespace"], service["metadata"]["name"]


def _delete(cluster: Cluster, service: Object) -> None:
    namespace, name = _place(service)
    cluster.rest.send("DELETE", f"/api/v1/namespaces/{namespace}/services/{name}")
