"""The usual 128 instances are enough for two clusters."""

import pytest

from servicelab.cluster.machine import inotify
from servicelab.cluster.machine.facts import Inotify
from tests.cluster.machine.machines import machine


@pytest.mark.parametrize(
    ("limit", "used", "is_short"), [(128, 0, False), (128, 61, False), (128, 122, True), (1024, 290, False)]
)
def test_room_for_one_more_cluster(limit, used, is_short):
    found = inotify.judge(machine(inotify=Inotify(limit, used, counted=True)))
    assert bool(found) == is_short
    if found:
        assert "sysctl fs.inotify.max_user_instances=512" in found[0].fix


def test_an_estimate_is_said_to_be_one():
    assert "about 120" in inotify.judge(machine(inotify=Inotify(128, 120, counted=False)))[0].what


def test_not_judged():
    assert inotify.judge(machine(inotify=None)) is None
    assert inotify.judge(machine(inotify=Inotify(1, 1, counted=True), has_cluster=True)) == []
