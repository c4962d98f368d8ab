"""Zones and hints step by step: what is done to nodes and Services, and what the EndpointSlices then say.

`NODE` stands for the cluster's name at the front of node names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

ZONE = "topology.kubernetes.io/zone"
NAMESPACE = "zones"
Step = tuple[str, str, dict[str, Any]]
"""`label` (a node's zone), `patch` (a Service's spec) or `touch` (an annotation on every Service), of whom, to what."""
STEPS: tuple[Step, ...] = (
    ("touch", "", {"touched": "0"}),
    ("label", "NODE-worker", {ZONE: "east"}),
    ("touch", "", {"touched": "1"}),
    ("label", "NODE-worker2", {ZONE: "west"}),
    ("touch", "", {"touched": "2"}),
    ("label", "NODE-control-plane", {ZONE: "east"}),
    ("touch", "", {"touched": "3"}),
    ("patch", "none", {"trafficDistribution": "PreferSameZone"}),
    ("patch", "close", {"trafficDistribution": None}),
    ("patch", "same-zone", {"trafficDistribution": "PreferSameNode"}),
    ("patch", "same-node", {"trafficDistribution": "PreferClose"}),
    ("patch", "unready-too", {"publishNotReadyAddresses": False}),
    ("label", "NODE-worker", {ZONE: "west"}),
    ("touch", "", {"touched": "4"}),
    ("label", "NODE-worker", {ZONE: None}),
    ("touch", "", {"touched": "5"}),
    ("label", "NODE-worker2", {ZONE: None}),
    ("label", "NODE-control-plane", {ZONE: None}),
    ("touch", "", {"touched": "6"}),
)


def shown(slices: Iterable[Mapping[str, Any]], cluster_name: str) -> dict[str, dict[str, Any]]:
    """What each Service's endpoints say of zones and hints, by Service and Pod."""
    found: dict[str, dict[str, Any]] = {}
    for one in slices:
        service = one["metadata"]["labels"]["kubernetes.io/service-name"]
        for endpoint in one.get("endpoints") or ():
            hints = endpoint.get("hints") or {}
            said = {
                "zone": endpoint.get("zone"),
                "forZones": [hint["name"] for hint in hints.get("forZones", ())],
                "forNodes": [hint["name"].replace(f"{cluster_name}-", "NODE-") for hint in hints.get("forNodes", ())],
            }
            found.setdefault(service, {})[endpoint["targetRef"]["name"]] = {k: v for k, v in said.items() if v}
    return {service: dict(sorted(found[service].items())) for service in sorted(found)}
