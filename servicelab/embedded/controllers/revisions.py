"""Which ReplicaSet stands for which revision of a Deployment."""

import json
from typing import Any

from servicelab.embedded.controllers.objects import labels_of
from servicelab.embedded.store import Object, copy_of

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
NOT_COPIED = frozenset(
    {"kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, DESIRED, MAXIMUM}
)
HASH_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
FNV_START, FNV_PRIME = 2166136261, 16777619


def template_hash(template: dict[str, Any], collisions: int) -> str:
    """A short name for a Pod template: equal templates have equal names. Not the name kind gives the same template."""
    value = FNV_START
    for byte in (json.dumps(template, sort_keys=True) + str(collisions or "")).encode():
        value = ((value ^ byte) * FNV_PRIME) % 2**32
    return "".join(HASH_LETTERS[ord(digit) % len(HASH_LETTERS)] for digit in str(value))


def without_hash(template: dict[str, Any]) -> dict[str, Any]:
    """The template without the label that ReplicaSets add."""
    bare = copy_of(template)
    labels = bare.get("metadata", {}).get("labels", {})
    labels.pop(HASH, None)
    return bare


def newest_of(deployment: Object, replica_sets: list[Object]) -> Object | None:
    """The ReplicaSet with the Deployment's present template; the oldest where several have it."""
    wanted = without_hash(deployment["spec"]["template"])
    for one in sorted(replica_sets, key=age_of):
        if without_hash(one["spec"]["template"]) == wanted:
            return one
    return None


def age_of(object: Object) -> tuple[str, int]:
    """Sorts oldest first; objects of one second by name would be unjust, so by the order they were stored in."""
    return object["metadata"]["creationTimestamp"], revision_of(object)


def revision_of(object: Object) -> int:
    """The number in the revision annotation; 0 without one."""
    number = object["metadata"].get("annotations", {}).get(REVISION, "0")
    return int(number) if number.isdigit() else 0


def annotations_for(deployment: Object, replica_set: Object | None, revision: int, maximum: int) -> dict[str, str]:
    """What a new ReplicaSet's annotations are to be."""
    copied = deployment["metadata"].get("annotations", {})
    before: dict[str, str] = dict(replica_set["metadata"].get("annotations", {})) if replica_set else {}
    wished = before | {key: value for key, value in copied.items() if key not in NOT_COPIED}
    wished |= {DESIRED: str(deployment["spec"]["replicas"]), MAXIMUM: str(maximum)}
    if replica_set is not None and 0 < revision_of(replica_set) < revision:
        history = [entry for entry in before.get(REVISION_HISTORY, "").split(",") if entry]
        wished[REVISION_HISTORY] = ",".join([*history, before[REVISION]])
    if replica_set is None or revision_of(replica_set) < revision:
        wished[REVISION] = str(revision)
    return wished


def new_replica_set(deployment: Object, replicas: int, annotations: dict[str, str]) -> Object:
    """A ReplicaSet for the Deployment's present template, not yet stored and without owner."""
    spec, metadata = deployment["spec"], deployment["metadata"]
    short = template_hash(spec["template"], deployment.get("status", {}).get("collisionCount", 0))
    template = copy_of(spec["template"])
    template.setdefault("metadata", {}).setdefault("labels", {})[HASH] = short
    selector = copy_of(spec["selector"])
    selector.setdefault("matchLabels", {})[HASH] = short
    created: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{metadata['name']}-{short}",
            "namespace": metadata["namespace"],
            "labels": dict(labels_of(template)),
            "annotations": annotations,
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    }
    if spec.get("minReadySeconds"):
        created["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return created
