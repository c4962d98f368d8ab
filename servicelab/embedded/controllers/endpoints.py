"""Endpoints, the older form of EndpointSlices, which kind still writes for each Service with a selector."""

import json
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from servicelab.embedded.controllers.endpointslice import services_of
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import Key, in_seconds, is_deleted, is_ready, key_of, labels_of
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
from servicelab.embedded.resources import ENDPOINTS, PODS, SERVICES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
OURS = "endpoint-controller"
NO_PORT = ""
Json = dict[str, Any]


class EndpointsKeeper:
    """Writes one Endpoints object per Service with a selector, under the Service's name."""

    name = "endpoints"

    def __init__(self, work: Work, lookup: Lookup) -> None:
        self._store, self._lookup = work.store, lookup

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Services themselves and those that select a changed Pod."""
        if change.resource is SERVICES:
            return [key_of(change.object)]
        if change.resource is ENDPOINTS and change.kind is ChangeKind.DELETED:
            return [key_of(change.object)]
        return services_of(self._lookup, change) if change.resource is PODS else []

    def reconcile(self, key: Key) -> None:
        """Bring one Endpoints object up to date; it goes with its Service."""
        service, stored = self._store.get(SERVICES, *key), self._store.get(ENDPOINTS, *key)
        if service is None or is_deleted(service):
            if stored is not None:
                self._store.delete(ENDPOINTS, *key)
            return
        if not has_endpoints_made(service):
            return
        subsets = self._subsets(service)
        labels = {**labels_of(service), MANAGED_BY: OURS}
        if is_headless(service):
            labels[HEADLESS_LABEL] = ""
        if stored is not None and stored.get("subsets", []) == subsets and labels_of(stored) == labels:
            return
        wished: Object = copy_of(stored) if stored else {"apiVersion": "v1", "kind": "Endpoints", "metadata": {}}
        wished["metadata"] |= {"namespace": key[0], "name": key[1], "labels": labels}
        wished["metadata"].setdefault("annotations", {})[TRIGGER] = in_seconds(self._store)
        wished.pop("subsets", None)
        if subsets:
            wished["subsets"] = subsets
        if stored is None:
            self._store.create(ENDPOINTS, wished)
        else:
            self._store.update(ENDPOINTS, wished)

    def _subsets(self, service: Object) -> list[Json]:
        """Ports that the same addresses answer stand together, as in kind's Endpoints."""
        with_unready = bool(service["spec"].get("publishNotReadyAddresses"))
        behind: dict[str, dict[str, tuple[str, Json]]] = {}
        pods = self._lookup.pods_matching(service["metadata"]["namespace"], service["spec"]["selector"])
        for pod in pods:
            if not is_candidate(pod, with_terminating=with_unready):
                continue
            kind = "addresses" if is_ready(pod) or with_unready else "notReadyAddresses"
            address = _address(service, pod)
            ports = [json.dumps(_without_empty_name(port)) for port in endpoint_ports(service, pod)]
            for port in ports if service["spec"].get("ports") else [NO_PORT]:
                behind.setdefault(port, {})[address["ip"]] = (kind, address)
        grouped: dict[str, list[str]] = {}
        for port, addresses in behind.items():
            same = json.dumps(sorted((ip, kind) for ip, (kind, _) in addresses.items()))
            grouped.setdefault(same, []).append(port)
        return [_subset(ports, behind[ports[0]]) for ports in grouped.values()]


def _subset(ports: list[str], addresses: dict[str, tuple[str, Json]]) -> Json:
    subset: Json = {}
    for ip in sorted(addresses, key=ip_address):
        kind, address = addresses[ip]
        subset.setdefault(kind, []).append(address)
    if ports != [NO_PORT]:
        subset["ports"] = [json.loads(port) for port in ports]
    return {name: subset[name] for name in sorted(subset)}


def _address(service: Object, pod: Object) -> Json:
    address = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": reference_to(pod)}
    if name := host_name(service, pod):
        address["hostname"] = name
    return address


def _without_empty_name(port: Json) -> Json:
    return {name: value for name, value in port.items() if value != ""}
