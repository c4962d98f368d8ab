"""Names, labels, annotations, owners and finalizers."""

from collections.abc import Mapping
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.words import Rule
from servicelab.embedded.store import Object

ANNOTATIONS_LIMIT = 262_144
STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")


def judge_labels(labels: Mapping[str, str], field: str) -> list[Cause]:
    """Keys and values of labels, or of a selector made of labels."""
    found = []
    for key, value in sorted(labels.items()):
        found += [causes.invalid(field, key, problem) for problem in words.qualified_name(key)]
        found += [causes.invalid(field, value, problem) for problem in words.label_value(value)]
    return found


def judge_annotations(annotations: Mapping[str, str], field: str) -> list[Cause]:
    """Keys of annotations (capitals are allowed) and their size."""
    found = []
    for key in sorted(annotations):
        found += [causes.invalid(field, key, problem) for problem in words.qualified_name(key.lower())]
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > ANNOTATIONS_LIMIT:
        found.append(causes.too_long(field, ANNOTATIONS_LIMIT))
    return found


def judge_owners(owners: list[dict[str, Any]], field: str) -> list[Cause]:
    """`metadata.ownerReferences`."""
    found, controller = [], ""
    for owner in owners:
        if not owner.get("apiVersion"):
            found.append(causes.invalid(f"{field}.apiVersion", "", "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                found.append(causes.invalid(f"{field}.{name}", "", "must not be empty"))
        if owner.get("controller"):
            this = f"{owner.get('kind')}/{owner.get('name')}"
            if controller:
                both = f"{controller} and {this}"
                detail = f'Only one reference can have Controller set to true. Found "true" in references for {both}'
                found.append(causes.invalid(field, owners, detail))
            else:
                controller = this
    return found


def judge_finalizers(finalizers: list[str], field: str) -> list[Cause]:
    """`metadata.finalizers`."""
    found = []
    for index, finalizer in enumerate(finalizers):
        found += [causes.invalid(field, finalizer, problem) for problem in words.qualified_name(finalizer)]
        if "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            found.append(causes.invalid(f"{field}[{index}]", finalizer, detail))
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        found.append(causes.invalid(field, finalizers, detail))
    return found


def judge_common(metadata: Mapping[str, Any]) -> list[Cause]:
    """What is judged alike at creation and change."""
    return [
        *judge_labels(metadata.get("labels", {}), "metadata.labels"),
        *judge_annotations(metadata.get("annotations", {}), "metadata.annotations"),
        *judge_owners(metadata.get("ownerReferences", []), "metadata.ownerReferences"),
        *judge_finalizers(metadata.get("finalizers", []), "metadata.finalizers"),
    ]


def judge_metadata(new: Object, old: Object | None, name_rule: Rule, times: int = 1) -> list[Cause]:
    """All of `metadata`. On changes the API server judges it `times` times over; each shows as a cause of its own."""
    metadata = new["metadata"]
    if old is None:
        if not metadata.get("name"):
            return [causes.required("metadata.name", "name or generateName is required"), *judge_common(metadata)]
        name = metadata["name"]
        problems = [causes.invalid("metadata.name", name, problem) for problem in name_rule(name)]
        return problems + judge_common(metadata)
    found = []
    if "deletionTimestamp" in old["metadata"]:
        added = set(metadata.get("finalizers", [])) - set(old["metadata"].get("finalizers", []))
        if added:
            names = ", ".join(f'"{name}"' for name in sorted(added))
            rule = "no new finalizers can be added if the object is being deleted"
            detail = f"{rule}, found new finalizers []string{{{names}}}"
            found.append(causes.forbidden("metadata.finalizers", detail))
    return found + judge_common(metadata) * times
