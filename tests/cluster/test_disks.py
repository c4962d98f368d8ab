"""A network disk is told, by the innermost mount; a disk of this machine is not."""

from collections import namedtuple

import psutil
import pytest

from servicelab.cluster import disks

Mount = namedtuple("Mount", "mountpoint fstype opts")
MOUNTS = [
    Mount("/", "ext4", "rw"),
    Mount("/home", "nfs4", "rw,vers=4.2"),
    Mount("/home/ada/fast", "xfs", "rw"),
    Mount("/homes", "ext4", "rw"),
    Mount("/mnt/c", "9p", "rw"),
    Mount("/shares", "", "rw,remote"),
]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv", None),
        ("/home/ada/lab", "nfs4"),
        ("/home/ada/fast/lab", None),
        ("/homes/ada", None),
        ("/mnt/c/course", "9p"),
        ("/shares/course", "remote"),
    ],
)
def test_where_a_folder_is(folder, kind, monkeypatch, tmp_path):
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: MOUNTS)
    said = disks.warning(tmp_path.__class__(folder), "Set LAB_HOME.")
    assert (kind is None) == (said is None)
    if said:
        assert said == f"{folder} is on a network disk ({kind}), where SQLite's files can be damaged. Set LAB_HOME."


def test_this_machine(tmp_path):
    """As it really is: whatever the disk, it is found among the mounts."""
    assert any(tmp_path.is_relative_to(one.mountpoint) for one in psutil.disk_partitions(all=True))
    assert isinstance(disks.warning(tmp_path / "not there yet", ""), str | None)


def test_lab_grade_says_so(tmp_path, monkeypatch, capsys):
    from tests.support.command import run_here

    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [Mount("/", "nfs", "rw")])
    done = run_here(capsys, "grade", "clusterip", "--course", str(tmp_path))
    assert "is on a network disk (nfs)" in done.stdout and done.returncode == 1  # there are no submissions
