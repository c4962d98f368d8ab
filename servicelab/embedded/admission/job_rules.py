"""What Jobs may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.effects import warn_without_pods
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.pod_internal_form import pod_spec_form, template_form
from servicelab.embedded.admission.pod_rules import judge_template
from servicelab.embedded.admission.pod_warnings import warn_pod_spec
from servicelab.embedded.admission.workload_identity import NAME_LABELS, UID_LABELS
from servicelab.embedded.admission.workload_rules import (
    in_order,
    judge_label_selector,
    judge_number,
    judge_template_labels,
)
from servicelab.embedded.store import Object

Json = dict[str, Any]
METADATA_TIMES_ON_CHANGE = 4
COMPLETION_MODES = ("NonIndexed", "Indexed")
REPLACEMENTS = ("Failed", "TerminatingOrFailed")
FIXED = ("completions", "selector", "template", "completionMode")
CHANGEABLE_WHILE_SUSPENDED = ("nodeSelector", "tolerations", "affinity", "schedulingGates")


def judge_job(job: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Job; on a change the API server judges the spec twice."""
    metadata = job["metadata"]
    if old is None and metadata.get("labels") == job["spec"]["template"]["metadata"].get("labels"):
        metadata = {name: value for name, value in metadata.items() if name != "labels"}  # judged with the template
    found = judge_metadata(job | {"metadata": metadata}, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += _judge_generated_selector(job)
    if old is None:
        return found + _judge_spec(job) + _judge_pod_name(job)
    return found + _judge_spec(job) + _judge_pod_name(job) + _judge_spec(job) + _judge_change(job, old)


def _judge_generated_selector(job: Object) -> list[Cause]:
    """The labels and the selector by which a Job finds its own Pods and no others."""
    spec, metadata = job["spec"], job["metadata"]
    if spec.get("manualSelector"):
        return []
    labels = dict(sorted(spec["template"]["metadata"].get("labels", {}).items()))
    field, found = "spec.template.metadata.labels", []
    for names, wanted in ((UID_LABELS, metadata.get("uid", "")), (NAME_LABELS, metadata.get("name", ""))):
        for name in names:
            if labels.get(name) != wanted:
                found.append(causes.invalid(f"{field}[{name}]", labels, f"must be '{wanted}'"))
    if spec.get("selector") != {"matchLabels": {UID_LABELS[0]: metadata.get("uid", "")}}:
        found.append(causes.invalid("spec.selector", in_order(spec.get("selector")), "`selector` not auto-generated"))
    return found


def _judge_spec(job: Object) -> list[Cause]:
    spec = job["spec"]
    found = []
    if spec.get("selector") is None:
        found.append(causes.required("spec.selector"))
    else:
        found += judge_label_selector(spec["selector"], "spec.selector")
    found += judge_template_labels(spec)
    for name in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"):
        found += judge_number(spec, name)
    if spec["completionMode"] not in COMPLETION_MODES:
        found.append(causes.not_supported("spec.completionMode", spec["completionMode"], COMPLETION_MODES))
    if spec["completionMode"] == "Indexed" and "completions" not in spec:
        found.append(causes.required("spec.completions", "when completion mode is Indexed"))
    if spec["podReplacementPolicy"] not in REPLACEMENTS:
        found.append(causes.not_supported("spec.podReplacementPolicy", spec["podReplacementPolicy"], REPLACEMENTS))
    if (manager := spec.get("managedBy")) is not None and "/" not in manager:
        detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
        found.append(causes.invalid("spec.managedBy", manager, detail))
    return found + judge_template(spec["template"], "spec.template") + _judge_restart_policy(spec)


def _judge_restart_policy(spec: Json) -> list[Cause]:
    field, policy = "spec.template.spec.restartPolicy", spec["template"]["spec"]["restartPolicy"]
    if policy not in ("OnFailure", "Never"):
        return [causes.required(field, 'valid values: "OnFailure", "Never"')]
    if "podFailurePolicy" in spec and policy != "Never":
        return [causes.invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def _judge_pod_name(job: Object) -> list[Cause]:
    """Pods of an indexed Job are called by its name and their number."""
    spec, name = job["spec"], job["metadata"].get("name", "")
    if spec["completionMode"] != "Indexed" or spec.get("completions", 0) < 1:
        return []
    pod = f"{name}-{spec['completions'] - 1}"
    if not words.label(pod):
        return []
    return [causes.invalid("metadata.name", name, f"will not able to create pod with invalid DNS label: {pod}")]


def _judge_change(job: Object, old: Object) -> list[Cause]:
    spec, before, found = job["spec"], old["spec"], []
    for name in FIXED:
        if name == "template":
            now, then = _fixed_template(spec, before), _fixed_template(before, before)
            if now != then:
                is_spec = bool(before.get("suspend"))
                field = "spec.template.spec" if is_spec else "spec.template"
                form = pod_spec_form(now) if is_spec else template_form(now)
                found.append(causes.invalid(field, form, "field is immutable"))
        elif name == "completions" and spec["completionMode"] == "Indexed":
            found += _judge_size(spec, before)
        elif spec.get(name) != before.get(name):
            found.append(causes.invalid(f"spec.{name}", in_order(spec.get(name)), "field is immutable"))
    return found


def _judge_size(spec: Json, before: Json) -> list[Cause]:
    """An indexed Job may grow and shrink, if as many Pods may work at once as it has indexes."""
    wished = spec.get("completions")
    if wished in (None, before.get("completions"), spec["parallelism"]):
        return []
    return [causes.invalid("spec.completions", wished, "can only be modified in tandem with spec.parallelism")]


def _fixed_template(spec: Json, before: Json) -> Json:
    """What of the template cannot change; a Job that waits to be resumed may be told anew where its Pods go."""
    template: Json = spec["template"]
    if not before.get("suspend"):
        return template
    return {name: value for name, value in template["spec"].items() if name not in CHANGEABLE_WHILE_SUSPENDED}


def warn_job(job: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:` although the object is stored."""
    warnings = []
    if old is None and (problems := words.label(job["metadata"].get("name", ""))):
        surprise = "this is used in Pod names and hostnames, which can result in surprising behavior"
        warnings.append(f"metadata.name: {surprise}; a DNS label is recommended: [{' '.join(problems)}]")
    return [
        *warnings,
        *warn_without_pods(job["spec"]),
        *warn_pod_spec(job["spec"]["template"]["spec"], "spec.template.spec"),
    ]
