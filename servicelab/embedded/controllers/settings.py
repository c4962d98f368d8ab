"""What a container takes from ConfigMaps and Secrets, and what of it is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from servicelab.embedded.resources import CONFIG_MAPS, SECRETS, Resource
from servicelab.embedded.store import Object, Store

SOURCES: tuple[tuple[str, str, Resource], ...] = (
    ("configMapRef", "configMapKeyRef", CONFIG_MAPS),
    ("secretRef", "secretKeyRef", SECRETS),
)


def missing_setting(store: Store, pod: Object, container: Mapping[str, Any]) -> str:
    """The first thing `envFrom` and `env` want that is not there, in the kubelet's words; empty when all is there."""
    namespace = pod["metadata"]["namespace"]
    for resource, reference, key in _wanted(container):
        found = store.get(resource, namespace, reference["name"])
        if reference.get("optional"):
            continue
        if found is None:
            return not_found(resource, reference["name"])
        if key and key not in keys_of(found):
            return f"couldn't find key {key} in {resource.kind} {namespace}/{reference['name']}"
    return ""


def not_found(resource: Resource, name: str) -> str:
    """The kubelet's words for a ConfigMap or Secret that is not there."""
    return f'{resource.kind.lower()} "{name}" not found'


def keys_of(found: Object) -> set[str]:
    """The keys of a ConfigMap or Secret."""
    return {*(found.get("data") or ()), *(found.get("binaryData") or ())}


def _wanted(container: Mapping[str, Any]) -> Iterator[tuple[Resource, Mapping[str, Any], str]]:
    """Kind, reference, and key ("" for all keys)."""
    for entry in container.get("envFrom") or ():
        for whole, _, resource in SOURCES:
            if whole in entry:
                yield resource, entry[whole], ""
    for entry in container.get("env") or ():
        for _, part, resource in SOURCES:
            if part in (entry.get("valueFrom") or {}):
                reference = entry["valueFrom"][part]
                yield resource, reference, reference["key"]
