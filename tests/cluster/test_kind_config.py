"""kind's configuration: the file of the repository, with ports that are free here."""

import socket

import yaml

from servicelab.cluster import kind_config

TEXT = kind_config.find_file().read_text()


def test_one_control_plane_two_workers_and_a_pool_on_loopback():
    config, ports = kind_config.render(TEXT, free=lambda port: True)
    read = yaml.safe_load(config)
    assert [node["role"] for node in read["nodes"]] == ["control-plane", "worker", "worker"]
    mappings = read["nodes"][0]["extraPortMappings"]
    assert {mapping["listenAddress"] for mapping in mappings} == {"127.0.0.1"}
    assert read["networking"]["apiServerAddress"] == "127.0.0.1"
    assert ports == {port: port for port in range(30000, 30010)}


def test_a_taken_host_port_is_replaced_and_the_node_port_stays():
    others = iter([45001, 45001, 45002])
    config, ports = kind_config.render(TEXT, free=lambda port: port not in (30001, 30002), other=lambda: next(others))
    assert (ports[30000], ports[30001], ports[30002]) == (30000, 45001, 45002)
    mappings = yaml.safe_load(config)["nodes"][0]["extraPortMappings"]
    assert {mapping["containerPort"]: mapping["hostPort"] for mapping in mappings} == ports


def test_a_port_somebody_listens_on_is_not_free():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not kind_config.is_free(other.getsockname()[1])
    assert kind_config.is_free(kind_config.free_port())


def test_the_number_of_nodes_is_known():
    config = yaml.safe_load(kind_config.find_file().read_text())
    assert len(config["nodes"]) == kind_config.NODES
