"""EndpointSlices for Endpoints that were written by hand, so that kube-proxy (which reads only slices) sees them."""

from collections.abc import Iterable
from typing import Any

from servicelab.embedded.admission.names import generated_name
from servicelab.embedded.controllers.endpointslice import MANAGED_BY
from servicelab.embedded.controllers.lookup import SERVICE_NAME_LABEL, Lookup
from servicelab.embedded.controllers.objects import Key, is_deleted, key_of, labels_of, owner_reference
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from servicelab.embedded.store import Change, Object, copy_of

OURS = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
COPIED = ("nodeName", "hostname", "targetRef")
Json = dict[str, Any]


class Mirroring:
    """Mirrors the Endpoints of Services without selector; one slice per subset and IP family."""

    name = "endpointslice-mirroring"

    def __init__(self, work: Work, lookup: Lookup) -> None:
        self._work, self._store, self._lookup = work, work.store, lookup

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Endpoints, and Services of the same name."""
        return [key_of(change.object)] if change.resource in (ENDPOINTS, SERVICES) else []

    def reconcile(self, key: Key) -> None:
        """Bring the mirror of one Endpoints object up to date."""
        endpoints, service = self._store.get(ENDPOINTS, *key), self._store.get(SERVICES, *key)
        mirrors = [one for one in self._lookup.slices_of(key) if labels_of(one).get(MANAGED_BY) == OURS]
        wanted: list[Json] = []
        if endpoints is not None and _is_mirrored(endpoints, service):
            wanted = [part for subset in endpoints.get("subsets", []) for part in _parts(subset)]
        for part in wanted:
            same = [one for one in mirrors if one["addressType"] == part["addressType"]]
            if endpoints is not None and same:
                mirrors.remove(same[0])
                self._update(same[0], part, endpoints)
            elif endpoints is not None:
                self._create(endpoints, part)
        for one in mirrors:
            self._store.delete(ENDPOINT_SLICES, *key_of(one))

    def _create(self, endpoints: Object, part: Json) -> None:
        metadata = endpoints["metadata"]
        name = generated_name(f"{metadata['name']}-", self._work.randomness)
        created = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "generateName": f"{metadata['name']}-",
                "generation": 1,
                "labels": _labels(endpoints),
                "name": name,
                "namespace": metadata["namespace"],
                "ownerReferences": [owner_reference(ENDPOINTS, endpoints)],
            },
            **part,
        }
        self._store.create(ENDPOINT_SLICES, created)

    def _update(self, slice: Object, part: Json, endpoints: Object) -> None:
        changed = copy_of(slice) | part
        changed["metadata"]["labels"] = _labels(endpoints)
        if changed != slice:
            changed["metadata"]["generation"] += 1
            self._store.update(ENDPOINT_SLICES, changed)


def _is_mirrored(endpoints: Object, service: Object | None) -> bool:
    if service is None or service["spec"].get("selector") or is_deleted(endpoints):
        return False
    return labels_of(endpoints).get(SKIP) != "true"


def _labels(endpoints: Object) -> dict[str, str]:
    own = {MANAGED_BY: OURS, SERVICE_NAME_LABEL: endpoints["metadata"]["name"]}
    return {**labels_of(endpoints), **own}


def _parts(subset: Json) -> list[Json]:
    """The slices of one subset: one per IP family."""
    ports = [{"name": "", **port} for port in subset.get("ports", [])]
    found = []
    for kind, has_colon in (("IPv4", False), ("IPv6", True)):
        entries = [
            _endpoint(address, ready)
            for name, ready in (("addresses", True), ("notReadyAddresses", False))
            for address in subset.get(name, [])
            if (":" in address["ip"]) == has_colon
        ]
        if entries:
            found.append({"addressType": kind, "endpoints": entries, "ports": ports or None})
    return found


def _endpoint(address: Json, ready: bool) -> Json:
    entry: Json = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    return entry | {name: address[name] for name in COPIED if name in address}
