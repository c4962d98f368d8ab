"""Whether a folder is on a disk of this machine. SQLite relies on locks and on shared memory that file systems over the
network do not keep to (https://www.sqlite.org/howtocorrupt.html), so files of it belong on a local one."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]

OVER_THE_NETWORK = frozenset(
    {"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"smb2", "smb3", "smbfs", "webdav", "fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.sshfs"}
)
"""File systems as Linux and macOS name them."""


def warning(folder: Path, instead: str) -> str | None:
    """A sentence for people when SQLite's files in this folder are not on a local disk; `instead` is what to do."""
    place = folder.resolve()
    mounted = [one for one in psutil.disk_partitions(all=True) if place.is_relative_to(one.mountpoint)]
    if not mounted:
        return None
    on = max(mounted, key=lambda one: len(one.mountpoint))
    if on.fstype not in OVER_THE_NETWORK and "remote" not in on.opts.split(","):  # Windows says only that it is remote
        return None
    return f"{folder} is on a network disk ({on.fstype or 'remote'}), where SQLite's files can be damaged. {instead}"
