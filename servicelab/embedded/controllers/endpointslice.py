"""EndpointSlices: the Pods behind each Service that has a selector."""

import json
from collections.abc import Iterable
from typing import Any

from servicelab.embedded.admission.names import generated_name
from servicelab.embedded.controllers.lookup import SERVICE_NAME_LABEL, Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    in_seconds,
    is_deleted,
    is_ready,
    key_of,
    labels_of,
    owner_reference,
)
from servicelab.embedded.controllers.service_ports import (
    HEADLESS_LABEL,
    TRIGGER,
    endpoint_ports,
    has_endpoints_made,
    host_name,
    is_candidate,
    is_headless,
    reference_to,
)
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import ENDPOINT_SLICES, NODES, PODS, SERVICES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
OURS = "endpointslice-controller.k8s.io"
ZONE = "topology.kubernetes.io/zone"
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
MOST_ENDPOINTS = 100
"""Endpoints in one slice, as kind's controller is set by default."""
Endpoint = dict[str, Any]


class EndpointSlices:
    """Keeps the slices of Services with a selector; hand-written slices are left alone."""

    name = "endpointslice"

    def __init__(self, work: Work, lookup: Lookup) -> None:
        self._work, self._store, self._lookup = work, work.store, lookup

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Services themselves and those that select a changed Pod; a node's zone is seen only at their next change."""
        if change.resource is SERVICES:
            return [key_of(change.object)]
        if change.resource is PODS:
            return services_of(self._lookup, change)
        if change.resource is ENDPOINT_SLICES:
            return self._of_slice(change)
        return []

    def _of_slice(self, change: Change) -> list[Key]:
        """Slices of ours that someone else changed or deleted are put right."""
        labels = labels_of(change.before or change.object)
        service = labels.get(SERVICE_NAME_LABEL)
        if labels.get(MANAGED_BY) != OURS or not service:
            return []
        return [(change.object["metadata"]["namespace"], service)]

    def reconcile(self, key: Key) -> None:
        """Bring the slices of one Service up to date."""
        service = self._store.get(SERVICES, *key)
        if service is None or is_deleted(service) or not has_endpoints_made(service):
            return
        existing = [one for one in self._lookup.slices_of(key) if labels_of(one).get(MANAGED_BY) == OURS]
        arranged = _arranged(self._wanted(service), existing)
        used = {slice["metadata"]["name"] for _, _, slice in arranged if slice is not None}
        for ports, endpoints, slice in arranged:
            if slice is None:
                self._store.create(ENDPOINT_SLICES, self._new(service, ports, endpoints))
            else:
                self._write(service, slice, ports, endpoints)
        for slice in existing:
            if slice["metadata"]["name"] not in used:
                self._store.delete(ENDPOINT_SLICES, *key_of(slice))

    def _wanted(self, service: Object) -> dict[str, dict[str, Endpoint]]:
        """Endpoints by address, by the JSON of their ports."""
        found: dict[str, dict[str, Endpoint]] = {}
        namespace = service["metadata"]["namespace"]
        for pod in self._lookup.pods_matching(namespace, service["spec"]["selector"]):
            if is_candidate(pod, with_terminating=True):
                ports = json.dumps(endpoint_ports(service, pod))
                found.setdefault(ports, {})[pod["status"]["podIP"]] = self._endpoint(service, pod)
        return found

    def _endpoint(self, service: Object, pod: Object) -> Endpoint:
        serving, terminating = is_ready(pod), is_deleted(pod)
        ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
        node = pod["spec"]["nodeName"]
        endpoint: Endpoint = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
            "nodeName": node,
            "targetRef": reference_to(pod),
        }
        if name := host_name(service, pod):
            endpoint["hostname"] = name
        stored = self._store.get(NODES, "", node)
        zone = _zone(stored)
        if zone:
            endpoint["zone"] = zone
        distribution = service["spec"].get("trafficDistribution")
        if ready and distribution and not _is_by_topology(service):
            hints: dict[str, Any] = {}
            if zone:
                hints["forZones"] = [{"name": zone}]
            if distribution == "PreferSameNode":
                hints["forNodes"] = [{"name": node}]
            if hints:
                endpoint["hints"] = hints
        return endpoint

    def _new(self, service: Object, ports: list[Any] | None, endpoints: list[Endpoint] | None) -> Object:
        name = service["metadata"]["name"]
        chosen = generated_name(f"{name}-", self._work.randomness)
        while self._store.get(ENDPOINT_SLICES, service["metadata"]["namespace"], chosen) is not None:
            chosen = generated_name(f"{name}-", self._work.randomness)
        return {
            "addressType": "IPv4",
            "apiVersion": "discovery.k8s.io/v1",
            "endpoints": endpoints,
            "kind": "EndpointSlice",
            "metadata": {
                "annotations": {TRIGGER: in_seconds(self._store)},
                "generateName": f"{name}-",
                "generation": 1,
                "labels": _labels(service),
                "name": chosen,
                "namespace": service["metadata"]["namespace"],
                "ownerReferences": [owner_reference(SERVICES, service)],
            },
            "ports": ports,
        }

    def _write(self, service: Object, slice: Object, ports: list[Any] | None, endpoints: list[Endpoint] | None) -> None:
        if slice.get("ports") == ports and slice.get("endpoints") == endpoints and labels_of(slice) == _labels(service):
            return
        changed = copy_of(slice)
        changed["ports"], changed["endpoints"] = ports, endpoints
        changed["metadata"]["labels"] = _labels(service)
        changed["metadata"].setdefault("annotations", {})[TRIGGER] = in_seconds(self._store)
        changed["metadata"]["generation"] = changed["metadata"].get("generation", 0) + 1
        self._store.update(ENDPOINT_SLICES, changed)


def _zone(node: Object | None) -> str | None:
    return labels_of(node).get(ZONE) if node else None


def _is_by_topology(service: Object) -> bool:
    """Whether the older annotation decides instead; what it would hint (by the CPUs of the zones) is not modelled."""
    annotations = service["metadata"].get("annotations") or {}
    return annotations.get(TOPOLOGY_MODE, "") in ("Auto", "auto")


def services_of(lookup: Lookup, change: Change) -> list[Key]:
    """Services whose selector matches a changed Pod now or matched it before."""
    if change.before is not None and change.kind is ChangeKind.MODIFIED and _looks_same(change.before, change.object):
        return []
    namespace = change.object["metadata"]["namespace"]
    found = dict.fromkeys(lookup.services_selecting(namespace, labels_of(change.object)))
    if change.before is not None and labels_of(change.before) != labels_of(change.object):
        found |= dict.fromkeys(lookup.services_selecting(namespace, labels_of(change.before)))
    return list(found)


def _looks_same(before: Object, after: Object) -> bool:
    """Whether nothing changed that kind's controllers look for.

    That a Pod has ended is not among it: it became unready a moment before, and stays an unready endpoint until
    something else changes.
    """

    def shown(pod: Object) -> tuple[Any, ...]:
        return (labels_of(pod), is_ready(pod), is_deleted(pod), pod.get("status", {}).get("podIP"))

    return shown(before) == shown(after)


Arranged = list[tuple[list[Any] | None, list[Endpoint] | None, Object | None]]


def _arranged(wanted: dict[str, dict[str, Endpoint]], existing: list[Object]) -> Arranged:
    """Which endpoints go in which slice: those that are there stay where they are, new ones fill the gaps."""
    if not wanted:
        return [(None, None, existing[0] if existing else None)]
    spare = [one for one in existing if json.dumps(one.get("ports") or []) not in wanted]
    result: Arranged = []
    for ports, endpoints in wanted.items():
        left = dict(endpoints)
        same = [one for one in existing if json.dumps(one.get("ports") or []) == ports]
        kept = []
        for slice in same:
            mine = [e["addresses"][0] for e in slice.get("endpoints") or [] if e["addresses"][0] in left]
            kept.append((slice, [left.pop(address) for address in mine]))
        remaining = list(left.values())
        for slice, mine_now in kept:
            room = MOST_ENDPOINTS - len(mine_now)
            mine_now += remaining[:room]
            remaining = remaining[room:]
            if mine_now:
                result.append((json.loads(ports) or None, mine_now, slice))
        while remaining:
            slice_or_none = spare.pop(0) if spare else None
            result.append((json.loads(ports) or None, remaining[:MOST_ENDPOINTS], slice_or_none))
            remaining = remaining[MOST_ENDPOINTS:]
    return result


def _labels(service: Object) -> dict[str, str]:
    labels = {**labels_of(service), MANAGED_BY: OURS, SERVICE_NAME_LABEL: service["metadata"]["name"]}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels
