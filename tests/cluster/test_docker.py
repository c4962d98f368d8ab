"""Docker that is missing, down or forbidden is the machine's fault, said with what to do."""

import sys
import time

import pytest

from servicelab.cluster import docker
from servicelab.cluster.base import MachineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays Docker with a shell script")


@pytest.fixture
def docker_that(tmp_path, monkeypatch):
    """A `docker` on PATH that runs these lines."""

    def make(lines):
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return make


def test_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="not installed") as caught:
        docker.check()
    assert "--cluster embedded" in caught.value.fix


def test_daemon_down(docker_that):
    docker_that("echo 'Cannot connect to the Docker daemon at unix:///x. Is it running?' >&2; exit 1")
    with pytest.raises(MachineError, match="daemon does not answer"):
        docker.check()


def test_no_permission(docker_that):
    docker_that("echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1")
    with pytest.raises(MachineError, match="may not use Docker") as caught:
        docker.check()
    assert "usermod" in caught.value.fix


def test_a_hanging_daemon_costs_no_more_than_the_limit(docker_that):
    docker_that("exec sleep 30")
    before = time.monotonic()
    with pytest.raises(MachineError, match="did not answer within"):
        docker.check(timeout=0.3)
    assert time.monotonic() - before < 3


def test_it_works(docker_that):
    docker_that("echo 27.1.0")
    assert docker.check() == "27.1.0"


def test_an_image_that_cannot_be_fetched(docker_that):
    docker_that("echo 'dial tcp: lookup registry: no such host' >&2; exit 1")
    with pytest.raises(MachineError, match="could not be fetched") as caught:
        docker.pull("kindest/node:v1.36.3")
    assert "--bundle" in caught.value.fix


def test_removing_what_is_not_there_is_no_fault(docker_that):
    docker_that("echo 'Error: No such container: x' >&2; exit 1")
    docker.remove("x")
    docker_that("echo 'Error: cannot remove' >&2; exit 1")
    with pytest.raises(MachineError, match="could not be removed"):
        docker.remove("x")
