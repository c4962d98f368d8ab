"""A sitting with kubectl prints on each cluster what was recorded on a real one."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conformance import kubectl_session
from tests.conformance.kubectl_session import Printed

RECORDED = json.loads(kubectl_session.RECORD.read_text())
STEPS = [Printed(**step) for step in RECORDED["steps"]]


def played(kubeconfig: Path) -> list[Printed]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine")
    return kubectl_session.play(kubectl, kubeconfig)


def differences(found: list[Printed]) -> str:
    assert len(found) == len(STEPS), "record again: the session has other steps than its record"
    return "\n\n".join(
        f"$ kubectl {step.run}\nrecorded on {RECORDED['kubernetes']}: {step}\nhere: {here}"
        for step, here in zip(STEPS, found, strict=True)
        if step != here
    )


def test_the_record_is_of_this_session():
    assert [step.run for step in STEPS] == [step["run"] for step in kubectl_session.steps()]


def test_embedded_prints_what_a_real_cluster_prints(embedded_server):
    assert differences(played(embedded_server.kubeconfig)) == ""


@pytest.mark.kind
def test_kind_still_prints_what_was_recorded(kind_cluster):
    assert differences(played(kind_cluster.kubeconfig)) == ""
