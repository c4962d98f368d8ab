"""Who owns which field, and what server-side apply answers: the same as a recorded real cluster."""

import json
from typing import Any

import pytest

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.core import Core, fresh_core
from tests.embedded.api.field_ownership import components
from tests.embedded.api.field_ownership.recording import NAMESPACE, RECORD, cases, play
from tests.support.api_client import Send

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(RECORD.read_text())["cases"]

DIFFERENT = {
    "service type back and forth": "a real cluster keeps and hides internalTrafficPolicy of an ExternalName Service",
    "endpoint slice without endpoints": "a real cluster tells an empty list from none when it notes owners",
}
"""Sequences that end with another owner of one field than on kind, and why."""


def test_every_sequence_is_recorded() -> None:
    assert cases().keys() == RECORDED.keys()
    assert len(RECORDED) >= 60


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.xfail(reason=DIFFERENT[case], strict=True)) if case in DIFFERENT else case
        for case in cases()
    ],
)
def test_same_answers(case: str) -> None:
    core, send = _cluster(NAMESPACE)

    def next_moment() -> float:
        core.pass_time(2.0)
        return int(core.clock.now())

    assert play(case, send, next_moment) == RECORDED[case]


def test_components_own_what_they_own_on_kind() -> None:
    core, send = _cluster(components.NAMESPACE)
    recorded = json.loads(components.RECORD.read_text())["owners"]
    assert components.play(send, lambda: core.pass_time(30.0)) == recorded


def _cluster(namespace: str) -> tuple[Core, Send]:
    core = fresh_core(ManualClock(), seed=1)

    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        answer = core.handle(Request.of(method, path, body, headers))
        assert isinstance(answer, Response)
        return answer.status, answer.body

    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    send("POST", "/api/v1/namespaces", json.dumps(body).encode(), {})
    core.pass_time(2.0)
    return core, send
