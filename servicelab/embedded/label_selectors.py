"""Which labels a selector matches."""

from collections.abc import Mapping
from typing import Any


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
