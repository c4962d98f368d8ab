"""SQLite files on a network file system are recognised by the mount that they lie on."""

from collections import namedtuple
from pathlib import Path

import pytest

from servicelab.course import network_disk
from servicelab.course.network_disk import network_file_system, warning

Mount = namedtuple("Mount", "mountpoint fstype opts")
MOUNTS = [
    Mount("/", "ext4", "rw"),
    Mount("/home", "nfs4", "rw,vers=4.2"),
    Mount("/home/ada/scratch", "xfs", "rw"),
    Mount("/mnt/c", "9p", "rw"),
    Mount("/shares", "", "rw,remote"),
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", None),
        ("/home/ada/course", "nfs4"),
        ("/home/ada/scratch/course", None),
        ("/homework", None),
        ("/mnt/c/course", "9p"),
        ("/shares/course", "remote"),
    ],
)
def test_the_innermost_mount_counts(monkeypatch, path, kind):
    monkeypatch.setattr(network_disk.psutil, "disk_partitions", lambda all: MOUNTS)
    assert network_file_system(Path(path)) == kind
    assert bool(warning(Path(path))) == bool(kind)


def test_a_temporary_folder_here_can_be_looked_up(tmp_path):
    assert isinstance(warning(tmp_path / "not there yet"), str)
