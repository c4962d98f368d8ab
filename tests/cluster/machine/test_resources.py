"""Memory and disk, with the thresholds at their edges."""

import pytest

from servicelab.cluster.machine import resources
from servicelab.cluster.machine.facts import Disk
from servicelab.cluster.machine.resources import GIB
from tests.cluster.machine.machines import IMAGE, mac, machine, wsl


@pytest.mark.parametrize(
    ("memory", "names"),
    [(16 * GIB, []), (3 * GIB, []), (3 * GIB - 1, ["memory-tight"]), (resources.MEMORY_NEEDED - 1, ["memory-short"])],
)
def test_memory(memory, names):
    assert [one.name for one in resources.judge_memory(machine(memory=memory))] == names


def test_memory_of_docker_desktop_is_raised_in_its_settings():
    assert "Docker Desktop, Settings" in resources.judge_memory(mac(memory=GIB))[0].fix
    assert ".wslconfig" in resources.judge_memory(wsl(memory=GIB))[0].fix


@pytest.mark.parametrize(
    ("free", "is_here", "names"),
    [
        (100 * GIB, True, []),
        (7 * GIB, True, ["disk-tight"]),
        (4 * GIB, True, ["disk-tight"]),
        (4 * GIB, False, ["disk-full"]),
        (3 * GIB, True, ["disk-full"]),
    ],
)
def test_disk(free, is_here, names):
    facts = machine(disk=Disk("/var/lib/docker", free), image=IMAGE.__class__("x", (1, 36), is_here=is_here))
    assert [one.name for one in resources.judge_disk(facts)] == names


def test_a_cluster_that_is_there_needs_no_more():
    there = machine(has_cluster=True, memory=0, disk=Disk("/", 0))
    assert resources.judge_memory(there) == resources.judge_disk(there) == []


def test_what_is_not_known_is_not_judged():
    assert resources.judge_memory(machine(memory=None)) is None
    assert resources.judge_disk(machine(disk=None)) is None
