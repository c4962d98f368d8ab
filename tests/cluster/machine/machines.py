"""Machines as the judgements see them. Where each comes from is said; only the first was met.

Docker Desktop, WSL, Podman and VPNs cannot be met on the machines that run these tests: their `docker info` holds the
values that people published, in the fields that this lab reads, and no others.
"""

from ipaddress import IPv4Network

from servicelab.cluster.machine.facts import Answer, Disk, Facts, Inotify, WantedImage
from servicelab.cluster.machine.resources import GIB

IMAGE = WantedImage("kindest/node:v1.36.3", (1, 36), is_here=True)

RECORDED_HERE = {
    "ServerVersion": "20.10.24+dfsg1",
    "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
    "KernelVersion": "6.18.44",
    "OSType": "linux",
    "Architecture": "x86_64",
    "CgroupVersion": "1",
    "MemTotal": 25276502016,
    "DockerRootDir": "/var/lib/docker",
}
"""Docker of Debian 12, recorded where these tests were written."""

DESKTOP_ON_MAC = {
    "ServerVersion": "20.10.13",
    "OperatingSystem": "Docker Desktop",
    "KernelVersion": "5.10.104-linuxkit",
    "OSType": "linux",
    "Architecture": "x86_64",
    "CgroupVersion": "2",
    "MemTotal": 4125331456,
    "DockerRootDir": "/var/lib/docker",
    "HttpProxy": "http.docker.internal:3128",
}
"""As published in docker/compose issue 9369 (Total Memory: 3.842GiB)."""

DESKTOP_ON_WINDOWS = DESKTOP_ON_MAC | {
    "ServerVersion": "25.0.3",
    "KernelVersion": "5.15.146.1-microsoft-standard-WSL2",
}
"""Docker Desktop 4.27 for Windows with its WSL 2 backend; composed, not one recording."""

PODMAN = {
    "host": {"arch": "amd64", "buildahVersion": "1.31.2", "cgroupVersion": "v2", "kernel": "6.4.12-200.fc38.x86_64"},
    "store": {},
    "registries": {},
    "version": {"APIVersion": "4.6.1"},
}
"""`podman info` as published in podman issue 19825: none of Docker's fields."""


def machine(info: dict = RECORDED_HERE, kernel: str = "6.18.44", system: str = "Linux", **more) -> Facts:
    """A machine on which a cluster comes up, unless told otherwise."""
    usual = {
        "image": IMAGE,
        "memory": 16 * GIB,
        "disk": Disk("/var/lib/docker", 100 * GIB),
        "inotify": Inotify(8192, 100, counted=True),
        "taken_ports": {},
        "subnet": IPv4Network("172.18.0.0/16"),
        "swallowed": (),
        "has_kind": True,
        "kubectl": (1, 36),
    }
    docker = Answer(info=info, endpoint="unix:///var/run/docker.sock", clock_ahead=0.01)
    return Facts(**({"kernel": kernel, "system": system, "docker": docker} | usual | more))


def mac(**more) -> Facts:
    """Docker Desktop on a Mac."""
    more = {"swallowed": None, "memory": DESKTOP_ON_MAC["MemTotal"]} | more
    return machine(DESKTOP_ON_MAC, kernel="21.4.0", system="Darwin", **more)


def wsl(**more) -> Facts:
    """A WSL 2 distribution that uses Docker Desktop."""
    return machine(DESKTOP_ON_WINDOWS, kernel="5.15.146.1-microsoft-standard-WSL2", **{"swallowed": None} | more)
