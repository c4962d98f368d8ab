"""What a Service has where its manifest says nothing. Each row is confirmed by a recorded case (tests)."""

from typing import Any

from servicelab.embedded.admission.service_status_rules import default_status
from servicelab.embedded.store import Object

CLIENT_IP_SECONDS = 10_800
WITH_NODE_PORTS = ("NodePort", "LoadBalancer")
WITH_VIRTUAL_IP = ("ClusterIP", "NodePort", "LoadBalancer")


def default_service(service: Object) -> None:
    """Fill in the defaults that do not depend on other objects."""
    spec: dict[str, Any] = service.setdefault("spec", {})
    if not spec.get("selector"):
        spec.pop("selector", None)
    spec.setdefault("sessionAffinity", "None")
    spec.setdefault("type", "ClusterIP")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["sessionAffinity"] == "ClientIP":
        seconds = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        seconds.setdefault("timeoutSeconds", CLIENT_IP_SECONDS)
    for port in spec.get("ports", []):
        default_port(port)
    if spec["type"] in WITH_NODE_PORTS or (spec.get("externalIPs") and spec["type"] in WITH_VIRTUAL_IP):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] in WITH_VIRTUAL_IP:
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if spec["type"] == "ExternalName":
        spec.pop("internalTrafficPolicy", None)
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    status: dict[str, Any] = service.setdefault("status", {})
    status.setdefault("loadBalancer", {})
    default_status(service)


def default_port(port: dict[str, Any]) -> None:
    """`protocol` is TCP, `targetPort` the port itself."""
    port.setdefault("protocol", "TCP")
    if port.get("targetPort") in (None, 0, "") and "port" in port:
        port["targetPort"] = port["port"]
    if port.get("nodePort") == 0:
        del port["nodePort"]
    if port.get("name") == "":
        del port["name"]
