"""MetalLB's addresses and manifest, as far as no cluster is needed; the rest is in test_kind.py."""

import copy
import hashlib
import http.server
import threading
from ipaddress import ip_network

import pytest
import yaml

from servicelab.cluster import metallb
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.embedded.system import POOL_ADDRESSES

USUAL = ip_network("172.18.0.0/16")


def test_the_first_cluster_on_dockers_usual_network_has_what_the_embedded_one_has():
    assert metallb.free_range(USUAL, set()) == POOL_ADDRESSES == "172.18.255.200-172.18.255.250"


def test_clusters_side_by_side_have_different_addresses():
    taken = {""}
    for _ in range(20):
        taken.add(metallb.free_range(USUAL, taken))
    assert len(taken) == 21


def test_a_cluster_that_no_lab_made_keeps_the_first_range():
    assert metallb.free_range(USUAL, set(), has_strangers=True) == "172.18.255.140-172.18.255.190"


def test_a_small_network_has_room_for_one():
    network = ip_network("192.168.5.0/24")
    assert metallb.free_range(network, set()) == "192.168.5.200-192.168.5.250"
    with pytest.raises(MachineError, match="no room for load balancer addresses"):
        metallb.free_range(ip_network("192.168.5.0/27"), set())


@pytest.fixture
def address():
    """A web server that gives MANIFEST."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(MANIFEST)

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/metallb.yaml"
        server.shutdown()
        thread.join()


MANIFEST = b"kind: Namespace"


def pin(monkeypatch, tmp_path, address, digest):
    file = tmp_path / "metallb.toml"
    file.write_text(f'version = "v1"\nurl = "{address}"\nsha256 = "{digest}"\n')
    monkeypatch.setattr(metallb.kind_config, "find_file", lambda name: file)


def test_a_fetched_manifest_is_kept(monkeypatch, tmp_path, address):
    pin(monkeypatch, tmp_path, address, hashlib.sha256(MANIFEST).hexdigest())
    assert metallb.manifest(Home(tmp_path), None) == MANIFEST
    pin(monkeypatch, tmp_path, "http://127.0.0.1:1/gone", hashlib.sha256(MANIFEST).hexdigest())
    assert metallb.manifest(Home(tmp_path), None) == MANIFEST


def test_what_is_not_the_expected_file_is_thrown_away(monkeypatch, tmp_path, address):
    pin(monkeypatch, tmp_path, address, "0" * 64)
    with pytest.raises(MachineError, match="is not the expected file"):
        metallb.manifest(Home(tmp_path), None)


def test_a_server_that_does_not_answer_is_named(monkeypatch, tmp_path):
    pin(monkeypatch, tmp_path, "http://127.0.0.1:1/gone", "0" * 64)
    with pytest.raises(MachineError, match=r"could not be fetched from http://127\.0\.0\.1:1/gone"):
        metallb.manifest(Home(tmp_path), None)


def test_the_pinned_manifest_is_the_bundles(bundle):
    if bundle is None:
        pytest.skip("there is no bundle here")
    content = (bundle / "manifests" / "metallb-native.yaml").read_bytes()
    assert hashlib.sha256(content).hexdigest() in metallb.kind_config.find_file(metallb.NAME).read_text()


def test_its_programs_are_asked_early_whether_they_are_ready(bundle):
    if bundle is None:
        pytest.skip("there is no bundle here")
    for document in yaml.safe_load_all((bundle / "manifests" / "metallb-native.yaml").read_bytes()):
        before = copy.deepcopy(document)
        metallb.look_early(document)
        if document["kind"] in ("Deployment", "DaemonSet"):
            (container,) = document["spec"]["template"]["spec"]["containers"]
            assert container["readinessProbe"]["initialDelaySeconds"] == 0
            assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        else:
            assert document == before
