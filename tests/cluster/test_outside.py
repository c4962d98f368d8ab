"""The client outside, as far as no Docker is needed: who gives way when two labs take the same addresses."""

import pytest

from servicelab.cluster import outside
from servicelab.cluster.base import MachineError
from servicelab.cluster.docker import Container

POOL = "172.18.255.200-172.18.255.250"


def client(cluster, created, addresses=POOL):
    labels = {outside.LABEL: cluster, outside.POOL_LABEL: addresses}
    return Container(f"{cluster}-outside", cluster, True, False, created, labels, "172.18.0.5")


@pytest.fixture
def removed(monkeypatch):
    gone = []
    monkeypatch.setattr(outside, "remove", gone.append)
    return gone


@pytest.mark.parametrize("others", [[], [client("other", "2026-01-02")], [client("other", "2026-01-01", "elsewhere")]])
def test_who_was_first_keeps_the_addresses(monkeypatch, removed, others):
    monkeypatch.setattr(outside, "containers", lambda label: [client("mine", "2026-01-01T01"), *others])
    outside._give_way("mine", POOL)
    assert removed == []


def test_who_comes_later_chooses_again(monkeypatch, removed):
    monkeypatch.setattr(
        outside, "containers", lambda label: [client("mine", "2026-01-02"), client("other", "2026-01-01")]
    )
    with pytest.raises(MachineError, match="the cluster other took the addresses"):
        outside._give_way("mine", POOL)
    assert removed == ["mine-outside"]
