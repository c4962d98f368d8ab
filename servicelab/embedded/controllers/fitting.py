"""Whether a Pod fits on a node, and in the scheduler's words why not."""

from typing import Any

from servicelab.embedded.api.quantity import amount
from servicelab.embedded.controllers.crowd import AMOUNTS, Crowd, host_ports, requested
from servicelab.embedded.controllers.objects import labels_of
from servicelab.embedded.label_selectors import matches_expression, matches_labels
from servicelab.embedded.store import Object

TAINTED = "node(s) had untolerated taint(s)"
UNSCHEDULABLE = "node(s) were unschedulable"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
NO_FREE_PORTS = "node(s) didn't have free ports for the requested pod ports"
TOO_MANY = "Too many pods"
CORDONED = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
"""The taint that a node has while it is cordoned."""
BLOCKING = ("NoSchedule", "NoExecute")


def why_not(pod: Object, node: Object, there: Crowd) -> str | None:
    """None when the Pod fits beside those that are there; else the reason as FailedScheduling words it."""
    spec = pod["spec"]
    if node["spec"].get("unschedulable") and not any(tolerates(t, CORDONED) for t in spec.get("tolerations", [])):
        return UNSCHEDULABLE
    for taint in node["spec"].get("taints", []):
        if taint["effect"] in BLOCKING and not any(tolerates(t, taint) for t in spec.get("tolerations", [])):
            return TAINTED
    if not selects(spec, node):
        return NOT_SELECTED
    if any(there.ports[port] > 0 for port in host_ports(pod)):
        return NO_FREE_PORTS
    allocatable = node.get("status", {}).get("allocatable", {})
    if there.running + 1 > int(allocatable.get("pods", 0)):
        return TOO_MANY
    for name in AMOUNTS:
        asked = requested(pod, name)
        if asked and asked + there.requested[name] > amount(allocatable.get(name, "0")):
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
