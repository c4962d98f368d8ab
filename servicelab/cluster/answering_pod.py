"""Which Pod answered, from the host name it told and the address that was asked. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def host_name(pod: Object) -> str:
    """What `hostname` says inside a Pod: its `spec.hostname` or its name, at most 63 characters; its node's name when
    it uses the node's network."""
    spec = pod["spec"]
    if spec.get("hostNetwork"):
        return str(spec.get("nodeName", ""))
    return str(spec.get("hostname") or pod["metadata"]["name"])[:63].rstrip("-.")


def find(
    told: str, asked: str | None, pods: Iterable[Object], services: Iterable[Object], slices: Iterable[Object]
) -> str | None:
    """`namespace/name` of the one Pod that can have said `told` when `asked` (ADDRESS:PORT) was; None if unclear.

    Pods of one name in several namespaces are told apart by who can be behind what was asked.
    """
    namesakes = [pod for pod in pods if host_name(pod) == told]
    if len(namesakes) > 1 and asked is not None:
        address, _, port = asked.rpartition(":")
        behind = {address} | _behind(address, int(port), services, slices)
        namesakes = [pod for pod in namesakes if behind & _addresses(pod)]
    if len(namesakes) != 1:
        return None
    metadata = namesakes[0]["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}"


def _addresses(pod: Object) -> set[str]:
    return {entry["ip"] for entry in pod.get("status", {}).get("podIPs", ())}


def _behind(address: str, port: int, services: Iterable[Object], slices: Iterable[Object]) -> set[str]:
    """The endpoint addresses of the Services that have this address; of those with this node port where none has."""
    services = list(services)
    found = [service for service in services if address in _virtual_addresses(service)]
    found = found or [service for service in services if port in node_ports(service)]
    having = {(service["metadata"]["namespace"], service["metadata"]["name"]) for service in found}
    return {
        address
        for slice_ in slices
        if (slice_["metadata"]["namespace"], slice_["metadata"].get("labels", {}).get("kubernetes.io/service-name"))
        in having
        for endpoint in slice_.get("endpoints") or ()
        for address in endpoint["addresses"]
    }


def _virtual_addresses(service: Object) -> set[str]:
    spec = service["spec"]
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    return {*spec.get("clusterIPs", ()), *spec.get("externalIPs", ()), *(entry.get("ip", "") for entry in ingress)}


def node_ports(service: Object) -> set[int]:
    """The node ports of a Service."""
    return {entry["nodePort"] for entry in service["spec"].get("ports") or () if "nodePort" in entry}
