"""What a Pod, or a Pod template, has where its manifest says nothing."""

import re
from typing import Any

from servicelab.embedded.api.quantity import amount as quantity
from servicelab.embedded.store import Object

GRACE_SECONDS = 30
FILE_MODE = 420
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
MODED_VOLUMES = ("configMap", "secret", "downwardAPI", "projected")


def default_pod_spec(spec: dict[str, Any], is_template: bool = True) -> None:
    """Fill in `spec` of a Pod or (`is_template`) of a Pod template."""
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", GRACE_SECONDS)
    spec["terminationGracePeriodSeconds"] = _at_least_one(spec["terminationGracePeriodSeconds"])
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        name = spec.get("serviceAccountName") or spec["serviceAccount"]
        spec["serviceAccountName"] = spec["serviceAccount"] = name
    spec["containers"] = spec.get("containers") or []
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind, []):
            default_container(container, bool(spec.get("hostNetwork")) and not is_template)
            if not is_template:
                _request_limits(container["resources"])
    for volume in spec.get("volumes", []):
        default_volume(volume)
    if not is_template:
        spec.setdefault("enableServiceLinks", True)


def _at_least_one(seconds: int) -> int:
    """Negative grace periods are stored as one second."""
    return 1 if seconds < 0 else seconds


def _request_limits(resources: dict[str, Any]) -> None:
    """A Pod's container that has a limit and no request requests its limit."""
    for name, amount in resources.get("limits", {}).items():
        resources.setdefault("requests", {}).setdefault(name, amount)


def default_container(container: dict[str, Any], host_network: bool = False) -> None:
    """Fill in one container."""
    container.setdefault("imagePullPolicy", pull_policy(str(container.get("image", ""))))
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    resources = container["resources"]
    for amounts in resources.values():
        if isinstance(amounts, dict):
            for name, amount in amounts.items():
                amounts[name] = amount if isinstance(amount, str) else f"{amount:g}"
    for port in container.get("ports", []):
        port.setdefault("protocol", "TCP")
        if host_network:
            port.setdefault("hostPort", port.get("containerPort"))
    for variable in container.get("env", []):
        default_reference(variable.get("valueFrom", {}))
        if variable.get("value") == "":
            del variable["value"]
    for name in PROBES:
        if name in container:
            default_probe(container[name])
    for hook in container.get("lifecycle", {}).values():
        if isinstance(hook, dict):
            default_handler(hook)


def default_reference(source: dict[str, Any]) -> None:
    """A field of the Pod or an amount of its resources, for a variable or a file."""
    if "fieldRef" in source:
        source["fieldRef"].setdefault("apiVersion", "v1")
    if "resourceFieldRef" in source:
        source["resourceFieldRef"].setdefault("divisor", "0")


def pull_policy(image: str) -> str:
    """Always for the tag `latest` and for no tag, else IfNotPresent, also for what is no image's name."""
    if "@" in image or " " in image:
        return "IfNotPresent"
    tag = re.search(r":([^:/]+)$", image)
    return "Always" if tag is None or tag.group(1) == "latest" else "IfNotPresent"


def default_probe(probe: dict[str, Any]) -> None:
    """Every ten seconds, one second to answer, one success, three failures."""
    for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not probe.get(name):
            probe[name] = value
    if probe.get("initialDelaySeconds") == 0:
        del probe["initialDelaySeconds"]
    default_handler(probe)
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def default_handler(handler: dict[str, Any]) -> None:
    """A probe or hook over HTTP asks for the root."""
    if "httpGet" in handler:
        handler["httpGet"].setdefault("path", "/")
        handler["httpGet"].setdefault("scheme", "HTTP")


def default_volume(volume: dict[str, Any]) -> None:
    """A volume without a source is an emptyDir."""
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for kind in MODED_VOLUMES:
        if kind in volume:
            volume[kind].setdefault("defaultMode", FILE_MODE)
    for source in volume.get("projected", {}).get("sources") or []:
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        _default_files(source.get("downwardAPI", {}))
    _default_files(volume.get("downwardAPI", {}))
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")


def _default_files(source: dict[str, Any]) -> None:
    for item in source.get("items", []):
        default_reference(item)


def quality_of_service(pod: Object) -> str:
    """`status.qosClass`, from the containers' requests and limits of cpu and memory."""
    guaranteed, anything = True, False
    for container in [*pod["spec"].get("initContainers", []), *pod["spec"].get("containers", [])]:
        requests, limits = (container.get("resources", {}).get(kind, {}) for kind in ("requests", "limits"))
        for name in ("cpu", "memory"):
            anything = anything or any(quantity(amounts.get(name, "0")) for amounts in (requests, limits))
            guaranteed = guaranteed and name in limits and requests.get(name) == limits[name]
    return "Guaranteed" if guaranteed and anything else "Burstable" if anything else "BestEffort"
