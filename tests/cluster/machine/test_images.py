"""Why an image could not be pulled, from Docker's words as people published them."""

import pytest

from servicelab.cluster.machine import images
from tests.cluster.machine.machines import machine

DAEMON = "Error response from daemon: "


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and "
            "upgrading: https://www.docker.com/increase-rate-limit",
            "image-rate-limit",
        ),
        ("toomanyrequests: You have reached your unauthenticated pull rate limit.", "image-rate-limit"),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            "image-offline",
        ),
        ('Get "https://registry-1.docker.io/v2/": dial tcp 54.1.2.3:443: i/o timeout', "image-offline"),
        ("proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused", "image-offline"),
        (
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
            "image-offline",
        ),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "image-certificate"),
        ("failed to register layer: write /usr/bin/etcd: no space left on device", "disk-full"),
        ("no matching manifest for linux/arm/v7 in the manifest list entries", "image-architecture"),
        ("manifest for kindest/node:v9 not found: manifest unknown: manifest unknown", "image-unknown"),
        ("something new", "image-not-fetched"),
    ],
)
def test_why_not_pulled(said, name):
    found = images.why_not_pulled("kindest/node:v1.37.0", DAEMON + said)
    assert found.name == name
    assert "kindest/node:v1.37.0" in found.what
    assert found.fix


def test_unknown_words_are_passed_on():
    assert "something new" in images.why_not_pulled("x", "something new\n").what


def test_offline_is_a_fault_only_when_something_has_to_be_fetched():
    offline = machine(to_fetch=("kindest/node:v1.37.0@sha256:a1",), lost_registries=("registry-1.docker.io",))
    [found] = images.judge(offline)
    assert found.is_fault
    assert "--bundle" in found.fix
    assert images.judge(machine()) == []
    assert images.judge(machine(image=None)) is None
