"""Faults between machines, as data; what they do is in tests/conformance/test_faults.py."""

from servicelab.cluster import kind_faults
from servicelab.cluster.faults import told, with_firewall, with_partition
from servicelab.network.faults import NODE_PORTS, Faults

SOURCES = {
    "lab-worker": ["172.18.0.3", "10.244.1.0/24"],
    "lab-worker2": ["172.18.0.4", "10.244.2.0/24"],
}
CLOSED = with_firewall(Faults(), "lab-worker", on=True)
CUT = with_partition(CLOSED, "lab-worker", "lab-worker2", on=True)


def test_what_is_undone_leaves_nothing():
    assert with_firewall(CLOSED, "lab-worker", on=False) == Faults()
    assert with_partition(CUT, "lab-worker2", "lab-worker", on=False) == CLOSED
    assert told(Faults()) == ""


def test_what_is_broken_is_told():
    assert (
        told(CUT) == "The firewall of lab-worker drops 30000-32767. Nothing passes between lab-worker and lab-worker2."
    )


def test_the_firewalls_rules_drop_what_begins_elsewhere():
    first, last = NODE_PORTS
    rules = list(kind_faults.rules_of("lab-worker", CLOSED, SOURCES))
    assert rules == [
        f"-i eth0 -p {protocol} -m conntrack --ctstate NEW --dport {first}:{last} -j DROP"
        for protocol in ("tcp", "udp")
    ]
    assert list(kind_faults.rules_of("lab-worker2", CLOSED, SOURCES)) == []


def test_a_partition_has_rules_on_both_sides_for_node_and_pods():
    for node, other in (("lab-worker", "lab-worker2"), ("lab-worker2", "lab-worker")):
        rules = [rule for rule in kind_faults.rules_of(node, CUT, SOURCES) if "-s " in rule]
        assert rules == [f"-i eth0 -s {source} -j DROP" for source in SOURCES[other]]


def test_a_nodes_packets_come_from_its_own_addresses_and_its_pods():
    addresses = [
        {"type": "InternalIP", "address": "172.18.0.3"},
        {"type": "InternalIP", "address": "fc00::3"},
        {"type": "Hostname", "address": "lab-worker"},
    ]
    node = {"status": {"addresses": addresses}, "spec": {"podCIDR": "10.244.1.0/24"}}
    assert list(kind_faults.sources_of(node)) == SOURCES["lab-worker"]
