"""MetalLB's speakers: which node answers for a load-balancer address, as layer 2 chooses it."""

from collections.abc import Iterable
from hashlib import sha256

from servicelab.embedded.controllers.events import NORMAL, Recorder
from servicelab.embedded.controllers.laboratory_settings import has_load_balancer
from servicelab.embedded.controllers.lookup import SERVICE_NAME_LABEL, Lookup
from servicelab.embedded.controllers.metallb import FROM_POOL
from servicelab.embedded.controllers.metallb_pools import SYSTEM
from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.controllers.objects import Key, key_of, labels_of
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.resources import (
    ENDPOINT_SLICES,
    IP_ADDRESS_POOLS,
    L2_ADVERTISEMENTS,
    LABORATORY,
    NODES,
    SERVICES,
    STOPPED_NODES,
)
from servicelab.embedded.store import Change, Object, Store

COMPONENT = "metallb-speaker"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
CONFIGURATION = (IP_ADDRESS_POOLS, L2_ADVERTISEMENTS, LABORATORY, STOPPED_NODES)


class Speakers:
    """Says of each address which node announces it: one whose speaker lives, the same one for the same address."""

    name = "metallb-speaker"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._store, self._lookup, self._recorder = work.store, lookup, recorder
        self._announced: dict[Key, tuple[str, str]] = {}

    def keys_for(self, change: Change) -> Iterable[Key]:
        """A Service and its EndpointSlices; all of them when nodes, pools or advertisements change."""
        if change.resource is SERVICES:
            return [key_of(change.object)]
        if change.resource is ENDPOINT_SLICES:
            service = labels_of(change.object).get(SERVICE_NAME_LABEL)
            return [(change.object["metadata"]["namespace"], service)] if service else []
        is_relabelled = (
            change.resource is NODES and change.before is not None
            and labels_of(change.before) != labels_of(change.object)
        )  # fmt: skip
        if change.resource in CONFIGURATION or is_relabelled:
            return [key_of(one) for one in self._store.objects(SERVICES) if address_of(one)]
        return []

    def reconcile(self, key: Key) -> None:
        """Say who announces a Service's address, when that is somebody new."""
        service = self._store.get(SERVICES, *key)
        node = announcer(self._store, service, self._lookup.slices_of(key)) if service is not None else None
        now = None if service is None or node is None else (address_of(service), node)
        if now is None:
            self._announced.pop(key, None)
        elif service is not None and self._announced.get(key) != now:
            self._announced[key] = now
            message = f'announcing from node "{node}" with protocol "layer2"'
            self._recorder.record(COMPONENT, SERVICES, service, NORMAL, "nodeAssigned", message)


def address_of(service: Object) -> str:
    """The load-balancer address a Service has; "" when it has none."""
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
    return str(ingress[0].get("ip", ""))


def announcer(store: Store, service: Object, slices: Iterable[Object]) -> str | None:
    """The node that answers for a Service's load-balancer address; None when no node does.

    Of the nodes that may, the one with the smallest hash of its name and the address: all speakers find the same
    one without talking. None may when no endpoint serves, or when no advertisement is for the pool; with
    `externalTrafficPolicy: Local` only nodes with a serving endpoint.
    """
    address = address_of(service)
    if service["spec"]["type"] != "LoadBalancer" or not address or not has_load_balancer(store):
        return None
    serving = [
        endpoint
        for slice in slices
        for endpoint in slice.get("endpoints") or ()
        if endpoint.get("conditions", {}).get("ready", True) or endpoint.get("conditions", {}).get("serving")
    ]
    if not serving:
        return None
    pool = (service["metadata"].get("annotations") or {}).get(FROM_POOL, "")
    candidates = _advertising(store, pool)
    if service["spec"].get("externalTrafficPolicy") == "Local":
        candidates &= {endpoint.get("nodeName", "") for endpoint in serving}
    return min(candidates, key=lambda node: sha256(f"{node}#{address}".encode()).digest(), default=None)


def announcers(store: Store) -> dict[str, str]:
    """Of every Service with a load-balancer address that a node answers for (`namespace/name`), that node."""
    balanced = [one for one in store.objects(SERVICES) if address_of(one)]
    if not balanced:
        return {}
    slices: dict[Key, list[Object]] = {}
    for one in store.objects(ENDPOINT_SLICES):
        slices.setdefault((one["metadata"]["namespace"], labels_of(one).get(SERVICE_NAME_LABEL, "")), []).append(one)
    found = {key_of(one): announcer(store, one, slices.get(key_of(one), ())) for one in balanced}
    return {"/".join(key): node for key, node in found.items() if node is not None}


def _advertising(store: Store, pool: str) -> set[str]:
    """The nodes that run, may have load-balancer traffic, and from which the pool is advertised."""
    kept = store.get(IP_ADDRESS_POOLS, SYSTEM, pool)
    if kept is None:
        return set()
    found = set()
    for one in store.objects(L2_ADVERTISEMENTS, SYSTEM):
        spec = one.get("spec") or {}
        names, selectors = spec.get("ipAddressPools") or (), spec.get("ipAddressPoolSelectors") or ()
        is_meant = pool in names or any(matches(selector, labels_of(kept)) for selector in selectors)
        if is_meant or not (names or selectors):
            found |= {name for name, labels in _speaking(store).items() if _selected(spec, labels)}
    return found


def _speaking(store: Store) -> dict[str, dict[str, str]]:
    nodes = store.objects(NODES)
    return {
        node["metadata"]["name"]: labels_of(node)
        for node in nodes
        if EXCLUDED not in labels_of(node) and is_on(store, node["metadata"]["name"])
    }


def _selected(spec: Object, labels: dict[str, str]) -> bool:
    selectors = spec.get("nodeSelectors") or ()
    return not selectors or any(matches(selector, labels) for selector in selectors)
