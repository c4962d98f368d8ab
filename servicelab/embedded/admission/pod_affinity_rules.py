"""Where a Pod may run: affinities and spread constraints."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.admission.metadata_rules import judge_labels

Json = dict[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WITH_VALUES, WITHOUT_VALUES, WITH_ONE_VALUE = ("In", "NotIn"), ("Exists", "DoesNotExist"), ("Gt", "Lt")
UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
HEAVIEST = 100


def judge_affinity(affinity: Json, field: str) -> list[Cause]:
    """`affinity` of a Pod."""
    found = _judge_node_affinity(affinity.get("nodeAffinity", {}), f"{field}.nodeAffinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = affinity.get(kind, {})
        for index, term in enumerate(terms.get(REQUIRED, [])):
            found += _judge_pod_term(term, f"{field}.{kind}.{REQUIRED}[{index}]")
        for index, weighted in enumerate(terms.get(PREFERRED, [])):
            place = f"{field}.{kind}.{PREFERRED}[{index}]"
            found += _judge_weight(weighted, place)
            found += _judge_pod_term(weighted.get("podAffinityTerm", {}), f"{place}.podAffinityTerm")
    return found


def _judge_node_affinity(affinity: Json, field: str) -> list[Cause]:
    found = []
    if REQUIRED in affinity:
        place, terms = f"{field}.{REQUIRED}.nodeSelectorTerms", affinity[REQUIRED].get("nodeSelectorTerms") or []
        if not terms:
            found.append(causes.required(place, "must have at least one node selector term"))
        for index, term in enumerate(terms):
            found += _judge_node_term(term, f"{place}[{index}]")
    for index, weighted in enumerate(affinity.get(PREFERRED, [])):
        place = f"{field}.{PREFERRED}[{index}]"
        found += _judge_weight(weighted, place)
        found += _judge_node_term(weighted.get("preference", {}), f"{place}.preference")
    return found


def _judge_weight(weighted: Json, field: str) -> list[Cause]:
    weight = weighted.get("weight", 0)
    return [] if 1 <= weight <= HEAVIEST else [causes.invalid(f"{field}.weight", weight, "must be in the range 1-100")]


def _judge_node_term(term: Json, field: str) -> list[Cause]:
    found = []
    for index, rule in enumerate(term.get("matchExpressions", [])):
        place = f"{field}.matchExpressions[{index}]"
        operator, values, key = rule.get("operator", ""), rule.get("values", []), rule.get("key", "")
        if operator in WITH_VALUES and not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            found.append(causes.required(f"{place}.values", detail))
        elif operator in WITHOUT_VALUES and values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            found.append(causes.forbidden(f"{place}.values", detail))
        elif operator in WITH_ONE_VALUE and len(values) != 1:
            detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            found.append(causes.required(f"{place}.values", detail))
        elif operator not in (*WITH_VALUES, *WITHOUT_VALUES, *WITH_ONE_VALUE):
            found.append(causes.invalid(f"{place}.operator", operator, "not a valid selector operator"))
        found += [causes.invalid(f"{place}.key", key, problem) for problem in words.qualified_name(key)]
    return found


def _judge_pod_term(term: Json, field: str) -> list[Cause]:
    found = judge_labels(term.get("labelSelector", {}).get("matchLabels", {}), f"{field}.labelSelector.matchLabels")
    key, place = term.get("topologyKey", ""), f"{field}.topologyKey"
    if not key:
        found.append(causes.required(place, "can not be empty"))
    return found + [causes.invalid(place, key, problem) for problem in words.qualified_name(key)]


def judge_spread(constraints: list[Json], field: str) -> list[Cause]:
    """`topologySpreadConstraints` of a Pod."""
    found = []
    for index, constraint in enumerate(constraints):
        place, skew = f"{field}[{index}]", constraint.get("maxSkew", 0)
        if skew <= 0:
            found.append(causes.invalid(f"{place}.maxSkew", skew, "must be greater than zero"))
        if not constraint.get("topologyKey"):
            found.append(causes.required(f"{place}.topologyKey", "can not be empty"))
        wish = constraint.get("whenUnsatisfiable", "")
        if wish not in UNSATISFIABLE:
            found.append(causes.not_supported(f"{place}.whenUnsatisfiable", wish, UNSATISFIABLE))
    return found
