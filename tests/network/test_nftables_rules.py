"""kube-proxy's nftables rules as the model writes them, compared with the tables of kind's nodes."""

import json
import re
from pathlib import Path

import pytest

from servicelab.network.nftables_rules import SHARED, nftables_rules
from servicelab.network.state import ClusterState

RECORD = json.loads((Path(__file__).parent / "rules" / "nftables.json").read_text())
STATE = ClusterState.from_objects(RECORD["objects"])
SPACE = "flow-rules"
SERVICES = sorted(name for space, name in STATE.services if space == SPACE)
FEWEST = 30
NODES = sorted(STATE.nodes)


def parts_of(lines):
    """The table's sets, maps and chains: by name, the lines between the braces."""
    found = {}
    name = None
    for line in lines:
        begun = re.fullmatch(r"\t(?:set|map|chain) (\S+) \{", line)
        if begun:
            name = begun[1]
            found[name] = []
        elif line == "\t}":
            name = None
        elif name:
            found[name].append(line.strip())
    return found


def elements_of(lines):
    text = " ".join(lines)
    return set(re.split(r", +", text.partition("elements = { ")[2].removesuffix(" }"))) - {""}


REAL = {node: parts_of(RECORD["rules"][node]["ip kube-proxy"]) for node in NODES}


def own(name, lines):
    """Those that name the Service, wherever they stand."""
    words = re.compile(rf'{SPACE}/{name}(?:/|"|:)')
    return {line for line in lines if words.search(line)}


def test_there_are_enough_services():
    assert len(SERVICES) >= FEWEST
    assert RECORD["recorded_on"]["proxy_mode"] == "nftables"
    assert STATE.proxy_mode == "nftables"


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("name", SERVICES)
def test_the_rules_are_those_of_the_node(name, node):
    service = STATE.services[SPACE, name]
    made, real = nftables_rules(STATE, service, STATE.nodes[node]), REAL[node]
    for shared in SHARED:
        listed, elements = set(made.elements.get(shared, ())), elements_of(real[shared])
        if shared == "cluster-ips":
            elements &= set(service.cluster_ips)
        elif shared == "hairpin-connections":
            # Services with the same endpoints share these; test_no_element_is_missing_or_too_many has them all.
            elements &= listed
        else:
            elements = own(name, elements)
        assert listed == elements, shared
    assert {name: list(lines) for name, lines in (made.sets | made.chains).items()} == {
        one: real[one] for one in own(name, real)
    }


@pytest.mark.parametrize("node", NODES)
def test_no_element_is_missing_or_too_many(node):
    made = [nftables_rules(STATE, one, STATE.nodes[node]) for one in STATE.services.values()]
    for shared in SHARED:
        listed = {one for rules in made for one in rules.elements.get(shared, ())}
        elements = elements_of(REAL[node][shared])
        assert listed <= elements, shared
        # MetalLB's web hook is the one Service that is not among the recorded objects.
        assert len(elements - listed) <= 1, shared
    own_parts = {name for name in REAL[node] if f"{SPACE}/" in name}
    assert {name for rules in made for name in (*rules.sets, *rules.chains) if f"{SPACE}/" in name} == own_parts


def test_the_text_is_that_of_a_table():
    text = str(nftables_rules(STATE, STATE.services[SPACE, "node-port-local"], STATE.nodes[NODES[1]]))
    parts = parts_of(text.splitlines())
    real = REAL[NODES[1]]
    assert {name: lines for name, lines in parts.items() if name not in SHARED} == {
        name: lines for name, lines in real.items() if f"{SPACE}/node-port-local/" in name
    }
    for name in parts.keys() & set(SHARED):
        assert elements_of(parts[name]) <= elements_of(real[name])
