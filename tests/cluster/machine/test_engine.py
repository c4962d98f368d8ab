"""Docker missing, down, forbidden, hanging, elsewhere, or something else."""

import pytest

from servicelab.cluster.machine import engine
from servicelab.cluster.machine.facts import Answer
from tests.cluster.machine.machines import PODMAN, mac, machine, wsl

FORBIDDEN = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    "dial unix /var/run/docker.sock: connect: permission denied"
)
DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"


@pytest.mark.parametrize(
    ("answer", "name", "fix"),
    [
        (Answer(installed=False), "docker-missing", "https://docs.docker.com/get-docker/"),
        (Answer(seconds=10), "docker-silent", "sudo systemctl start docker"),
        (Answer(said=FORBIDDEN), "docker-forbidden", "usermod -aG docker"),
        (Answer(said=DOWN), "docker-down", "sudo systemctl start docker"),
    ],
)
def test_a_docker_that_does_not_answer(answer, name, fix):
    [found] = engine.judge(machine(docker=answer))
    assert found.name == name
    assert found.is_fault
    assert fix in found.fix
    assert "--cluster embedded" in found.fix


def test_the_fix_fits_the_system():
    assert "open -a Docker" in engine.judge(mac(docker=Answer(said=DOWN)))[0].fix
    assert "in Windows" in engine.judge(wsl(docker=Answer(said=DOWN)))[0].fix


def test_podman_is_named_and_refused():
    assert "Podman is" in engine.judge(machine(docker=Answer(installed=False), has_podman=True))[0].what
    assert [one.name for one in engine.judge(machine(PODMAN))] == ["docker-is-podman"]


def test_windows_containers():
    assert (
        engine.judge(machine({"ServerVersion": "25.0.3", "OSType": "windows"}))[0].name == "docker-windows-containers"
    )


@pytest.mark.parametrize("endpoint", ["ssh://me@lab-server", "tcp://192.0.2.7:2376"])
def test_docker_on_another_machine(endpoint):
    elsewhere = Answer(info=machine().info, endpoint=endpoint)
    [found] = engine.judge(machine(docker=elsewhere))
    assert (found.name, endpoint in found.what) == ("docker-elsewhere", True)


@pytest.mark.parametrize(
    "endpoint", ["unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine", "tcp://127.0.0.1:2375", ""]
)
def test_docker_on_this_machine(endpoint):
    assert engine.judge(machine(docker=Answer(info=machine().info, endpoint=endpoint))) == []
