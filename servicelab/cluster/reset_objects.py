"""Back to a fresh cluster: remove every object a learner can have made, and leave the system's own."""

from collections.abc import Callable
from typing import Protocol

from servicelab.cluster.rest import Object, Refused, Rest

SYSTEM_NAMESPACES = frozenset(
    {"default", "kube-system", "kube-public", "kube-node-lease", "local-path-storage", "metallb-system"}
)
SYSTEM_OBJECTS = frozenset(
    {
        ("services", "kubernetes"),
        ("endpoints", "kubernetes"),
        ("endpointslices", "kubernetes"),
        ("configmaps", "kube-root-ca.crt"),
        ("serviceaccounts", "default"),
    }
)
"""What is in the namespace `default` of a fresh cluster."""
UNTOUCHED = frozenset({"events", "leases"})
LONGEST = 120.0


class Wait(Protocol):
    """A cluster's `wait_until`."""

    def __call__(self, description: str, condition: Callable[[], bool], *, timeout: float) -> bool: ...


def remove_all(rest: Rest, wait: Wait) -> None:
    """Delete all namespaces but the system's, and everything in `default`; return when they are gone."""
    for namespace in _made_namespaces(rest):
        _delete(rest, f"/api/v1/namespaces/{namespace}")
    lists = [
        f"{path}/namespaces/default/{resource['name']}"
        for path, resource in rest.resources()
        if resource["namespaced"]
        and {"list", "delete"} <= set(resource["verbs"])
        and resource["name"] not in UNTOUCHED
        and "/" not in resource["name"]
    ]
    for path in lists:
        for name in _made(rest, path):
            _delete(rest, f"{path}/{name}")
    wait("everything to be gone", lambda: not _made_namespaces(rest), timeout=LONGEST)
    wait("the namespace default to be empty", lambda: not any(_made(rest, path) for path in lists), timeout=LONGEST)


def _made_namespaces(rest: Rest) -> list[str]:
    names = [_name(namespace) for namespace in rest.items("/api/v1/namespaces")]
    return [name for name in names if name not in SYSTEM_NAMESPACES]


def _made(rest: Rest, path: str) -> list[str]:
    plural = path.rsplit("/", 1)[1]
    return [
        _name(found)
        for found in rest.items(path)
        if (plural, _name(found)) not in SYSTEM_OBJECTS and not _follows_kubernetes(found)
    ]


def _follows_kubernetes(found: Object) -> bool:
    """Whether it belongs to the Service `kubernetes`, whose EndpointSlice has a name of its own choice."""
    return bool(found["metadata"].get("labels", {}).get("kubernetes.io/service-name") == "kubernetes")


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])


def _delete(rest: Rest, path: str) -> None:
    try:
        rest.send("DELETE", path, json={"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"})
    except Refused as refusal:
        if refusal.code not in (404, 409):
            raise
