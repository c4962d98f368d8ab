"""Namespaces, ConfigMaps, ServiceAccounts, Nodes, Events, Leases, ControllerRevisions and definitions of kinds."""

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause, Refused
from servicelab.embedded.admission.metadata_rules import judge_finalizer_name, judge_metadata
from servicelab.embedded.store import Object, Store

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
KUBERNETES_FINALIZER = "kubernetes"
CONFIG_MAP_LIMIT = 1_048_576
METADATA_TIMES_ON_CHANGE, LEASE_METADATA_TIMES = 4, 3
DEFINITIONS_ARE_GIVEN = (
    "the embedded cluster has the definitions of MetalLB's IPAddressPool and L2Advertisement, and neither takes others "
    "nor changes or deletes these; use a kind cluster"
)
IMMUTABLE = "field is immutable when `immutable` is set"


def default_namespace(namespace: Object) -> None:
    """A label with its name, and the finalizer that has it emptied first."""
    metadata = namespace["metadata"]
    if metadata.get("name"):
        metadata.setdefault("labels", {})[NAMESPACE_LABEL] = metadata["name"]
    if "deletionTimestamp" not in metadata:
        finalizers: list[str] = namespace.setdefault("spec", {}).setdefault("finalizers", [])
        if KUBERNETES_FINALIZER not in finalizers:
            finalizers.append(KUBERNETES_FINALIZER)
    namespace.setdefault("status", {}).setdefault("phase", "Active")


def judge_namespace(namespace: Object, old: Object | None) -> list[Cause]:
    """A Namespace's name is a DNS label."""
    found = judge_metadata(namespace, old, words.label, METADATA_TIMES_ON_CHANGE)
    for finalizer in namespace.get("spec", {}).get("finalizers", []):
        found += judge_finalizer_name(finalizer, "spec.finalizers")
    return found


def judge_plain(object: Object, old: Object | None) -> list[Cause]:
    """Kinds of which only the metadata is judged."""
    return judge_metadata(object, old, words.subdomain, METADATA_TIMES_ON_CHANGE)


def judge_config_map(config_map: Object, old: Object | None) -> list[Cause]:
    """Keys, size and immutability of a ConfigMap."""
    found = judge_metadata(config_map, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
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
        found.append(causes.too_long("[]", CONFIG_MAP_LIMIT))
    return found


def default_lease(lease: Object) -> None:
    """Fields behind a feature gate are not kept."""
    spec = lease.setdefault("spec", {})
    for name in ("strategy", "preferredHolder"):
        spec.pop(name, None)


def judge_lease(lease: Object, old: Object | None) -> list[Cause]:
    """Numbers of a Lease."""
    spec = lease["spec"]
    found = judge_metadata(lease, old, words.subdomain, LEASE_METADATA_TIMES)
    duration, transitions = spec.get("leaseDurationSeconds", 1), spec.get("leaseTransitions", 0)
    if duration <= 0:
        found.append(causes.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    if transitions < 0:
        found.append(causes.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0"))
    return found


def judge_controller_revision(revision: Object, old: Object | None) -> list[Cause]:
    """A ControllerRevision has data, which never changes."""
    found = judge_metadata(revision, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    if revision.get("data") is None:
        found.append(causes.required("data", "data is mandatory"))
    if revision.get("revision", 0) < 0:
        found.append(causes.invalid("revision", revision["revision"], "must be greater than or equal to 0"))
    if old is not None and revision.get("data") != old.get("data"):
        found.append(causes.invalid("data", revision.get("data"), "field is immutable"))
    return found


def refuse_definition(store: Store, definition: Object, old: Object | None) -> None:
    """Raise Refused (501): the kinds of this cluster are given."""
    raise Refused(501, "NotImplemented", DEFINITIONS_ARE_GIVEN, has_details=False)
