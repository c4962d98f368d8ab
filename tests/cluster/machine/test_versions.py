"""kind, kubectl and clocks."""

import pytest

from servicelab.cluster.machine import versions
from servicelab.cluster.machine.facts import Answer
from tests.cluster.machine.machines import mac, machine, wsl


@pytest.mark.parametrize(
    ("kubectl", "names"),
    [
        ((1, 36), []),
        ((1, 35), []),
        ((1, 37), []),
        ((1, 34), ["kubectl-skew"]),
        ((1, 38), ["kubectl-skew"]),
        ((0, 0), ["kubectl-missing"]),
    ],
)
def test_kubectl(kubectl, names):
    found = versions.judge_kubectl(machine(kubectl=kubectl))
    assert [one.name for one in found] == names
    assert not any(one.is_fault for one in found)


def test_without_kind_no_cluster():
    assert versions.judge_kind(machine(has_kind=False))[0].is_fault
    assert versions.judge_kind(machine()) == []


@pytest.mark.parametrize(
    ("ahead", "names"),
    [(0.2, []), (-29, []), (60, ["clock-differs"]), (-4000, ["clock-differs"]), (301, ["clock-ahead"])],
)
def test_clock(ahead, names):
    found = versions.judge_clock(machine(docker=Answer(info=machine().info, clock_ahead=ahead)))
    assert [one.name for one in found] == names
    assert [one.is_fault for one in found] == [ahead > 300] * len(names)


def test_the_fix_for_a_clock_fits_the_system():
    def fix(facts):
        return versions.judge_clock(facts)[0].fix

    assert "timedatectl" in fix(machine(docker=Answer(info=machine().info, clock_ahead=60)))
    assert "Restart Docker Desktop" in fix(mac(docker=Answer(info=mac().info, clock_ahead=60)))
    assert "hwclock" in fix(wsl(docker=Answer(info=wsl().info, clock_ahead=60)))
