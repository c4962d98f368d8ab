"""What PodDisruptionBudgets may be."""

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_metadata
from servicelab.embedded.admission.workload_rules import judge_amount, judge_label_selector, judge_percent
from servicelab.embedded.store import Object

UNHEALTHY = ("AlwaysAllow", "IfHealthyBudget")
NEW_STATUS = {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}
METADATA_TIMES_ON_CHANGE = 2


def default_disruption_budget(budget: Object) -> None:
    """Fill in a PodDisruptionBudget."""
    budget.setdefault("spec", {})
    budget.setdefault("status", dict(NEW_STATUS))


def judge_disruption_budget(budget: Object, old: Object | None) -> list[Cause]:
    """Everything that is wrong with a PodDisruptionBudget."""
    spec = budget["spec"]
    found = judge_metadata(budget, old, words.path_segment, METADATA_TIMES_ON_CHANGE)
    if "minAvailable" in spec and "maxUnavailable" in spec:
        names = ("minAvailable", "selector", "maxUnavailable", "unhealthyPodEvictionPolicy")
        shown = {name[0].upper() + name[1:]: spec.get(name) for name in names}
        found.append(causes.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        if name in spec:
            found += judge_amount(spec[name], f"spec.{name}") + judge_percent(spec[name], f"spec.{name}")
    found += judge_label_selector(spec.get("selector") or {}, "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in UNHEALTHY:
        found.append(causes.not_supported("spec.unhealthyPodEvictionPolicy", policy, UNHEALTHY))
    return found
