"""Over time, the embedded cluster shows of StatefulSets, DaemonSets, Jobs and budgets what kind shows."""

import functools
import json
from typing import Any
from urllib.parse import quote

import pytest

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.core import Core, fresh_core
from servicelab.embedded.store import Change
from tests.embedded.controllers.workloads.play import FOLDER, KINDS, Answered, Json, Seen, play, scenarios
from tests.embedded.controllers.workloads.record import record
from tests.embedded.controllers.workloads.transcript import transcript
from tests.support.api_client import api_client

RECORDED = {file.stem: json.loads(file.read_text(encoding="utf-8"))["steps"] for file in FOLDER.glob("recorded/*.json")}
ON_KIND = ("statefulset-ordered", "daemonset-surge", "job-indexed", "disruption-budget")
"""Scenarios that are also played on kind by every run with Docker."""
STEPS = [(name, number, step["step"]) for name, steps in RECORDED.items() for number, step in enumerate(steps)]


class EmbeddedStage:
    """A Namespace of an embedded cluster whose clock is moved by hand."""

    def __init__(self, core: Core, namespace: str) -> None:
        self.namespace, self.cluster, self._core = namespace, "lab", core
        self._seen: list[Seen] = []
        core.store.on_change(self._keep)
        made = self.send(
            "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
        assert made.code == 201, made

    def _keep(self, change: Change) -> None:
        if change.object["metadata"].get("namespace") == self.namespace and change.resource.kind in KINDS:
            self._seen.append(Seen(change.kind.value, change.resource.kind, change.object))

    def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answered:
        """See `Stage`."""
        content = b"" if body is None else json.dumps(body).encode()
        answer = self._core.handle(Request.of(method, quote(path), content, {"Content-Type": content_type}))
        assert isinstance(answer, Response)
        return Answered(answer.status, json.loads(answer.body))

    def changes(self) -> list[Seen]:
        """See `Stage`."""
        return list(self._seen)

    def wait(self, seconds: float) -> None:
        """See `Stage`."""
        self._core.pass_time(seconds)

    def now(self) -> float:
        """See `Stage`."""
        return self._core.clock.now()


@functools.cache
def ours(name: str) -> list[Json]:
    """The transcript of a scenario on the embedded cluster."""
    scenario = scenarios()[name]
    stage = EmbeddedStage(fresh_core(seed=7), f"wl-{name}")
    return transcript(play(scenario, stage), stage.namespace, scenario.get("either_worker", False))


@pytest.mark.parametrize(("name", "number", "step"), STEPS, ids=lambda value: str(value))
def test_goes_as_on_kind(name: str, number: int, step: str) -> None:
    assert ours(name)[number] == RECORDED[name][number]


def test_all_scenarios_are_recorded() -> None:
    assert set(RECORDED) == set(scenarios())


@pytest.mark.kind
@pytest.mark.parametrize("name", ON_KIND)
def test_kind_still_goes_so(kind_cluster: Any, name: str) -> None:
    assert record(api_client(kind_cluster.kubeconfig), name, scenarios()[name]) == RECORDED[name]
