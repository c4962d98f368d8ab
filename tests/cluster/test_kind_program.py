"""What kind's failures mean, and that a slow boot gets a second chance."""

import pytest

from servicelab.cluster import kind_program
from servicelab.cluster.base import MachineError
from servicelab.cluster.commands import Finished
from servicelab.cluster.machine import ask_host
from servicelab.cluster.machine.facts import Inotify
from servicelab.cluster.progress import Silent

NOT_BOOTED = 'ERROR: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"'


class Told(Silent):
    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


@pytest.fixture
def kind_that(monkeypatch, tmp_path):
    """Creates with a kind that fails with these words, one after the other, then succeeds; gives what was told."""

    def create(*failures):
        left = list(failures)
        told = Told()

        def run(command, timeout):
            stderr = left.pop(0) if left else ""
            return Finished(tuple(map(str, command)), "", stderr, 1 if stderr else 0)

        monkeypatch.setattr(kind_program.commands, "run", run)
        monkeypatch.setattr(kind_program.docker, "check", lambda: "28.0")
        places = (tmp_path / "kind.yaml", tmp_path / "kubeconfig", tmp_path / "logs" / "kind.log")
        kind_program.create("kind", "lab", "kindest/node:v1.36.3", *places, told)
        return told.lines

    return create


def test_success_needs_no_words(kind_that):
    assert kind_that() == []


def test_nodes_that_did_not_boot_in_time_get_a_second_chance(kind_that):
    assert kind_that(NOT_BOOTED) == ["The nodes did not boot within kind's 30 seconds; trying once more."]


@pytest.mark.parametrize(("limit", "advice"), [(128, "max_user_instances=512"), (8192, "Close other programs")])
def test_twice_too_slow_is_the_machines_fault(kind_that, tmp_path, monkeypatch, limit, advice):
    monkeypatch.setattr(ask_host, "inotify_here", lambda: Inotify(limit, 100, counted=True))
    with pytest.raises(MachineError, match="did not boot") as caught:
        kind_that(NOT_BOOTED, NOT_BOOTED)
    assert advice in caught.value.fix
    assert NOT_BOOTED in (tmp_path / "logs" / "kind.log").read_text()


def test_a_name_that_is_taken_is_told_apart(kind_that):
    with pytest.raises(kind_program.NameTaken):
        kind_that("ERROR: node(s) already exist for a cluster with the name")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("too many open files", "did not boot"),
        ("Bind for 127.0.0.1:30000 failed: port is already allocated", "took a port"),
        ("ERROR: something else", "something else"),
    ],
)
def test_other_failures_are_said_once(kind_that, words, what):
    with pytest.raises(MachineError, match=what):
        kind_that(words)


def test_without_kind(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MachineError, match="not installed") as caught:
        kind_program.find(None)
    assert "--bundle" in caught.value.fix


def test_kinds_own_reason_is_told_and_not_the_pages_after_it(kind_that):
    said = (
        "✗ Starting\nERROR: failed to create cluster: failed to init node with kubeadm\nI0101 runtime.goexit\n\tasm.s:1"
    )
    with pytest.raises(MachineError) as found:
        kind_that(said)
    assert found.value.what == (
        "kind could not create the cluster lab: failed to create cluster: failed to init node with kubeadm"
    )


def test_a_docker_that_went_away_is_the_finding(monkeypatch, tmp_path):
    def gone():
        raise MachineError("its daemon does not answer")

    monkeypatch.setattr(kind_program.docker, "check", gone)
    monkeypatch.setattr(kind_program.commands, "run", lambda command, timeout: Finished((), "", "ERROR: anything", 1))
    with pytest.raises(MachineError, match="its daemon does not answer"):
        kind_program.create("kind", "lab", "image", tmp_path / "a", tmp_path / "b", tmp_path / "log", Silent())
