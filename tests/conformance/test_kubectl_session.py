"""A sitting with kubectl prints on each cluster what was recorded on a real one, with a new kubectl and an older one.

What differs nevertheless stands, with its cause, in `kubectl/differences.yaml`.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from tests.conformance import kubectl_session
from tests.conformance.kubectl_session import Printed

RECORDS = {path.stem.removeprefix("recorded-"): json.loads(path.read_text()) for path in kubectl_session.records()}
KNOWN: dict[str, str] = yaml.safe_load((kubectl_session.HERE / "differences.yaml").read_text()) or {}
"""Why the embedded cluster prints something else, by command."""
NEWEST = max(RECORDS)
MOST_KNOWN = 0.02
OLDER = "LAB_OLDER_KUBECTL"
"""Names an older kubectl, as tools/older-kubectl/build makes it."""


def program(version: str) -> str:
    """A kubectl whose sitting was recorded."""
    candidates = [shutil.which("kubectl"), os.environ.get(OLDER)]
    found = next((path for path in candidates if path and kubectl_session.version_of(path) == version), None)
    if found is None:
        pytest.skip(f"no kubectl {version} on this machine; tools/older-kubectl/build makes one, {OLDER} names it")
    return found


def recorded(version: str) -> list[Printed]:
    return [Printed(**step) for step in RECORDS[version]["steps"]]


def differences(version: str, kubeconfig: Path, known: dict[str, str]) -> str:
    steps, found = recorded(version), kubectl_session.play(program(version), kubeconfig)
    return "\n\n".join(
        f"$ kubectl {step.run}\nrecorded on {RECORDS[version]['kubernetes']}: {step}\nhere: {here}"
        for step, here in zip(steps, found, strict=True)
        if step != here and step.run not in known
    )


@pytest.mark.parametrize("version", RECORDS)
def test_the_record_is_of_this_session(version):
    assert [step.run for step in recorded(version)] == [step["run"] for step in kubectl_session.steps()]


def test_few_differences_are_known_and_each_is_of_this_session():
    steps = [step["run"] for step in kubectl_session.steps()]
    assert set(KNOWN) <= set(steps)
    assert sum(step in KNOWN for step in steps) <= MOST_KNOWN * len(steps)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", RECORDS)
def test_embedded_prints_what_a_real_cluster_prints(version, embedded_server):
    found = differences(version, embedded_server.kubeconfig, KNOWN)
    assert not found, found


@pytest.mark.kind
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "version", [pytest.param(each, marks=() if each == NEWEST else pytest.mark.long) for each in RECORDS]
)
def test_kind_still_prints_what_was_recorded(version, kind_cluster):
    found = differences(version, kind_cluster.kubeconfig, {})
    assert not found, found
