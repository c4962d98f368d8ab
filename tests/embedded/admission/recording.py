"""Admission cases: what they are, how an object is made comparable, and where the recordings of kind are."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST

FOLDER = Path(__file__).parent / "cases"
THEMES = ("metadata", "service", "pod", "workload")
NAMESPACE = "cases"
UNSTEADY = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink")
API_VERSIONS = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "EndpointSlice": "discovery.k8s.io/v1"}
CLUSTER_WIDE = ("Namespace", "Node")


@dataclass(frozen=True)
class Case:
    """One write, and what stands in the cluster before it."""

    theme: str
    name: str
    before: list[dict[str, Any]]
    create: dict[str, Any] | None
    patch: dict[str, Any] | None
    put: dict[str, Any] | None


def cases(theme: str) -> list[Case]:
    """The cases of one file, with apiVersion, namespace and image filled in."""
    text = (FOLDER / f"{theme}.yaml").read_text(encoding="utf-8").replace("IMAGE", AGNHOST)
    return [
        Case(
            theme,
            entry["name"],
            [_complete(one) for one in entry.get("before", [])],
            _complete(entry["create"]) if "create" in entry else None,
            entry.get("patch"),
            _complete(entry["put"]) if "put" in entry else None,
        )
        for entry in yaml.safe_load(text)
    ]


def recorded(theme: str) -> dict[str, Any]:
    """What kind answered, by case name."""
    found: dict[str, Any] = json.loads((FOLDER / f"{theme}.json").read_text(encoding="utf-8"))["cases"]
    return found


def _complete(manifest: dict[str, Any]) -> dict[str, Any]:
    kind = manifest["kind"]
    complete = json.loads(json.dumps({"apiVersion": API_VERSIONS.get(kind, "v1"), **manifest}))
    if kind not in CLUSTER_WIDE:
        complete["metadata"]["namespace"] = NAMESPACE
    return complete


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386, JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def comparable(case: Case, object: dict[str, Any]) -> dict[str, Any]:
    """The object without what differs from run to run: identities, times, and values nobody asked for."""
    asked = json.dumps([case.before, case.create, case.patch, case.put])
    steady = json.loads(re.sub(r"kube-api-access-\w{5}", "kube-api-access-XXXXX", json.dumps(object)))
    for key in UNSTEADY:
        steady["metadata"].pop(key, None)
    spec = steady.get("spec", {})
    if steady["kind"] == "Service":
        if spec.get("clusterIP", "") not in asked:
            spec["clusterIP"], spec["clusterIPs"] = "ALLOCATED", ["ALLOCATED"]
        for port in spec.get("ports", []):
            if "nodePort" in port and str(port["nodePort"]) not in asked:
                port["nodePort"] = "ALLOCATED"
        if "healthCheckNodePort" in spec:
            spec["healthCheckNodePort"] = "ALLOCATED"
    if steady["kind"] == "Pod" and case.create is None:
        # A Pod that stands there already has been scheduled and started meanwhile.
        steady.pop("status", None)
        spec.pop("nodeName", None)
        steady["metadata"].get("annotations", {}).pop("cni.projectcalico.org/podIP", None)
        if not steady["metadata"].get("annotations"):
            steady["metadata"].pop("annotations", None)
    if steady["kind"] in ("Deployment", "ReplicaSet"):
        steady.pop("status", None)
        steady["metadata"].get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
        if not steady["metadata"].get("annotations"):
            steady["metadata"].pop("annotations", None)
    return steady


def without_difference(message: str) -> str:
    """Without what kind prints of its internal form after a Pod was changed where it cannot be."""
    head, separator, _ = message.partition("\n@@")
    return head + "\n" if separator else message
