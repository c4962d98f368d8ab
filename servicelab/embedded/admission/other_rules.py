"""Namespaces, ConfigMaps, ServiceAccounts, Nodes and Events."""

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.store import Object

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
CONFIG_MAP_LIMIT = 1_048_576
METADATA_TIMES_ON_CHANGE = 2
IMMUTABLE = "field is immutable when `immutable` is set"


def default_namespace(namespace: Object) -> None:
    """A label with its name, and the finalizer that has it emptied first."""
    metadata = namespace["metadata"]
    if metadata.get("name"):
        metadata.setdefault("labels", {})[NAMESPACE_LABEL] = metadata["name"]
    if "deletionTimestamp" not in metadata:
        namespace.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    namespace.setdefault("status", {}).setdefault("phase", "Active")


def judge_namespace(namespace: Object, old: Object | None) -> list[Cause]:
    """A Namespace's name is a DNS label."""
    return judge_metadata(namespace, old, words.label, METADATA_TIMES_ON_CHANGE)


def judge_plain(object: Object, old: Object | None) -> list[Cause]:
    """Kinds of which only the metadata is judged."""
    return judge_metadata(object, old, words.subdomain, METADATA_TIMES_ON_CHANGE)


def judge_config_map(config_map: Object, old: Object | None) -> list[Cause]:
    """Keys, size and immutability of a ConfigMap."""
    found = judge_metadata(config_map, old, words.subdomain, METADATA_TIMES_ON_CHANGE + 1)
    if old is not None and old.get("immutable"):
        if not config_map.get("immutable"):
            found.append(causes.forbidden("immutable", IMMUTABLE))
        for field in ("data", "binaryData"):
            if config_map.get(field, {}) != old.get(field, {}):
                found.append(causes.forbidden(field, IMMUTABLE))
    data, binary = config_map.get("data", {}), config_map.get("binaryData", {})
    for field, entries in (("data", data), ("binaryData", binary)):
        for key in sorted(entries):
            found += [causes.invalid(f"{field}[{key}]", key, problem) for problem in words.config_key(key)]
            if field == "data" and key in binary:
                found.append(causes.invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
    if sum(len(value.encode()) for entries in (data, binary) for value in entries.values()) > CONFIG_MAP_LIMIT:
        found.append(causes.too_long("", CONFIG_MAP_LIMIT))
    return found
