"""`lab doctor machine` as a user runs it."""

import json

import pytest
from typer.testing import CliRunner

from servicelab.cli import doctor
from servicelab.cluster.machine import preflight
from tests.cluster.machine.machines import machine


def run(*words: str):
    return CliRunner().invoke(doctor.app, ["machine", *words])


@pytest.fixture
def on(monkeypatch):
    """Let the command see this machine."""

    def see(**facts):
        monkeypatch.setattr(preflight, "collect", lambda *_: machine(**facts))

    return see


def test_a_good_machine(on):
    on(kubectl=(1, 30))
    done = run()
    assert done.exit_code == 0
    assert "✓ Docker" in done.stdout
    assert "! kubectl" in done.stdout
    assert done.stdout.index("Good to know:") < done.stdout.index("Kubectl is 1.30")
    assert "lab cluster start --cluster kind" in done.stdout


def test_faults_come_first_and_decide_the_exit_code(on):
    on(memory=1, kubectl=(1, 30), swallowed=None)
    done = run()
    assert done.exit_code == 1
    assert "✗ Memory" in done.stdout
    assert "? Routes" in done.stdout
    assert done.stdout.index("will not come up") < done.stdout.index("Good to know:")
    assert "To do: Close other programs" in done.stdout


def test_json(on):
    on(memory=1)
    done = run("-o", "json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["ready"] is False
    assert told["looked"]["Memory"] == "fault"
    assert [one["name"] for one in told["faults"]] == ["memory-short"]
    assert all(told["faults"][0][field] for field in ("what", "why", "fix"))


def test_another_output_is_refused():
    assert run("-o", "yaml").exit_code == 2
