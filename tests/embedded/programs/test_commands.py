"""Commands in the emulated shell print what they printed in a real agnhost Pod on kind.

Times, ports chosen by chance, identifiers and the order of addresses are masked on both sides.
"""

import json
import re
from pathlib import Path
from random import Random

import pytest

from servicelab.embedded.clock import ManualClock
from servicelab.embedded.programs import shell
from servicelab.embedded.programs.world import World
from servicelab.embedded.resources import RESOURCES
from servicelab.embedded.store import Store

RECORD = json.loads((Path(__file__).parent / "commands" / "recorded.json").read_text())
NOW = 1_795_500_000.0
"""Later than the recording."""
KINDS = {one.kind: one for one in RESOURCES}
MASKS = [
    (r"\r\n?", "\n"),
    (r"after \d+ ms", "after N ms"),
    (r"after \d+ milliseconds", "after N milliseconds"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC m=\+[\d.]+", "MOMENT"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE"),
    (r"Content-Length: (5\d|6\d)\b", "Content-Length: N"),
    (r"\{ \[\d+ bytes data\]", "{ [N bytes data]"),
    (r"(\d+\.\d+\.\d+\.\d+):[3-6]\d{4}\b", r"\1:PORT"),
    (r"id: \d+", "id: N"),
    (r"COOKIE: [0-9a-f]+", "COOKIE: X"),
    (r";; WHEN: .*", ";; WHEN"),
    (r"Query time: \d+", "Query time: N"),
    (r"MSG SIZE  rcvd: \d+", "MSG SIZE"),
    (r"hostmaster\.cluster\.local\. \d+", "hostmaster.cluster.local. N"),
    (r"(eth0@if)\d+", r"\1N"),
    (r"link/ether \S+", "link/ether MAC"),
    (r"(100|  0) +\d+ +(100|0) +\d+[ \d:-]*", "METER"),
    (r"(\n?METER)+", "METER"),
    (r'start exec( "[0-9a-f]+")?', "start exec"),
    (r" +0:00:00 ETA", " ETA"),
]
REFUSED = {
    "curl -sS ftp://web/": "ftp:// is not emulated by the embedded cluster; a kind cluster has it",
}
"""What the emulated shell says it does not do."""


def masked(text: str, command: list[str]) -> str:
    for pattern, value in MASKS:
        text = re.sub(pattern, value, text)
    if command[0] in ("env", "dig") or "pods" in command or command[:1] == ["nslookup"]:
        text = "\n".join(sorted(text.splitlines()))
    return text


@pytest.fixture(scope="module")
def recorded_world() -> World:
    clock = ManualClock(NOW)
    store = Store(clock)
    for one in RECORD["objects"]:
        if one["kind"] in KINDS:
            store.create(KINDS[one["kind"]], one)
    return World(store, clock, Random(3))


def log_shape(lines):
    """Lines without their times and the clients' ports."""
    return [re.sub(r":[3-6]\d{4}$", ":PORT", re.sub(r"^I\d{4} [\d:.]+", "I", line)) for line in lines]


def test_start_up_lines_are_those_of_the_real_programs(recorded_world):
    for pod in ("a", "c1"):
        real = log_shape(RECORD[f"log_of_{pod}"])
        ours = log_shape(line.text for line in recorded_world.read_log(RECORD["namespace"], pod))
        assert len(ours) >= 2
        assert ours[:2] == real[:2]


def cases():
    for case in RECORD["cases"]:
        where = (case.get("node") and "node: ") or ""
        yield pytest.param(case, id=f"{where}{' '.join(case['command'])}")


@pytest.mark.parametrize("case", list(cases()))
def test_a_command_prints_what_it_printed_on_kind(recorded_world, case):
    command = case["command"]
    if "node" in case:
        done = shell.run_on_node(recorded_world, case["node"], command)
    else:
        done = shell.run(recorded_world, RECORD["namespace"], case["pod"], "", command)
    if done.failure:
        # kubectl puts its own words before the API server's; ours end with what there is instead.
        begin, _, _ = masked(done.failure, command).partition(" (the embedded cluster has ")
        assert masked(case["stderr"], command).endswith(f"{begin}\n")
        return
    if text := REFUSED.get(" ".join(command)):
        assert text in done.stderr
        return
    assert masked(done.stdout, command) == masked(case["stdout"], command)
    assert masked(done.stderr, command) == masked(case["stderr"], command)
    assert done.exit_code == case["exit_code"]
