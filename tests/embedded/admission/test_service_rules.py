"""Every rule of Service, by its field, with the recorded cases that exercise it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.embedded.admission.recording import THEMES, Case, Json, cases, recorded

HERE = Path(__file__).parent
REFUSALS: dict[str, list[Json]] = yaml.safe_load((HERE / "service_refusals.yaml").read_text(encoding="utf-8"))
RESULTS: dict[str, list[Json]] = yaml.safe_load((HERE / "service_results.yaml").read_text(encoding="utf-8"))
OF_SERVICES = [theme for theme in THEMES if theme.startswith("service") and theme != "service_endpoints"]
CASES = {f"{case.theme}: {case.name}": case for theme in OF_SERVICES for case in cases(theme)}
RECORDED = {f"{theme}: {name}": answer for theme in OF_SERVICES for name, answer in recorded(theme).items()}
ONLY_CREATION = ("metadata.generateName", "metadata.name", "spec.parentRef.name")
ONLY_CHANGE = ("status.", "may not change once set", "field is immutable", "if the object is being deleted")
"""Words of rules that have no other half."""


def is_creation(case: Case) -> bool:
    """Whether the judged write makes an object."""
    return case.last.verb == "create" or (case.last.verb in ("put", "apply") and not case.before)


def refusals(name: str) -> Iterator[tuple[str, str, str]]:
    """Field, reason and message of each cause that kind named."""
    for cause in RECORDED[name].get("status", {}).get("details", {}).get("causes", []):
        field = re.sub(r"\[\d+\]", "[]", cause.get("field", "spec.healthCheckNodePort"))
        yield field, cause.get("reason", "none").removeprefix("FieldValue"), cause["message"]


def breaks(name: str, field: str, rule: Json) -> bool:
    """Whether kind named this rule in this case."""
    words = [part for part in re.split(r"failed to allocate IP: ", rule["says"]) if part]
    return any(
        field == of and rule["reason"] == reason and all(word in message for word in words)
        for of, reason, message in refusals(name)
    )


RULES = [(field, rule) for field, rules in REFUSALS.items() for rule in rules]


@pytest.mark.parametrize(("field", "rule"), RULES, ids=[f"{field}: {rule['says']}" for field, rule in RULES])
def test_a_rule_is_broken_by_its_cases(field: str, rule: Json) -> None:
    for mode, wanted in (("create", True), ("update", False)):
        for name in rule[mode]:
            assert is_creation(CASES[name]) is wanted, name
            assert breaks(name, field, rule), name
    whole = f"{field} {rule['says']}"
    assert rule["create"] or any(word in whole for word in ONLY_CHANGE)
    assert rule["update"] or any(word in whole for word in ONLY_CREATION)


def test_every_refusal_of_kind_is_a_listed_rule() -> None:
    for name in RECORDED:
        for field, reason, message in refusals(name):
            rules = [rule for rule in REFUSALS.get(field, []) if rule["reason"] == reason]
            assert any(breaks(name, field, rule) for rule in rules), f"{name}: {field}: {message}"


def at(object: Any, path: str) -> Any:
    """The value at a path like `spec.ports[0].port`; ABSENT where there is none."""
    for step in re.findall(r"[^.\[\]]+", path):
        try:
            object = object[int(step) if isinstance(object, list) else step]
        except (KeyError, IndexError):
            return "ABSENT"
    return object


RESULT_RULES = [rule for kind in ("defaults", "allocation", "types") for rule in RESULTS[kind]]


@pytest.mark.parametrize("rule", RESULT_RULES, ids=lambda rule: f"{rule['field']} {rule['gives']}")
def test_a_field_is_afterwards_what_the_rule_says(rule: Json) -> None:
    for name in rule["cases"]:
        assert at(RECORDED[name]["object"], rule["field"]) == rule["gives"], name


@pytest.mark.parametrize("rule", RESULTS["warnings"], ids=lambda rule: rule["says"])
def test_a_warning_is_said_in_its_cases(rule: Json) -> None:
    for name in rule["cases"]:
        assert any(rule["says"] in warning for warning in RECORDED[name]["warnings"]), name


def test_every_warning_of_kind_is_listed() -> None:
    known = [rule["says"] for rule in RESULTS["warnings"]]
    for name, answer in RECORDED.items():
        assert all(any(words in warning for words in known) for warning in answer["warnings"]), name


def test_every_change_of_type_is_there_by_patch_and_put() -> None:
    types = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
    for old in types:
        for new in types:
            if old != new:
                for verb in ("edit", "put"):
                    assert f"service_types: {verb} {old} to {new}" in CASES
