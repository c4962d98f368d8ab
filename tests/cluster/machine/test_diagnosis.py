"""An error on a cluster that was there is told with what is wrong with the machine."""

import shutil
from types import SimpleNamespace

import httpx2
import pytest

from servicelab.cluster.base import Capability, MachineError, WaitedTooLong
from servicelab.cluster.machine import preflight
from servicelab.cluster.machine.diagnosis import diagnosed
from servicelab.cluster.machine.facts import Swallowed
from tests.cluster.machine.machines import machine

REAL = SimpleNamespace(name="lab", capabilities=frozenset({Capability.REAL_TRAFFIC}))
IN_THIS_PROCESS = SimpleNamespace(name="lab", capabilities=frozenset())
SILENT = httpx2.ConnectError("connection refused")


@pytest.fixture
def on(monkeypatch):
    """Let the cluster be on this machine."""

    def see(**facts):
        monkeypatch.setattr(preflight, "collect", lambda *_: machine(has_cluster=True, **facts))

    return see


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs the program docker, not its daemon")
@pytest.mark.parametrize("error", [SILENT, WaitedTooLong("Pods", 60), MachineError("the API does not answer")])
def test_a_docker_that_was_stopped_meanwhile(monkeypatch, tmp_path, error):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")
    found = diagnosed(error, REAL)
    assert isinstance(found, MachineError)
    assert "daemon does not answer" in found.what
    assert "Start Docker" in found.fix


def test_a_vpn_that_was_connected_meanwhile(on):
    on(swallowed=(Swallowed("172.18.0.2", "172.18.0.0/16", "tun0"),), stopped_nodes=("lab-worker",))
    assert "tun0" in diagnosed(SILENT, REAL).what


def test_nodes_that_were_stopped(on):
    on(stopped_nodes=("lab-control-plane",))
    assert "lab-control-plane" in diagnosed(SILENT, REAL).what


def test_a_good_machine_keeps_the_error_as_it_was(on):
    on(has_kind=False, memory=1)
    assert "does not answer: connection refused" in diagnosed(SILENT, REAL).what
    assert "slow or out of order" in diagnosed(WaitedTooLong("Pods", 60), REAL).what


def test_a_cluster_in_this_process_has_no_machine(monkeypatch):
    monkeypatch.setattr(preflight, "collect", lambda *_: pytest.fail("looked at the machine"))
    assert "does not answer" in diagnosed(SILENT, IN_THIS_PROCESS).what


def test_other_errors_pass_unchanged():
    error = KeyError("x")
    assert diagnosed(error, REAL) is error
