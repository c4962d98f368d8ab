"""`lab cluster` from the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from servicelab.cli.cluster import app

COURSE = Path(__file__).resolve().parents[2]


@pytest.fixture
def lab(tmp_path):
    """Runs `lab cluster …` with a LAB_HOME of its own; ends what it started."""

    def run(*words, **environment):
        return subprocess.run(
            [sys.executable, "-m", "servicelab.cli", "cluster", *words],
            cwd=COURSE,
            env={**os.environ, "LAB_HOME": str(tmp_path / "home"), "COLUMNS": "200", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    run("delete", "--cluster", "embedded")


def test_a_clusters_life(lab, tmp_path):
    asked = lab("status", "-o", "json")
    assert asked.returncode == 3
    assert json.loads(asked.stdout)["state"] == "absent"

    started = lab("start")
    assert started.returncode == 0, started.stderr
    assert "The embedded cluster lab is running, Kubernetes v1.36.3." in started.stdout
    assert "Starting the embedded cluster" in started.stderr

    asked = lab("status", "-o", "json")
    assert asked.returncode == 0
    facts = json.loads(asked.stdout)
    assert (facts["state"], len(facts["nodes"])) == ("running", 3)
    path = lab("kubeconfig").stdout.strip()
    assert path == facts["kubeconfig"]
    assert Path(path).is_file()

    assert lab("reset").returncode == 0
    assert "stopped" in lab("stop").stdout
    assert "absent" in lab("delete").stdout
    assert lab("delete").returncode == 0, "deleting what is not there is no fault"


def test_a_node_is_stopped_and_started(lab):
    assert lab("start").returncode == 0
    refused = lab("node", "stop", "lab-control-plane")
    assert (refused.returncode, "is the control plane" in refused.stderr) == (1, True), refused.stderr
    refused = lab("node", "stop", "nowhere")
    assert (refused.returncode, "lab-worker2" in refused.stderr) == (1, True), refused.stderr
    assert "The node lab-worker is stopped." in lab("node", "stop", "lab-worker").stdout
    assert "The node lab-worker is Ready." in lab("node", "start", "lab-worker").stdout
    assert lab("node", "stop", "lab-worker2").returncode == 0
    assert "Starting the node lab-worker2" in lab("start").stderr, "as on kind, a start starts all nodes"
    for way in ("stop", "start"):
        assert "lab cluster node" in lab("node", way, "--help").stdout


def test_the_asked_kind_is_remembered_only_when_it_started(lab):
    broken = lab("start", "--cluster", "kind", PATH="/nowhere")
    assert broken.returncode == 1
    assert "Docker is not installed" in broken.stderr
    assert "--cluster embedded" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert "The embedded cluster lab is absent" in lab("status").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "--cluster", "k3s"), "choose embedded or kind"),
        (("start", "--name", "../up"), "cannot name a cluster"),
        (("status", "-o", "xml"), "choose text or json"),
    ],
)
def test_words_that_cannot_be_understood(words, said):
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert said in done.stderr


def test_what_needs_a_cluster_says_how_to_get_one(lab):
    for verb in ("reset", "kubeconfig"):
        done = lab(verb)
        assert done.returncode == 1
        assert "lab cluster start" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_damaged_bundle_is_named(lab, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("{")
    done = lab("kubectl", "--bundle", str(tmp_path / "bundle"))
    assert done.returncode == 1
    assert "bundle.json is damaged" in done.stderr


def test_kubectl_without_one_gives_the_stand_in_and_asks_nobody(lab, tmp_path):
    done = lab("kubectl", PATH="/nowhere")
    assert done.returncode == 0
    assert "stand-in" in done.stdout
    assert (tmp_path / "home" / "bin" / "kubectl").exists()


@pytest.mark.parametrize("verb", ["start", "stop", "status", "reset", "delete", "kubeconfig", "kubectl"])
def test_help_shows_an_example(verb):
    done = CliRunner().invoke(app, [verb, "--help"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert f"lab cluster {verb}" in done.stdout
    assert "Example" in done.stdout


def test_faults_between_machines_are_made_told_and_mended(lab):
    assert lab("start").returncode == 0
    assert "drops 30000-32767" in lab("node", "firewall", "lab-worker", "--block-node-ports").stdout
    assert "Nothing passes between" in lab("node", "partition", "lab-worker", "lab-worker2").stdout
    refused = lab("node", "partition", "lab-worker", "lab-control-plane")
    assert (refused.returncode, "is the control plane" in refused.stderr) == (1, True), refused.stderr
    refused = lab("node", "firewall", "nowhere")
    assert (refused.returncode, "lab-worker2" in refused.stderr) == (1, True), refused.stderr
    told = "The firewall of lab-worker drops 30000-32767. Nothing passes between lab-worker and lab-worker2."
    assert told in lab("status").stdout
    assert "--heal" not in lab("node", "partition", "lab-worker", "lab-worker2", "--heal").stdout
    assert "lets everything pass" in lab("node", "firewall", "lab-worker", "--off").stdout
    assert "drops" not in lab("status").stdout


def test_a_cluster_with_and_without_a_load_balancer(lab):
    assert "stay pending" in lab("start", "--no-load-balancer").stdout
    assert "stay pending" in lab("reset").stdout, "a reset leaves the setting"
    assert "stay pending" not in lab("load-balancer", "on").stdout
    assert json.loads(lab("status", "-o", "json").stdout)["load_balancer"] is True
    assert "load-balancer off" in lab("start", "--no-load-balancer").stdout, "it has one already"
    assert lab("load-balancer", "perhaps").returncode == 2
