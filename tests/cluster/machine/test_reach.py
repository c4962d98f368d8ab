"""Ports, routes, proxies and virtual machines between a learner and the cluster."""

import pytest

from servicelab.cluster.machine import reach
from servicelab.cluster.machine.facts import Swallowed
from tests.cluster.machine.machines import DESKTOP_ON_WINDOWS, RECORDED_HERE, mac, machine, wsl


def test_taken_ports_are_told_with_their_holders():
    [found] = reach.judge_ports(machine(taken_ports={30000: "nginx", 30002: "", 30001: "nginx"}))
    assert found.what == "taken on 127.0.0.1: 30000, 30001 (nginx); 30002 (who has it is not told)"
    assert not found.is_fault
    assert reach.judge_ports(machine(has_cluster=True, taken_ports={30000: "the kind cluster lab"})) == []


def test_a_route_that_swallows_is_a_fault():
    one = Swallowed("172.18.0.2", "172.18.0.0/16", "tun0")
    [found] = reach.judge_routes(machine(swallowed=(one, one)))
    assert found.is_fault
    assert "tun0" in found.what
    assert reach.judge_routes(mac()) is None


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, None),
        ({"NO_PROXY": "localhost"}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "127.0.0.1 and 172.18.0.0/16"),
        ({"HTTP_PROXY": "http://p:3128", "NO_PROXY": "127.0.0.0/8,10.0.0.0/8"}, "172.18.0.0/16"),
        ({"HTTP_PROXY": "http://p:3128", "NO_PROXY": "127.0.0.1,172.16.0.0/12"}, None),
        ({"HTTP_PROXY": "http://p:3128", "NO_PROXY": "*"}, None),
    ],
)
def test_proxies(variables, missing):
    found = reach.judge_proxies(machine(proxies=variables))
    assert bool(found) == (missing is not None)
    if missing:
        assert found[0].what.endswith(missing)
        assert "export NO_PROXY=" in found[0].fix
        assert not found[0].is_fault


def test_the_fix_for_a_proxy_is_enough():
    variables = {"HTTP_PROXY": "http://p:3128", "NO_PROXY": "intranet"}
    fix = reach.judge_proxies(machine(proxies=variables))[0].fix
    repaired = fix.split("NO_PROXY=")[1].split()[0]
    assert reach.judge_proxies(machine(proxies=variables | {"NO_PROXY": repaired})) == []


def test_a_docker_in_a_machine_of_its_own_is_said():
    for facts in (mac(), wsl()):
        [found] = reach.judge_virtual_machine(facts)
        assert (found.name, found.is_fault) == ("docker-in-a-machine", False)
        assert "Docker Desktop" in found.what


def test_docker_inside_wsl():
    kernel = "5.15.146.1-microsoft-standard-WSL2"
    native = machine(DESKTOP_ON_WINDOWS | {"OperatingSystem": "Ubuntu 22.04.4 LTS"}, kernel=kernel)
    assert [one.name for one in reach.judge_virtual_machine(native)] == ["wsl-native-docker"]


def test_wsl_1():
    facts = machine(RECORDED_HERE, kernel="4.4.0-19041-Microsoft")
    assert [one.name for one in reach.judge_virtual_machine(facts)] == ["wsl1", "docker-in-a-machine"]


def test_docker_on_this_very_kernel():
    assert reach.judge_virtual_machine(machine()) == []
