"""The standing Namespace: its manifests, and how objects are made comparable between kind and the embedded cluster."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST
from tests.embedded.admission.recording import BY_KIND

FOLDER = Path(__file__).parent
NAMESPACE = "standing"
KINDS = ("Pod", "Service", "Endpoints", "EndpointSlice", "Deployment", "ReplicaSet", "Event", "ServiceAccount")
UNSTEADY = frozenset({
    "uid", "resourceVersion", "creationTimestamp", "managedFields", "startTime", "startedAt", "finishedAt",
    "lastTransitionTime", "lastUpdateTime", "containerID", "imageID", "hostIP", "hostIPs", "nodeName",
    "clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "generation", "observedGeneration", "generateName",
})  # fmt: skip
Json = dict[str, Any]


def manifests() -> list[Json]:
    """All manifests, complete."""
    text = (FOLDER / "manifests.yaml").read_text(encoding="utf-8").replace("IMAGE", AGNHOST)
    found = []
    for manifest in yaml.safe_load(text):
        complete = {"apiVersion": BY_KIND[manifest["kind"]].api_version, **manifest}
        complete["metadata"]["namespace"] = NAMESPACE
        found.append(complete)
    return found


def recorded() -> Json:
    """What kind made of them: by kind and name."""
    found: Json = json.loads((FOLDER / "recorded.json").read_text(encoding="utf-8"))["objects"]
    return found


def comparable(objects: Iterable[Json]) -> Json:
    """Objects by kind and name, without identities, times, addresses and chosen names."""
    listed = list(objects)
    names = {pod["status"].get("podIP"): _pod_name(pod) for pod in listed if pod["kind"] == "Pod"}
    found: Json = {kind: {} for kind in KINDS}
    for one in listed:
        if one["kind"] == "Event":
            entry = f"{one['type']} {one['reason']}: {one['message']}"
            about = f"{one['involvedObject']['kind']} {one['involvedObject']['name']}"
            found["Event"].setdefault(_steady_text(about), []).append(_steady_text(entry))
            continue
        steady = _steady(_stripped(one), names)
        found[one["kind"]].setdefault(_steady_text(one["metadata"]["name"]), []).append(steady)
    for by_name in found.values():
        for entries in by_name.values():
            entries.sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    found["Event"] = {about: sorted(set(entries)) for about, entries in found["Event"].items()}
    return found


def _pod_name(pod: Json) -> str:
    return "ADDRESS OF " + _steady_text(pod["metadata"]["name"])


def _steady_text(text: str) -> str:
    text = re.sub(r"\b(good|bad|none|homeless|single)-[a-z0-9]{6,10}\b", r"\1-HASH", text)
    text = re.sub(r"\b(good-HASH|bad-HASH|single)-[a-z0-9]{5}\b", r"\1-POD", text)
    services = "named|number|several|headless|portless|all|nobody|half|near|close|balanced|written"
    text = re.sub(rf"\b({services})-[a-z0-9]{{5}}\b", r"\1-SLICE", text)
    text = re.sub(r"kube-api-access-\w{5}", "kube-api-access-XXXXX", text)
    text = re.sub(r"10\.244\.\d+\.\d+", "ADDRESS", text)
    text = re.sub(r"172\.18\.255\.\d+", "BALANCED", text)
    text = re.sub(r"(workshop|lab|test-[0-9a-f]{8})-(control-plane|worker2?)", "NODE", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "UID", text)


def _stripped(one: Json) -> Json:
    """Without what is this machine's or this tool's: Calico's annotation, the memory limit of cgroup v1."""
    copy: Json = json.loads(json.dumps(one))
    annotations = copy["metadata"].get("annotations", {})
    for key in ("cni.projectcalico.org/podIP", "endpoints.kubernetes.io/last-change-trigger-time"):
        annotations.pop(key, None)
    if not annotations:
        copy["metadata"].pop("annotations", None)
    if copy["kind"] == "Pod":
        copy["status"].pop("resources", None)
        copy["status"].pop("allocatedResources", None)
        for status in copy["status"].get("containerStatuses", []):
            status.pop("allocatedResources", None)
    if copy["kind"] in ("Endpoints", "EndpointSlice"):
        for entries in (copy.get("endpoints") or [], *_addresses(copy)):
            entries.sort(key=lambda entry: str(entry.get("targetRef", {}).get("name", "")))
        for subset in copy.get("subsets", []):
            subset.get("ports", []).sort(key=lambda port: str(port.get("name")))
        (copy.get("ports") or []).sort(key=lambda port: str(port.get("name")))
        copy.get("subsets", []).sort(key=lambda subset: json.dumps(subset.get("ports")))
    return copy


def _addresses(endpoints: Json) -> list[list[Json]]:
    kinds = ("addresses", "notReadyAddresses")
    return [subset[kind] for subset in endpoints.get("subsets", []) for kind in kinds if kind in subset]


def _steady(value: Any, names: dict[str | None, str]) -> Any:
    if isinstance(value, dict):
        steady = {}
        for key, inner in value.items():
            if key in UNSTEADY:
                continue
            if key == "pod-template-hash":
                inner = "HASH"
            steady[_steady_text(key)] = _steady(inner, names)
        return steady
    if isinstance(value, list):
        return [_steady(inner, names) for inner in value]
    if isinstance(value, str):
        return names.get(value) or _steady_text(value)
    return value
