"""All judgements together."""

import re
from pathlib import Path

from servicelab.cluster.machine import report
from servicelab.cluster.machine.facts import Answer
from servicelab.cluster.machine.report import judge
from tests.cluster.machine.machines import mac, machine, wsl

COURSE = Path(__file__).resolve().parents[3]


def test_a_good_machine():
    found = judge(machine())
    assert found.error() is None
    assert {one.state for one in found.looked} == {"fine", "warning"}
    assert [one.name for one in found.warnings] == ["cgroup-v1-unsure"]
    assert found.to_json()["ready"] is True


def test_without_docker_the_rest_is_unknown_but_not_a_fault():
    found = judge(machine({}, docker=Answer(installed=False), image=None, memory=None, disk=None, inotify=None))
    assert [one.name for one in found.faults] == ["docker-missing"]
    assert {one.title for one in found.looked if one.state == "unknown"} >= {"Memory", "Disk", "Images", "Clock"}


def test_the_error_tells_the_first_fault_and_how_many_more():
    error = judge(machine(memory=1, has_kind=False)).error()
    assert error is not None
    assert "memory" in error.what
    assert "1 more: see `lab doctor machine`" in error.fix


def test_docker_desktop_is_good_enough():
    assert judge(mac()).error() is judge(wsl()).error() is None


def test_every_finding_says_what_why_and_what_to_do():
    machines = [
        machine(memory=1, has_kind=False, kubectl=(0, 0), taken_ports={30000: ""}),
        mac(memory=1),
        wsl(memory=1),
    ]
    for finding in (finding for facts in machines for finding in judge(facts).findings):
        assert finding.what and not finding.what.endswith(".")
        assert finding.why.endswith((".", "?"))
        assert finding.fix


def test_every_finding_is_in_the_table_of_the_manual():
    """A name is the first thing that a Finding or a cause is made of."""
    folder = Path(report.__file__).parent
    written = "".join(path.read_text() for path in folder.glob("*.py"))
    names = set(re.findall(r'(?:Finding\(\s*|^    \(\s*)"([a-z0-9]+(?:-[a-z0-9]+)+)"', written, re.MULTILINE))
    manual = set(re.findall(r"`([a-z0-9-]+)`", (COURSE / "docs" / "machine.md").read_text().split("## How")[0]))
    assert len(names) > 25
    assert names - manual == set()
