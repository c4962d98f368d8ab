"""kube-proxy's rules as the model writes them, compared with `iptables-save` of kind's nodes."""

import json
from pathlib import Path

import pytest

from servicelab.network.rules import iptables_rules
from servicelab.network.state import ClusterState

RECORD = json.loads((Path(__file__).parent / "rules" / "iptables.json").read_text())
STATE = ClusterState.from_objects(RECORD["objects"])
SPACE = "flow-rules"
SERVICES = sorted(name for space, name in STATE.services if space == SPACE)
FEWEST = 30
SHARED = ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL")


def written_chains(lines):
    return [line for line in lines if line.startswith(":")]


def by_chain(lines):
    """The rules of each chain in their order; between chains there is none."""
    found = {}
    for line in lines:
        if line.startswith("-A"):
            found.setdefault(line.split()[1], []).append(line)
    for chain, rules in found.items():
        if chain in SHARED:
            # kube-proxy writes the ports in no particular order, the rules of one port in theirs.
            rules.sort(key=lambda line: line.split('"')[1].split()[0])
    return found


def of_service(name, lines):
    """The lines about one Service: those with its name, and those of chains that these name."""
    words = [f'{SPACE}/{name}"', f"{SPACE}/{name}:", f"{SPACE}/{name} "]
    about = [line for line in lines if any(word in line for word in words)]
    own = {
        line.split()[1] for line in about if line.split()[1].startswith(("KUBE-SV", "KUBE-EXT-", "KUBE-FW", "KUBE-SEP"))
    }
    return [line for line in lines if line in about or line.split()[1] in own or line.split()[0][1:] in own]


def test_there_are_enough_services():
    assert len(SERVICES) >= FEWEST
    assert RECORD["recorded_on"]["proxy_mode"] == "iptables"


@pytest.mark.parametrize("node", sorted(STATE.nodes))
@pytest.mark.parametrize("name", SERVICES)
def test_the_rules_are_those_of_the_node(name, node):
    made = iptables_rules(STATE, STATE.services[SPACE, name], STATE.nodes[node])
    real = RECORD["rules"][node]
    assert by_chain(made.nat) == by_chain(of_service(name, real["nat"]))
    assert by_chain(made.filter) == by_chain(of_service(name, real["filter"]))


@pytest.mark.parametrize("node", sorted(STATE.nodes))
def test_no_chain_is_missing_or_too_many(node):
    made = [
        line
        for name in SERVICES
        for line in iptables_rules(STATE, STATE.services[SPACE, name], STATE.nodes[node]).chains
    ]
    assert sorted(made) == sorted(written_chains(RECORD["rules"][node]["nat"]))
