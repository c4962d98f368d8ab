"""Label selectors."""

import pytest

from servicelab.embedded.label_selectors import matches, matches_labels

LABELS = {"app": "web", "tier": "front", "size": "3"}


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("In", "app", ["web", "api"], True),
        ("In", "app", ["api"], False),
        ("In", "none", ["web"], False),
        ("NotIn", "app", ["api"], True),
        ("NotIn", "none", ["web"], True),
        ("NotIn", "app", ["web"], False),
        ("Exists", "app", [], True),
        ("Exists", "none", [], False),
        ("DoesNotExist", "none", [], True),
        ("DoesNotExist", "app", [], False),
        ("Gt", "size", ["2"], True),
        ("Lt", "size", ["2"], False),
        ("Gt", "app", ["2"], False),
    ],
)
def test_expressions(operator: str, key: str, values: list[str], expected: bool) -> None:
    expression = {"key": key, "operator": operator, "values": values}
    assert matches({"matchExpressions": [expression]}, LABELS) is expected


def test_all_parts_must_match() -> None:
    exists = {"key": "tier", "operator": "Exists"}
    assert matches({"matchLabels": {"app": "web"}, "matchExpressions": [exists]}, LABELS)
    assert not matches({"matchLabels": {"app": "api"}, "matchExpressions": [exists]}, LABELS)
    assert matches({}, LABELS)
    assert matches_labels({}, {})
    assert not matches_labels({"app": "web"}, {})
