"""Which Pods stand behind a Service, and on which of their ports."""

from typing import Any

from servicelab.embedded.controllers.objects import is_deleted, is_ended
from servicelab.embedded.store import Object

HEADLESS_LABEL = "service.kubernetes.io/headless"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
Port = dict[str, Any]


def has_endpoints_made(service: Object) -> bool:
    """Whether controllers look for the Pods: it has a selector and is no alias (ExternalName)."""
    return bool(service["spec"].get("selector")) and service["spec"]["type"] != "ExternalName"


def is_candidate(pod: Object, with_terminating: bool) -> bool:
    """Whether a Pod can be an endpoint: it has an address and has not ended."""
    if is_ended(pod) or not pod.get("status", {}).get("podIP"):
        return False
    return with_terminating or not is_deleted(pod)


def target_port(pod: Object, port: Port) -> int | None:
    """The number behind a Service port in this Pod; None when no container port has the name."""
    wanted = port.get("targetPort", port["port"])
    if isinstance(wanted, int):
        return wanted
    for container in pod["spec"].get("containers", []):
        for named in container.get("ports", []):
            if named.get("name") == wanted and named.get("protocol", "TCP") == port["protocol"]:
                number: int = named["containerPort"]
                return number
    return None


def endpoint_ports(service: Object, pod: Object) -> list[Port]:
    """The Service's ports with the numbers they have in this Pod; unknown names are left out."""
    found = []
    for port in service["spec"].get("ports", []):
        number = target_port(pod, port)
        if number is not None:
            entry: Port = {"name": port.get("name", ""), "port": number, "protocol": port["protocol"]}
            if "appProtocol" in port:
                entry["appProtocol"] = port["appProtocol"]
            found.append(entry)
    return found


def reference_to(pod: Object) -> dict[str, str]:
    """`targetRef` of an endpoint."""
    metadata = pod["metadata"]
    return {"kind": "Pod", "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]}


def is_headless(service: Object) -> bool:
    """Whether the Service has no virtual IP by choice."""
    return bool(service["spec"].get("clusterIP") == "None")


def host_name(service: Object, pod: Object) -> str:
    """The name a Pod has below a Service's name: only with `hostname`, and `subdomain` naming the Service."""
    spec = pod["spec"]
    if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
        return str(spec["hostname"])
    return ""
