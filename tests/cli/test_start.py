"""`lab start` as a black box: a process that is started, used and ended."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys

import pytest

from servicelab.course import load_course
from tests.support.running_lab import RunningLab

pytestmark = pytest.mark.skipif(os.name == "nt", reason="untested on Windows")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "lab home"


@pytest.fixture
def start(home):
    """Starts labs, and ends those that a test has not ended."""
    labs = []

    def started(*words: str) -> RunningLab:
        labs.append(RunningLab(home, *words))
        return labs[-1]

    yield started
    for lab in labs:
        if lab.process.poll() is None:
            lab.end()
        assert lab.left() == []


def test_a_learner_finds_everything(start, home):
    lab = start().wait_until_ready()
    assert "embedded, because it needs nothing but Python; Kubernetes v1.36" in lab.said
    course = load_course()
    exercises = {exercise.slug for exercise in course.exercises}
    assert f"0 of {len(exercises)} exercises passed" in lab.said
    assert f"{len(exercises) + len(course.lessons)} notebooks" in " ".join(lab.said.split())
    assert "/lab/tree/start.md?token=" in lab.page

    assert lab.get("lab/tree/start.md")[0] == 200
    assert lab.get("api/contents", with_token=False)[0] == 403
    names = {entry["name"] for entry in json.loads(lab.get("api/contents")[1])["content"]}
    assert names == {"start.md", "lessons", *exercises}

    cell = "import os\nprint(os.environ['KUBECONFIG'])\n!kubectl get nodes -o name\n!which lab kubectl"
    printed = lab.run_cell(cell).splitlines()
    assert printed[0].startswith(str(home))
    assert "node/lab-control-plane" in printed
    assert f"{home}/bin/kubectl" in printed
    assert not any("/.kube/" in line for line in printed)

    for folder in (home, home / "jupyter", home / "clusters"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for file in (home / "jupyter/address.json", home / "jupyter/open.html"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert lab.address[1] in (home / "jupyter/open.html").read_text()


def test_ctrl_c_leaves_no_process_and_keeps_the_cluster(start):
    first = start().wait_until_ready()
    assert first.run_cell("!kubectl create configmap kept -o name").strip() == "configmap/kept"
    assert first.end(signal.SIGINT) == 0
    assert first.left() == []
    assert "Traceback" not in first.said
    again = start().wait_until_ready()
    assert again.run_cell("!kubectl get configmap kept -o name").strip() == "configmap/kept"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP], ids=lambda how: how.name)
def test_other_ends_leave_no_process_either(start, how):
    lab = start().wait_until_ready()
    assert lab.end(how) == 0
    assert lab.left() == []


def test_an_end_while_starting_leaves_nothing(start, home):
    lab = start()
    lab.wait_for("Starting the embedded cluster|New in")
    assert lab.end() == 0
    assert lab.left() == []
    assert not (home / "jupyter/address.json").exists()


def test_a_wished_port_is_used_and_a_second_start_finds_it(start):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    first = start("--port", str(port)).wait_until_ready()
    assert first.address[0] == f"http://127.0.0.1:{port}/"
    second = start()
    assert second.process.wait(60) == 0
    assert second.address == first.address
    assert "already runs" in second.said
    assert first.get("api/status")[0] == 200


def test_what_a_killed_start_left_is_cleaned_up(start, home):
    first = start().wait_until_ready()
    first.end(signal.SIGKILL)
    assert first.get("api/status")[0] == 200, "JupyterLab outlives a kill -9 of lab"
    second = start().wait_until_ready()
    assert second.address != first.address
    second.end()
    lab = [sys.executable, "-P", "-m", "servicelab.cli", "cluster", "stop"]
    subprocess.run(lab, env={**os.environ, "LAB_HOME": str(home)}, check=True, capture_output=True)
    assert first.left() == []


def test_a_cluster_that_ran_before_runs_on(start, home):
    lab = [sys.executable, "-P", "-m", "servicelab.cli", "cluster"]
    variables = {**os.environ, "LAB_HOME": str(home)}
    subprocess.run([*lab, "start"], env=variables, check=True, capture_output=True)
    try:
        assert start().wait_until_ready().end() == 0
        asked = subprocess.run([*lab, "status", "-o", "json"], env=variables, check=False, capture_output=True)
        assert json.loads(asked.stdout)["state"] == "running", asked
    finally:
        subprocess.run([*lab, "stop"], env=variables, check=True, capture_output=True)


def test_a_port_in_use_is_told(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        lab = start("--port", str(taken.getsockname()[1]))
        assert lab.process.wait(60) == 1
    assert lab.left() == []
    lab.wait_for("is in use")
    assert "Traceback" not in lab.said


def test_a_name_that_cannot_be_is_refused(start):
    lab = start("--name", "My Lab")
    assert lab.process.wait(60) == 2
    lab.wait_for("lower-case")


@pytest.mark.kind
def test_on_kind(kind_cluster, kind_home):
    lab = RunningLab(kind_home.root, "--cluster", "kind", "--name", kind_cluster.name)
    try:
        lab.wait_until_ready()
        assert f"{kind_cluster.name}, kind, because you asked for it" in lab.said
        assert f"node/{kind_cluster.name}-worker" in lab.run_cell("!kubectl get nodes -o name")
    finally:
        lab.end()
    assert lab.left() == []
    assert kind_cluster.describe_version(), "the kind cluster runs on"
    again = RunningLab(kind_home.root, "--name", kind_cluster.name)
    try:
        again.wait_until_ready()
        assert "because you chose it before" in again.said
    finally:
        again.end()
