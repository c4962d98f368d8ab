"""What StatefulSets may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.effects import warn_without_pods
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.pod_warnings import warn_pod_spec
from servicelab.embedded.admission.workload_rules import (
    NOT_NEGATIVE,
    judge_emptiness,
    judge_label_selector,
    judge_lasting_template,
    judge_number,
    judge_template_labels,
)
from servicelab.embedded.store import Object

Json = dict[str, Any]
METADATA_TIMES_ON_CHANGE = 3
RETENTIONS = ("Retain", "Delete")
CHANGEABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
NOT_CHANGEABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def judge_stateful_set(stateful_set: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a StatefulSet."""
    spec = stateful_set["spec"]
    found = judge_metadata(stateful_set, old, words.label, METADATA_TIMES_ON_CHANGE)
    if spec["podManagementPolicy"] not in ("OrderedReady", "Parallel"):
        detail = "must be 'OrderedReady' or 'Parallel'"
        found.append(causes.invalid("spec.podManagementPolicy", spec["podManagementPolicy"], detail))
    found += _judge_update_strategy(spec["updateStrategy"])
    found += _judge_retention(spec["persistentVolumeClaimRetentionPolicy"])
    found += judge_number(spec, "replicas") + judge_number(spec, "minReadySeconds")
    start = spec.get("ordinals", {}).get("start", 0)
    if start < 0:
        found.append(causes.invalid("spec.ordinals.start", start, NOT_NEGATIVE))
    found += _judge_selector_and_template(spec)
    name = spec.get("serviceName", "")
    if name:
        found += [causes.invalid("spec.serviceName", name, problem) for problem in words.label(name)]
    if old is not None and _fixed_part(spec) != _fixed_part(old["spec"]):
        found.append(causes.forbidden("spec", NOT_CHANGEABLE))
    return found


def _judge_update_strategy(strategy: Json) -> list[Cause]:
    field, rolling = "spec.updateStrategy", strategy.get("rollingUpdate")
    shown = None if rolling is None else {"Partition": rolling.get("partition"), "MaxUnavailable": None}
    if strategy["type"] == "OnDelete":
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        return [] if rolling is None else [causes.invalid(f"{field}.rollingUpdate", shown, detail)]
    if strategy["type"] != "RollingUpdate":
        whole = {"Type": strategy["type"], "RollingUpdate": shown}
        return [causes.invalid(field, whole, "must be 'RollingUpdate' or 'OnDelete'")]
    partition = (rolling or {}).get("partition", 0)
    return [causes.invalid(f"{field}.rollingUpdate.partition", partition, NOT_NEGATIVE)] if partition < 0 else []


def _judge_retention(policy: Json) -> list[Cause]:
    return [
        causes.not_supported(f"spec.persistentVolumeClaimRetentionPolicy.{when}", policy[when], RETENTIONS)
        for when in ("whenDeleted", "whenScaled")
        if policy[when] not in RETENTIONS
    ]


def _judge_selector_and_template(spec: Json) -> list[Cause]:
    selector = spec.get("selector")
    found = []
    if selector is None:
        found.append(causes.required("spec.selector"))
    elif problems := judge_label_selector(selector, "spec.selector"):
        return [*problems, causes.invalid("spec.selector", selector, "")]
    else:
        found += judge_emptiness(selector, "statefulset")
    return found + judge_template_labels(spec) + judge_lasting_template(spec["template"], "StatefulSet")


def _fixed_part(spec: Json) -> Json:
    return {name: value for name, value in spec.items() if name not in CHANGEABLE}


def warn_stateful_set(stateful_set: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:` although the object is stored."""
    spec, warnings = stateful_set["spec"], []
    if spec.get("revisionHistoryLimit", 0) < 0:
        advice = "a negative value retains all historical revisions; a value >= 0 is recommended"
        warnings.append(f"spec.revisionHistoryLimit: {advice}")
    return [*warnings, *warn_without_pods(spec), *warn_pod_spec(spec["template"]["spec"], "spec.template.spec")]
