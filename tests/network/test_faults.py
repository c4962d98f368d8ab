"""Faults as data; what they do to packets is in test_route.py and, recorded, in test_flows.py."""

from servicelab.network.faults import NODE_PORTS, Faults


def test_faults_come_back_from_their_json():
    faults = Faults.of(["a"], {"b": [NODE_PORTS]}, [["c", "b"]])
    assert Faults.from_json(faults.to_json()) == faults
    assert faults.to_json() == {
        "stopped": ["a"],
        "firewalls": {"b": [[30000, 32767]]},
        "partitions": [["b", "c"]],
    }


def test_no_faults_are_false():
    assert not Faults()
    assert not Faults.from_json({})
    assert Faults.of(partitions=[["a", "b"]])


def test_a_partition_of_three_parts_each_from_each():
    faults = Faults.of(partitions=[["a", "b", "c"]])
    assert faults.part("a", "c")
    assert faults.part("c", "b")
    assert not faults.part("a", "d")
