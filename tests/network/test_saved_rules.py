"""A node's iptables-save as the model writes it, compared with a real one."""

import json
import re
from pathlib import Path

import pytest

from servicelab.network.faults import Faults
from servicelab.network.saved_rules import BUILT_IN, LEFT_OUT, TABLES, saved_rules
from servicelab.network.state import ClusterState
from servicelab.network.unmodelled import Unmodelled

RECORD = json.loads((Path(__file__).parent / "rules" / "saved.json").read_text())
STATE = ClusterState.from_objects(RECORD["objects"])
UNORDERED = ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL")
"""Where kube-proxy writes its Services' ports in no particular order."""


def of_kube_proxy(text: str) -> list[str]:
    """The lines of a table that the model means to write: without the comments, counters and rules of others."""
    counted = re.sub(r"\[\d+:\d+\]", "[0:0]", text).splitlines()
    chains = (":KUBE-", *(f":{chain} " for table in BUILT_IN.values() for chain in table))
    return [
        line
        for line in counted
        if line.startswith(("*", "COMMIT", "-A KUBE-", *chains)) or re.search(r"^-A [A-Z]+ .*-j KUBE-", line)
    ]


def comparable(lines: list[str]) -> list[str]:
    """The same with the rules of unordered chains in alphabetical order; all others stay where they are."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        chain = line.split()[1] if line.startswith("-A") else ""
        groups.setdefault(chain, []).append(line)
    return [line for chain, some in groups.items() for line in (sorted(some) if chain in UNORDERED else some)]


@pytest.mark.parametrize("table", TABLES)
def test_the_table_is_the_nodes_own(table):
    made = saved_rules(STATE, STATE.nodes[RECORD["node"]], (table,))
    real = RECORD["tables"][table]
    assert comparable(of_kube_proxy(made)) == comparable(of_kube_proxy(real))
    assert len(of_kube_proxy(made)) > 20


def test_nothing_else_stands_there_but_comments_that_say_what_is_missing():
    made = saved_rules(STATE, STATE.nodes[RECORD["node"]])
    others = set(made.splitlines()) - set(of_kube_proxy(made))
    assert {line[0] for line in others} == {"#"}
    assert set(LEFT_OUT) <= others


def test_the_last_rule_of_all_leads_to_the_node_ports():
    made = saved_rules(STATE, STATE.nodes[RECORD["node"]], ("nat",))
    last = [line for line in made.splitlines() if line.startswith("-A KUBE-SERVICES")][-1]
    assert last.endswith("-j KUBE-NODEPORTS")


def test_another_proxy_mode_has_no_such_rules():
    state = ClusterState.from_objects(RECORD["objects"], faults=Faults(), proxy_mode="nftables")
    with pytest.raises(Unmodelled, match="nftables mode"):
        saved_rules(state, state.nodes[RECORD["node"]])
