"""What a fault is done to: a lab of its own with one kind cluster, driven by the command line as a learner does it."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from servicelab.cluster import docker, kind, lifecycle, outside
from servicelab.cluster.home import Home
from servicelab.cluster.status import State
from tests.cluster.faults.docker_proxy import DockerProxy

COURSE = Path(__file__).resolve().parents[3]
NEVER_LONGER = 900.0
"""Seconds after which a command hangs, on a machine where everything else takes its time too."""
KEPT = "/api/v1/namespaces/default/configmaps/kept"


@dataclass
class Scene:
    """`home` and `name` of a cluster; `bundle` where there is no internet; `folder` for what a fault needs."""

    home: Home
    name: str
    bundle: Path | None
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def lab(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`lab cluster …` on this cluster, to its end; fails when it hangs."""
        return subprocess.run(
            self.command(*words),
            cwd=COURSE,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            timeout=NEVER_LONGER,
            check=False,
        )

    def works(self, *words: str) -> None:
        """`lab cluster …`, which must succeed."""
        done = self.lab(*words)
        assert done.returncode == 0, done.stdout + done.stderr

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """The same, in the background."""
        return subprocess.Popen(
            self.command(*words),
            cwd=COURSE,
            env=self.surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, *words: str) -> list[str]:
        """What `lab cluster` is here."""
        return [sys.executable, "-m", "servicelab.cli", "cluster", *words, "--cluster", "kind", "--name", self.name]

    def surroundings(self) -> dict[str, str]:
        """The environment of a command: this lab's home, and what the fault changes."""
        bundle = {"LAB_BUNDLE": str(self.bundle)} if self.bundle else {}
        return {**os.environ, "LAB_HOME": str(self.home.root), "COLUMNS": "250", **bundle, **self.environment}

    def proxied(self) -> DockerProxy:
        """From now on commands reach Docker through a socket that can be cut."""
        proxy = DockerProxy(self.folder / "docker.sock")
        self.environment["DOCKER_HOST"] = proxy.address
        return proxy

    @property
    def directory(self) -> Path:
        """The cluster's files."""
        return self.home.cluster("kind", self.name)

    def node(self, which: str = "worker") -> str:
        """A node's name."""
        return f"{self.name}-{which}"

    def containers(self) -> list[str]:
        """The names of the containers that are there."""
        found = docker.containers(f"{docker.NODE_LABEL}={self.name}"), docker.containers(f"{outside.LABEL}={self.name}")
        return [one.name for some in found for one in some]

    def nodes_by_id(self) -> set[str]:
        """The nodes' containers."""
        return {one.id for one in docker.containers(f"{docker.NODE_LABEL}={self.name}")}

    def keep(self) -> None:
        """Work of the learner's, which must not be lost."""
        cluster = self.opened()
        cluster.rest.send("POST", KEPT.rpartition("/")[0], json={"metadata": {"name": "kept"}})
        cluster.close()

    def opened(self):
        """The running cluster."""
        return lifecycle.open_cluster("kind", self.name, home=self.home)

    def kubectl(self, *words: str) -> str:
        """kubectl as the learner has it."""
        command = ["kubectl", f"--kubeconfig={self.directory / 'kubeconfig'}", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def wait(what: str, condition, limit: float = NEVER_LONGER) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what} in vain"
        time.sleep(0.1)  # between two looks


def is_ready(scene: Scene) -> str:
    """That the cluster runs and the learner's work is still there."""
    assert kind.status(scene.home, scene.name).state is State.RUNNING
    cluster = scene.opened()
    try:
        assert cluster.rest.get(KEPT), "the learner's work is lost"
        cluster.rest.send("DELETE", KEPT)
    finally:
        cluster.close()
    return "ready, nothing lost"


def finding(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """That a command ended with a plain sentence that has these words; gives the sentence."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    assert "fault in Service Lab" not in done.stderr, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith(("✓", "✗", "Nodes from"))]
    for word in words:
        assert word in done.stderr, (word, said)
    return "finding: " + " ".join(said)
