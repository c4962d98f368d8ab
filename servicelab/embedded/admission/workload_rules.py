"""What Deployments and ReplicaSets may be."""

import re
from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_labels, judge_metadata
from servicelab.embedded.admission.pod_rules import judge_template
from servicelab.embedded.admission.pod_warnings import warn_pod_spec
from servicelab.embedded.label_selectors import matches
from servicelab.embedded.store import Object

Json = dict[str, Any]
STRATEGIES = ("Recreate", "RollingUpdate")
METADATA_TIMES_ON_CHANGE = 2
NOT_NEGATIVE = "must be greater than or equal to 0"
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def judge_deployment(deployment: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a Deployment."""
    spec = deployment["spec"]
    found = judge_metadata(deployment, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_replicas(spec)
    found += judge_selector_and_template(spec, "deployment")
    found += judge_strategy(spec["strategy"])
    found += judge_number(spec, "minReadySeconds")
    found += judge_number(spec, "revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        found += judge_number(spec, "progressDeadlineSeconds")
        if deadline <= spec.get("minReadySeconds", 0):
            detail = "must be greater than minReadySeconds"
            found.append(causes.invalid("spec.progressDeadlineSeconds", deadline, detail))
    return found + judge_selector_change(spec, old)


def judge_replica_set(replica_set: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a ReplicaSet."""
    spec = replica_set["spec"]
    found = judge_metadata(replica_set, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_replicas(spec) + judge_number(spec, "minReadySeconds")
    return found + judge_selector_and_template(spec, "replicaset") + judge_selector_change(spec, old)


def judge_replicas(spec: Json) -> list[Cause]:
    """`spec.replicas`."""
    return judge_number(spec, "replicas")


def judge_number(spec: Json, name: str) -> list[Cause]:
    """A number of a spec that may not be negative."""
    number = spec.get(name, 0)
    return [causes.invalid(f"spec.{name}", number, NOT_NEGATIVE)] if number < 0 else []


def judge_selector_and_template(spec: Json, kind: str) -> list[Cause]:
    """The selector, and that it matches the labels of the template."""
    selector, template = spec.get("selector"), spec["template"]
    found = []
    if selector is None:
        found.append(causes.required("spec.selector"))
    else:
        problems = judge_label_selector(selector, "spec.selector")
        if problems:
            shown = {key: selector[key] for key in ("matchLabels", "matchExpressions") if key in selector}
            return [*problems, causes.invalid("spec.selector", shown, "invalid label selector")]
        found += judge_emptiness(selector, kind)
    return found + judge_template_labels(spec) + judge_lasting_template(template, "ReplicaSet")


def judge_emptiness(selector: Json, kind: str) -> list[Cause]:
    """A selector that selects everything."""
    if selector.get("matchLabels") or selector.get("matchExpressions"):
        return []
    return [causes.invalid("spec.selector", {}, f"empty selector is invalid for {kind}")]


def judge_template_labels(spec: Json) -> list[Cause]:
    """That the selector matches the labels of the template; no selector matches nothing."""
    selector, labels = spec.get("selector"), spec["template"].get("metadata", {}).get("labels", {})
    if selector is not None and matches(selector, labels):
        return []
    detail = "`selector` does not match template `labels`"
    return [causes.invalid("spec.template.metadata.labels", dict(sorted(labels.items())) or None, detail)]


def judge_lasting_template(template: Json, kind: str) -> list[Cause]:
    """The template of a workload whose Pods run for ever; `kind` as the message names it."""
    found = judge_template(template, "spec.template")
    policy = template["spec"]["restartPolicy"]
    if policy in ("Never", "OnFailure"):
        found.append(causes.not_supported("spec.template.spec.restartPolicy", policy, ("Always",)))
    if "activeDeadlineSeconds" in template["spec"]:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        found.append(causes.forbidden("spec.template.spec.activeDeadlineSeconds", detail))
    return found


def in_order(selector: Any) -> Any:
    """A selector as it is printed: labels by their names."""
    if not isinstance(selector, dict) or "matchLabels" not in selector:
        return selector
    return selector | {"matchLabels": dict(sorted(selector["matchLabels"].items()))}


def judge_label_selector(selector: Json, field: str) -> list[Cause]:
    """`matchLabels` and `matchExpressions`."""
    found = judge_labels(selector.get("matchLabels", {}), f"{field}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions", [])):
        place, operator = f"{field}.matchExpressions[{index}]", expression.get("operator", "")
        values = expression.get("values", [])
        if operator in ("In", "NotIn"):
            if not values:
                detail = "must be specified when `operator` is 'In' or 'NotIn'"
                found.append(causes.required(f"{place}.values", detail))
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                found.append(causes.forbidden(f"{place}.values", detail))
        else:
            found.append(causes.invalid(f"{place}.operator", operator, "not a valid selector operator"))
        key = expression.get("key", "")
        found += [causes.invalid(f"{place}.key", key, problem) for problem in words.qualified_name(key)]
        for number, value in enumerate(values):
            problems = words.label_value(value)
            found += [causes.invalid(f"{place}.values[{number}]", value, problem) for problem in problems]
    return found


def judge_strategy(strategy: Json) -> list[Cause]:
    """`spec.strategy` of a Deployment."""
    rolling: Json | None = strategy.get("rollingUpdate")
    if strategy["type"] == "Recreate":
        if rolling is None:
            return []
        detail = "may not be specified when strategy `type` is 'Recreate'"
        return [causes.forbidden("spec.strategy.rollingUpdate", detail)]
    if strategy["type"] != "RollingUpdate" or rolling is None:
        shown = {"Type": strategy["type"], "RollingUpdate": rolling}
        return [causes.not_supported("spec.strategy", shown, STRATEGIES)]
    field = "spec.strategy.rollingUpdate"
    found = judge_amount(rolling["maxUnavailable"], f"{field}.maxUnavailable")
    found += judge_amount(rolling["maxSurge"], f"{field}.maxSurge")
    if is_zero(rolling["maxUnavailable"]) and is_zero(rolling["maxSurge"]):
        detail = "may not be 0 when `maxSurge` is 0"
        found.append(causes.invalid(f"{field}.maxUnavailable", rolling["maxUnavailable"], detail))
    return found + judge_percent(rolling["maxUnavailable"], f"{field}.maxUnavailable")


def judge_amount(value: int | str, field: str) -> list[Cause]:
    """A number that is not negative, or a percentage."""
    if isinstance(value, int):
        return [causes.invalid(field, value, NOT_NEGATIVE)] if value < 0 else []
    return [] if _percent(value) is not None else [causes.invalid(field, value, words.PERCENT_WORDS)]


def judge_percent(value: int | str, field: str) -> list[Cause]:
    """At most all."""
    percent = _percent(value)
    if percent is None or percent <= 100:
        return []
    return [causes.invalid(field, value, "must not be greater than 100%")]


def _percent(value: int | str) -> int | None:
    is_percent = isinstance(value, str) and re.fullmatch("[0-9]+%", value)
    return int(str(value).rstrip("%")) if is_percent else None


def is_zero(value: int | str) -> bool:
    """Nothing, as a number or a percentage."""
    return value == 0 or _percent(value) == 0


def judge_selector_change(spec: Json, old: Object | None) -> list[Cause]:
    """A workload's selector is for ever."""
    if old is None or old["spec"].get("selector") == spec.get("selector"):
        return []
    return [causes.invalid("spec.selector", spec.get("selector"), "field is immutable")]


def warn_workload(workload: Object, old: Object | None) -> list[str]:
    """What kubectl prints as `Warning:` although the object is stored."""
    return warn_pod_spec(workload["spec"]["template"]["spec"], "spec.template.spec")
