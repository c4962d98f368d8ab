"""Architecture, and cgroup v1 against the node image."""

from dataclasses import replace

import pytest

from servicelab.cluster.machine import kernel
from tests.cluster.machine.machines import DESKTOP_ON_MAC, IMAGE, RECORDED_HERE, mac, machine, wsl


@pytest.mark.parametrize(
    ("docker", "bundle", "names"),
    [
        ("x86_64", None, []),
        ("aarch64", "arm64", []),
        ("aarch64", "amd64", ["architecture-bundle"]),
        ("armv7l", None, ["architecture-unknown"]),
    ],
)
def test_architecture(docker, bundle, names):
    facts = machine(RECORDED_HERE | {"Architecture": docker}, bundle_architecture=bundle)
    assert [one.name for one in kernel.judge_architecture(facts)] == names


@pytest.mark.parametrize(
    ("cgroups", "version", "takes", "names"),
    [
        ("2", (1, 36), None, []),
        ("1", (1, 34), None, []),
        ("1", (1, 36), True, []),
        ("1", (1, 36), False, ["cgroup-v1"]),
        ("1", (1, 35), None, ["cgroup-v1-unsure"]),
    ],
)
def test_cgroups(cgroups, version, takes, names):
    image = replace(IMAGE, kubernetes=version, takes_cgroup_v1=takes)
    found = kernel.judge_cgroups(machine(RECORDED_HERE | {"CgroupVersion": cgroups}, image=image))
    assert [one.name for one in found] == names
    assert [one.is_fault for one in found] == [takes is False] * len(names)


def test_the_way_to_cgroup_v2_fits_the_system():
    v1 = machine(DESKTOP_ON_MAC | {"CgroupVersion": "1"}).docker
    image = replace(IMAGE, takes_cgroup_v1=False)
    assert "wsl --shutdown" in kernel.judge_cgroups(wsl(docker=v1, image=image))[0].fix
    assert "Docker Desktop" in kernel.judge_cgroups(mac(docker=v1, image=image))[0].fix
    assert "grub" in kernel.judge_cgroups(machine(image=image))[0].fix


def test_without_docker_nothing_is_known():
    assert kernel.judge_architecture(machine({})) is kernel.judge_cgroups(machine({})) is None
