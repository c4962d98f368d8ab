"""The stand-in prints what a real kubectl printed in a recorded sitting with a real cluster."""

import contextlib
import dataclasses
import json
import shutil
import sys

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import Namespace

from tests.conformance import kubectl_session

HAS = {"get", "apply", "delete", "exec", "label", "scale", "wait"}
HAS_NOT = (
    "jsonpath",
    "go-template",
    "custom-columns",
    "--sort-by",
    "--watch",
    "--chunk-size",
    "--raw",
    "--list",
    "--ignore-not-found",
    "--dry-run=client",
    "invalid-service",
    "bad/label",
    "hello-three",
    "view-last-applied",
    "--prune",
    "--current-replicas",
    "--for=create",
    "colour=",
    "spec.colour",
    "endpoints hello",
    "get -f",
    "get deployment/hello pod/client",
    "nothing in",
    "-o yaml",
    "-o json",
    "exec two -n conformance -- hostname",
    "nslookup set-0",
    "missing.yaml",
    "nothing=here",
    "wait --for=delete",
    "delete pod two stranger -n conformance --dry-run",
)
"""Steps of these commands that the stand-in refuses or words in another way."""
OWN_WORDS = ("apply -f unknown-field.yaml", "apply -f service.yaml", "exec ", "get endpoints")


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    program = tmp_path_factory.mktemp("bin") / "kubectl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m servicelab.cluster.standin "$@"\n')
    program.chmod(0o755)
    return str(program)


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="the session needs a POSIX shell")
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="the steps the stand-in does not have need a kubectl")
def test_the_same_words_as_kubectl(embedded_server, standin):
    recorded = json.loads(max(kubectl_session.records()).read_text())["steps"]
    compared, different = 0, []
    try:
        for step, expected in zip(kubectl_session.steps(), recorded, strict=True):
            verb = step["run"].split()[0]
            mine = verb in HAS and not any(word in step["run"] for word in HAS_NOT)
            program = standin if mine else "kubectl"
            printed = kubectl_session._play_one(program, embedded_server.kubeconfig, step)
            if not mine:
                continue
            compared += 1
            said = dataclasses.asdict(printed)
            fields = ("stdout", "exit_code") if step["run"].startswith(OWN_WORDS) else ("stdout", "stderr", "exit_code")
            for field in fields:
                if said[field] != expected[field]:
                    different.append(f"{step['run']}: {field} is {said[field]!r}, kubectl's {expected[field]!r}")
    finally:
        with contextlib.suppress(ApiError):
            embedded_server.api.delete(Namespace, "conformance")
    assert not different, "\n".join(different)
    assert compared > 25
