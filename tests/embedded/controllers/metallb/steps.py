"""The cases of MetalLB: compact steps of cases.yaml made into requests, and what is looked at after each step."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST

Json = dict[str, Any]
NAMESPACE = "metallb-cases"
SYSTEM = "metallb-system"
CLUSTER = "workshop"
"""The cluster's name when recorded: who announces an address follows from the names of the nodes."""
PATHS = {
    "service": f"/api/v1/namespaces/{NAMESPACE}/services",
    "pod": f"/api/v1/namespaces/{NAMESPACE}/pods",
    "pool": f"/apis/metallb.io/v1beta1/namespaces/{SYSTEM}/ipaddresspools",
    "advertisement": f"/apis/metallb.io/v1beta1/namespaces/{SYSTEM}/l2advertisements",
}
EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"
KINDS = tuple(PATHS)


def cases() -> dict[str, list[Json]]:
    """All cases: their steps by name."""
    text = (Path(__file__).parent / "cases.yaml").read_text().replace("NAMESPACE", NAMESPACE)
    found: dict[str, list[Json]] = yaml.safe_load(text)
    return found


def pods() -> list[Json]:
    """The two Pods that are there before each case."""
    return [_pod("east", f"{CLUSTER}-worker"), _pod("west", f"{CLUSTER}-worker2")]


def _pod(name: str, node: str) -> Json:
    labels = {"app": "web", "side": name}
    container = {"name": "main", "image": AGNHOST, "args": ["pause"]}
    spec = {"nodeName": node, "containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def requests(step: Json) -> list[tuple[str, str, Json | None]]:
    """The requests of one step: method, path, body."""
    ((verb, what),) = step.items()
    kind = next(kind for kind in KINDS if kind in what)
    path = f"{PATHS[kind]}/{what[kind]}"
    if verb == "patch":
        return [("PATCH", path, what["with"])]
    if verb == "delete":
        return [("DELETE", path, None)]
    made = [("POST", PATHS[kind], _manifest(kind, what))]
    if kind == "pool" and what.get("advertised", True):
        wish = {"advertisement": what["pool"], "spec": {"ipAddressPools": [what["pool"]]}}
        made.insert(0, ("POST", PATHS["advertisement"], _manifest("advertisement", wish)))
    return made


def _manifest(kind: str, what: Json) -> Json:
    metadata = {"name": what[kind]} | {word: what[word] for word in ("annotations", "labels") if word in what}
    if kind == "service":
        ports = [{"port": what.get("port", 80), "protocol": what.get("protocol", "TCP")}]
        spec = {"type": "LoadBalancer", "selector": what.get("selector", {"app": "web"}), "ports": ports}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec | what.get("spec", {})}
    spec = dict(what.get("spec", {}))
    if kind == "pool":
        spec = {"addresses": what["addresses"], "serviceAllocation": {"namespaces": [NAMESPACE]}} | spec
    name = "IPAddressPool" if kind == "pool" else "L2Advertisement"
    return {"apiVersion": "metallb.io/v1beta1", "kind": name, "metadata": metadata, "spec": spec}


def shown(services: Iterable[Json], pools: Iterable[Json], events: Iterable[Json]) -> Json:
    """What there is to see: each Service's address and annotations, each pool's counts, all Events' texts."""
    return {
        "services": {one["metadata"]["name"]: _service(one) for one in services},
        "pools": {
            one["metadata"]["name"]: one.get("status", {})
            for one in pools
            if one["metadata"]["name"].startswith("test-")
        },
        "events": sorted({_event(one) for one in events if one["involvedObject"]["kind"] == "Service"}),
    }


def _service(service: Mapping[str, Any]) -> Json:
    annotations = service["metadata"].get("annotations", {})
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return {
        "ingress": [{**entry, "ip": masked(entry["ip"])} for entry in ingress],
        "annotations": dict(sorted(annotations.items())),
    }


def _event(event: Mapping[str, Any]) -> str:
    who = event.get("source", {}).get("component") or event.get("reportingComponent")
    about = event["involvedObject"]["name"]
    return f"{about}: {event['type']} {event['reason']} from {who}: {masked(event['message'])}"


def masked(text: str) -> str:
    """Addresses of the pool that everybody uses are chance, and so is the order in which others are named."""
    text = re.sub(r"172\.18\.255\.\d+", "POOL", text)
    head, words, names = text.partition("address also in use by ")
    return head + words + ",".join(sorted(names.split(",")))
