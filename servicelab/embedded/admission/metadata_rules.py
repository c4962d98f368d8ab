"""Names, labels, annotations, owners and finalizers."""

from collections.abc import Mapping
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.words import Rule
from servicelab.embedded.store import Object

ANNOTATIONS_LIMIT = 262_144
STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
TIMES_COMPARED = 2
"""How often the API server compares old and new metadata; that judges labels, annotations and owners too."""


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
        version = owner.get("apiVersion", "")
        if not version.rpartition("/")[2] or version.count("/") > 1:
            found.append(causes.invalid(f"{field}.apiVersion", version, "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                found.append(causes.invalid(f"{field}.{name}", "", "must not be empty"))
        if owner.get("kind") == "Event" and version in ("v1", "events.k8s.io/v1"):
            group = version.rpartition("/")[0]
            detail = f"{group}/v1, Kind=Event is disallowed from being an owner"
            found.append(causes.invalid(field, owner, detail))
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
        found += judge_finalizer_name(finalizer, f"{field}[{index}]")
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        found.append(causes.invalid(field, finalizers, detail))
    return found


def judge_finalizer_name(finalizer: str, field: str) -> list[Cause]:
    """A finalizer is one of Kubernetes' own or has a domain."""
    if "/" in finalizer or finalizer in STANDARD_FINALIZERS:
        return []
    return [causes.invalid(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")]


def judge_described(metadata: Mapping[str, Any]) -> list[Cause]:
    """Labels, annotations and owners."""
    return [
        *judge_labels(metadata.get("labels", {}), "metadata.labels"),
        *judge_annotations(metadata.get("annotations", {}), "metadata.annotations"),
        *judge_owners(metadata.get("ownerReferences", []), "metadata.ownerReferences"),
    ]


def judge_common(metadata: Mapping[str, Any]) -> list[Cause]:
    """What is judged alike at creation and change."""
    return judge_described(metadata) + judge_finalizers(metadata.get("finalizers", []), "metadata.finalizers")


def judge_base(metadata: Mapping[str, Any], name_rule: Rule) -> list[Cause]:
    """`generateName`: what a name may begin with, so that a hyphen may be its end."""
    base = metadata.get("generateName", "")
    whole = f"{base[:-2]}a" if base.endswith("-") and len(base) > 1 else base
    return [causes.invalid("metadata.generateName", base, problem) for problem in name_rule(whole)] if base else []


def judge_metadata(new: Object, old: Object | None, name_rule: Rule, times: int = 1) -> list[Cause]:
    """All of `metadata`. On changes the API server judges it `times` times over; each shows as a cause of its own.

    Of these it compares it with the old one TIMES_COMPARED times, which leaves finalizers alone but for new ones.
    """
    metadata = new["metadata"]
    if old is None:
        name = metadata.get("name", "")
        if not name:
            return [causes.required("metadata.name", "name or generateName is required"), *judge_common(metadata)]
        problems = [causes.invalid("metadata.name", name, problem) for problem in name_rule(name)]
        return judge_base(metadata, name_rule) + problems + judge_common(metadata)
    found = []
    if "deletionTimestamp" in old["metadata"]:
        added = set(metadata.get("finalizers", [])) - set(old["metadata"].get("finalizers", []))
        if added:
            names = ", ".join(f'"{name}"' for name in sorted(added))
            rule = "no new finalizers can be added if the object is being deleted"
            detail = f"{rule}, found new finalizers []string{{{names}}}"
            found.append(causes.forbidden("metadata.finalizers", detail))
    found += judge_described(metadata)
    return found * TIMES_COMPARED + judge_common(metadata) * (times - TIMES_COMPARED)
