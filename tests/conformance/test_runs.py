"""Pods whose command is a shell or a client: equal to what kind showed."""

import json
import os
import shutil
from typing import Any

import pytest

from tests.conformance.runs import play

RECORDED = json.loads(play.RECORDED.read_text())["seen"]
SECONDS = 12
"""Enough on a cluster that nothing else keeps busy."""


@pytest.fixture(scope="module")
def seen(embedded_server: Any) -> dict[str, Any]:
    if shutil.which("kubectl") is None or os.name != "posix":
        pytest.skip("needs kubectl and a terminal of POSIX")
    return play.play(str(embedded_server.kubeconfig), seconds=SECONDS)


@pytest.mark.parametrize("case", RECORDED)
def test_a_command_of_a_container_is_seen_as_on_kind(seen: dict[str, Any], case: str) -> None:
    assert seen[case] == RECORDED[case]


def test_every_case_is_recorded() -> None:
    given = play.cases()
    names = [f"{kind[:-1]} {name}" for kind in ("pods", "jobs", "runs") for name in given[kind]]
    assert sorted(names) == sorted(RECORDED)
