"""What DaemonSets may be."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.workload_rules import (
    is_zero,
    judge_amount,
    judge_emptiness,
    judge_label_selector,
    judge_lasting_template,
    judge_number,
    judge_percent,
    judge_selector_change,
    judge_template_labels,
)
from servicelab.embedded.store import Object

Json = dict[str, Any]
METADATA_TIMES_ON_CHANGE = 3
STRATEGIES = ("RollingUpdate", "OnDelete")


def judge_daemon_set(daemon_set: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a DaemonSet."""
    spec = daemon_set["spec"]
    found = judge_metadata(daemon_set, old, words.subdomain, METADATA_TIMES_ON_CHANGE)
    found += judge_selector_change(spec, old)
    selector = spec.get("selector")
    problems = [] if selector is None else judge_label_selector(selector, "spec.selector")
    found += problems
    if not problems:
        found += judge_template_labels(spec)
        found += [] if selector is None else judge_emptiness(selector, "daemonset")
    found += judge_lasting_template(spec["template"], "DaemonSet")
    found += judge_number(spec, "minReadySeconds")
    found += _judge_update_strategy(spec["updateStrategy"])
    return found + judge_number(spec, "revisionHistoryLimit")


def _judge_update_strategy(strategy: Json) -> list[Cause]:
    if strategy["type"] == "OnDelete":
        return []
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] != "RollingUpdate" or rolling is None:
        shown = {"Type": strategy["type"], "RollingUpdate": rolling}
        return [causes.not_supported("spec.updateStrategy", shown, STRATEGIES)]
    field, unavailable, surge = "spec.updateStrategy.rollingUpdate", rolling["maxUnavailable"], rolling["maxSurge"]
    found = []
    for name, amount in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        found += judge_amount(amount, f"{field}.{name}") + judge_percent(amount, f"{field}.{name}")
    if _counts(unavailable) and _counts(surge):
        found.append(causes.invalid(f"{field}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    if not _counts(unavailable) and not _counts(surge):
        found.append(causes.required(f"{field}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return found


def _counts(amount: int | str) -> bool:
    """Whether the API server reads a number other than zero; what is no percentage it reads as zero."""
    return not is_zero(amount) and (isinstance(amount, int) or amount.endswith("%"))
