"""MetalLB in the embedded cluster does what it was recorded to do on kind, step by step."""

import json
import re
from pathlib import Path

import pytest

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.core import Core, fresh_core
from tests.embedded.controllers.metallb.steps import (
    CLUSTER,
    EVENTS,
    NAMESPACE,
    PATHS,
    cases,
    masked,
    pods,
    requests,
    shown,
)

RECORDED = json.loads((Path(__file__).parent / "metallb" / "recorded.json").read_text())["cases"]
MERGE = "application/merge-patch+json"


def send(core: Core, method, path, body=None):
    kind = MERGE if method == "PATCH" else "application/json"
    content = b"" if body is None else json.dumps(body).encode()
    answer = core.handle(Request.of(method, path, content, {"Content-Type": kind}))
    assert isinstance(answer, Response)
    return answer.status, answer.json()


def play(steps):
    """The states after each step of a case."""
    core = fresh_core(seed=1, cluster_name=CLUSTER)
    metadata = {"name": NAMESPACE}
    send(core, "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    for pod in pods():
        assert send(core, "POST", PATHS["pod"], pod)[0] == 201
    core.pass_time(5)
    states = []
    for step in steps:
        codes = [send(core, *one)[0] for one in requests(step)]
        core.pass_time(3)
        lists = [send(core, "GET", path)[1]["items"] for path in (PATHS["service"], PATHS["pool"], EVENTS)]
        states.append({"code": codes[-1], **shown(*lists)})
    return states


def without_chance(states):
    """Who announces an address of the pool that everybody uses depends on which address it was."""
    events = {event for state in states for event in state["events"]}
    by_chance = {event.split(":")[0] for event in events if 'Assigned IP ["POOL"]' in event}

    def plain(event):
        if event.split(":")[0] in by_chance and " nodeAssigned " in event:
            return re.sub(r'node "[^"]*"', "node NODE", event)
        return masked(event)

    return [{**state, "events": sorted({plain(event) for event in state["events"]})} for state in states]


def test_every_case_is_recorded():
    assert list(RECORDED) == list(cases())


@pytest.mark.parametrize("name", RECORDED)
def test_addresses_come_and_go_as_on_a_real_cluster(name):
    assert without_chance(play(cases()[name])) == without_chance(RECORDED[name])
