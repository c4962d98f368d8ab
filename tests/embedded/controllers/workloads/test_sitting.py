"""What kubectl prints of StatefulSets, DaemonSets, Jobs, budgets and drain is what it printed on kind."""

import json
import shutil
from typing import Any

import pytest

from tests.embedded.controllers.workloads import sitting

RECORDED: list[dict[str, Any]] = json.loads(sitting.RECORD.read_text(encoding="utf-8"))["steps"]


def test_the_record_is_of_this_sitting() -> None:
    assert [step["run"] for step in RECORDED] == [step["run"] for step in sitting.steps()]


def test_kubectl_prints_what_it_printed_on_kind(embedded_server: Any) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine")
    found = sitting.play(kubectl, embedded_server.kubeconfig)
    differences = [(there, here) for there, here in zip(RECORDED, found, strict=True) if there != here]
    assert differences == []
