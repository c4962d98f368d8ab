"""What a Pod's mounted volumes want of ConfigMaps and Secrets, and what of it is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from servicelab.embedded.controllers.settings import keys_of, not_found
from servicelab.embedded.resources import CONFIG_MAPS, SECRETS, Resource
from servicelab.embedded.store import Object, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 122.0
"""Seconds until the kubelet tries again to set up a volume: twice as long after every failure."""
NO_KEY = {
    CONFIG_MAPS: "configmap references non-existent config key",
    SECRETS: "references non-existent secret key",
}
Source = tuple[Resource, str, Mapping[str, Any]]


def missing_files(store: Store, pod: Object) -> list[str]:
    """For each volume that cannot be set up, why, in the kubelet's words.

    Volumes that no container mounts are not looked at (observed on kind, v1.36.3).
    """
    spec = pod["spec"]
    containers = [*spec.get("initContainers", ()), *spec["containers"]]
    mounted = {mount["name"] for container in containers for mount in container.get("volumeMounts") or ()}
    told = []
    for volume in spec.get("volumes") or ():
        if volume["name"] not in mounted:
            continue
        why = [reason for source in _sources(volume) if (reason := _missing(store, pod, source))]
        if why:
            text = why[0] if len(why) == 1 else f"[{', '.join(why)}]"
            told.append(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {text}')
    return told


def _sources(volume: Mapping[str, Any]) -> Iterator[Source]:
    """Kind, name of the object, and the source that names it."""
    if source := volume.get("configMap"):
        yield CONFIG_MAPS, source.get("name", ""), source
    if source := volume.get("secret"):
        yield SECRETS, source.get("secretName", ""), source
    for source in (volume.get("projected") or {}).get("sources") or ():
        for field, resource in (("configMap", CONFIG_MAPS), ("secret", SECRETS)):
            if part := source.get(field):
                yield resource, part.get("name", ""), part


def _missing(store: Store, pod: Object, source: Source) -> str:
    resource, name, wanted = source
    if wanted.get("optional"):
        return ""
    found = store.get(resource, pod["metadata"]["namespace"], name)
    if found is None:
        return not_found(resource, name)
    keys = keys_of(found)
    lost = next((item["key"] for item in wanted.get("items") or () if item["key"] not in keys), None)
    return "" if lost is None else f"{NO_KEY[resource]}: {lost}"
