"""Whether a Pod fits on a node, and in the scheduler's words why not."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from servicelab.embedded.api.quantity import amount
from servicelab.embedded.controllers.objects import is_ended, labels_of
from servicelab.embedded.label_selectors import matches_expression, matches_labels
from servicelab.embedded.store import Object

TAINTED = "node(s) had untolerated taint(s)"
UNSCHEDULABLE = "node(s) were unschedulable"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
NO_FREE_PORTS = "node(s) didn't have free ports for the requested pod ports"
TOO_MANY = "Too many pods"
BLOCKING = ("NoSchedule", "NoExecute")


def why_not(pod: Object, node: Object, there: Iterable[Object]) -> str | None:
    """None when the Pod fits beside the Pods `there`; else the reason as FailedScheduling words it."""
    spec, present = pod["spec"], [other for other in there if not is_ended(other)]
    if node["spec"].get("unschedulable"):
        return UNSCHEDULABLE
    for taint in node["spec"].get("taints", []):
        if taint["effect"] in BLOCKING and not any(tolerates(t, taint) for t in spec.get("tolerations", [])):
            return TAINTED
    if not selects(spec, node):
        return NOT_SELECTED
    wanted = set(host_ports(pod))
    if wanted and any(wanted & set(host_ports(other)) for other in present):
        return NO_FREE_PORTS
    allocatable = node["status"]["allocatable"]
    if len(present) + 1 > int(allocatable["pods"]):
        return TOO_MANY
    for name in ("cpu", "memory"):
        asked = requested(pod, name)
        if asked and asked + sum(requested(other, name) for other in present) > amount(allocatable[name]):
            return f"Insufficient {name}"
    return None


def tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Whether a toleration lets a Pod onto a node with this taint."""
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    return bool(toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""))


def selects(spec: dict[str, Any], node: Object) -> bool:
    """Whether `nodeSelector` and required node affinity allow the node."""
    labels = labels_of(node)
    if not matches_labels(spec.get("nodeSelector", {}), labels):
        return False
    affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    fields = {"metadata.name": node["metadata"]["name"]}
    return any(
        all(matches_expression(expression, labels) for expression in term.get("matchExpressions", []))
        and all(matches_expression(expression, fields) for expression in term.get("matchFields", []))
        for term in required.get("nodeSelectorTerms", [])
    )


def host_ports(pod: Object) -> list[tuple[str, int]]:
    """(protocol, port) of ports a Pod takes on its node."""
    ports = [port for container in pod["spec"].get("containers", []) for port in container.get("ports", [])]
    return [(port["protocol"], port["hostPort"]) for port in ports if port.get("hostPort")]


def requested(pod: Object, name: str) -> Fraction:
    """What a Pod's containers request of cpu or memory."""
    given = (c.get("resources", {}).get("requests", {}).get(name) for c in pod["spec"].get("containers", []))
    return sum((amount(one) for one in given if one), Fraction(0))
