"""Whether a folder is on a disk of this machine. SQLite relies on locks and on shared memory that file systems over the
network do not keep to (https://www.sqlite.org/howtocorrupt.html), so files of it belong on a local one."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]

_NAMES = "nfs nfs4 cifs smb3 smbfs afs afpfs webdav 9p ceph lustre beegfs gpfs glusterfs fuse.glusterfs fuse.sshfs"
OVER_THE_NETWORK = frozenset(_NAMES.split())


def warning(folder: Path, instead: str) -> str | None:
    """A sentence for people when SQLite's files in this folder are not on a local disk; `instead` is what to do."""
    place = folder.resolve()
    mounts = [one for one in psutil.disk_partitions(all=True) if place.is_relative_to(one.mountpoint)]
    kind = max(mounts, key=lambda one: len(one.mountpoint)).fstype if mounts else ""
    if kind not in OVER_THE_NETWORK:
        return None
    return f"{folder} is on a network disk ({kind}), where SQLite's files can be damaged. {instead}"
