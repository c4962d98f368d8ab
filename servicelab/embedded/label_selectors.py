"""Which labels a selector matches, and how it is written on one line."""

from collections.abc import Mapping
from typing import Any

NONE = "<none>"
OPERATORS = {"In": "in", "NotIn": "notin"}


def matches_labels(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether all wanted labels are there (a Service's selector); an empty selector matches everything."""
    return all(labels.get(key) == value for key, value in wanted.items())


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (`matchLabels`, `matchExpressions`) matches."""
    if not matches_labels(selector.get("matchLabels", {}), labels):
        return False
    return all(matches_expression(expression, labels) for expression in selector.get("matchExpressions", []))


def matches_expression(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """One `matchExpressions` entry, of a label selector or of a node selector."""
    key, operator, values = expression["key"], expression["operator"], expression.get("values", [])
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    number, wanted = labels.get(key, ""), values[0] if values else ""
    if not number.lstrip("-").isdigit() or not wanted.lstrip("-").isdigit():
        return False
    return int(number) > int(wanted) if operator == "Gt" else int(number) < int(wanted)


def selector_text(selector: Mapping[str, Any]) -> str:
    """A `matchLabels` and `matchExpressions` selector on one line."""
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        values = ",".join(sorted(expression.get("values") or ()))
        if operator in OPERATORS:
            terms.append((key, f"{key} {OPERATORS[operator]} ({values})"))
        else:
            terms.append((key, key if operator == "Exists" else f"!{key}"))
    return ",".join(text for _, text in sorted(terms)) or NONE


def labels_text(labels: Mapping[str, str] | None) -> str:
    """Labels on one line."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE
