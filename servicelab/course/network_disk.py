"""Whether a file lies on a network file system, where SQLite cannot rely on locks."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]

NETWORKED = frozenset(
    {"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"smb2", "smb3", "smbfs", "webdav", "fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.sshfs"}
)
"""File systems as Linux and macOS name them."""


def network_file_system(path: Path) -> str | None:
    """The kind of network file system that a path lies on; None when it is a disk of this machine's."""
    place = path.resolve()
    mounted = [one for one in psutil.disk_partitions(all=True) if place.is_relative_to(one.mountpoint)]
    if not mounted:
        return None
    on = max(mounted, key=lambda one: len(one.mountpoint))
    is_remote = on.fstype in NETWORKED or "remote" in on.opts.split(",")  # Windows says only that it is remote
    return on.fstype or "remote" if is_remote else None


def warning(path: Path) -> str:
    """A sentence about the SQLite files in a folder (or a file of their own) on a network file system, else ""."""
    kind = network_file_system(path)
    if not kind:
        return ""
    return (
        f"{path} is on a network file system ({kind}). SQLite cannot rely on its locks: "
        "let one program at a time write there, or keep it on a disk of this machine."
    )
