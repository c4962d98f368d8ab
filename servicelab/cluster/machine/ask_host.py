"""What this machine tells without Docker's help: ports, routes, names, memory, disk, inotify instances."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from servicelab.cluster import commands, images, kind_config, kubectl
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.home import Home
from servicelab.cluster.machine import routes
from servicelab.cluster.machine.ask_docker import Network, Node
from servicelab.cluster.machine.facts import Disk, Facts, Inotify, Swallowed
from servicelab.cluster.machine.inotify import PER_NODE

QUICK = 1.5
"""Seconds to find a name, or to ask the kernel for a route."""
INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")


def taken_ports(nodes: Iterable[Node]) -> dict[int, str]:
    """The ports of the NodePort pool that are not free, and who has each, where this machine tells."""
    _, pool = kind_config.render(kind_config.find_file().read_text(), free=lambda port: True)
    taken = [port for port in pool.values() if not kind_config.is_free(port)]
    holders = {port: f"the kind cluster {node.cluster}" for node in nodes for port in node.ports if node.runs}
    if set(taken) - set(holders):
        with suppress(psutil.Error):
            for connection in psutil.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr:
                    holders.setdefault(connection.laddr.port, psutil.Process(connection.pid).name())
    return {port: holders.get(port, "") for port in taken}


def swallowed(facts: Facts, network: Network | None) -> tuple[Swallowed, ...] | None:
    """Which addresses of the network leave by another way than Docker's bridge; None where the bridge is not ours."""
    if not facts.is_native:
        return None
    if network is None:
        return ()

    def run(command: list[str]) -> str:
        return commands.run(command, timeout=QUICK).stdout

    return routes.swallowed(network.subnet, network.bridge, run)


def lost_registries(facts: Facts) -> tuple[str, ...]:
    """The registries among those needed whose names are not found here. Not asked where Docker has a proxy, a mirror
    or a machine of its own: then this machine's names say nothing."""
    registry = facts.info.get("RegistryConfig") or {}
    if not facts.is_native or facts.info.get("HttpsProxy") or registry.get("Mirrors"):
        return ()
    hosts = sorted({images.registry_of(reference) for reference in facts.to_fetch})
    return tuple(host for host in hosts if not _has_address(host))


def _has_address(host: str) -> bool:
    ask = "import socket, sys; socket.getaddrinfo(sys.argv[1], 443)"
    try:
        return commands.run([sys.executable, "-I", "-c", ask, host], timeout=QUICK).succeeded
    except MachineError:
        return False


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables about proxies; programs read them in capitals or in small letters."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    return {name: value for name in names if (value := environment.get(name) or environment.get(name.lower()))}


def kubectl_version(home: Home, bundle: Bundle | None) -> tuple[int, int]:
    """The version of the kubectl that the lab would use; (0, 0) when it would be the stand-in."""
    found = kubectl.find(home, bundle)
    return found.version if found else (0, 0)


def memory(facts: Facts) -> int:
    """Bytes that a new cluster can have: what is free here, or all that Docker's own machine has."""
    if facts.is_native:
        return int(psutil.virtual_memory().available + psutil.swap_memory().free)
    return int(facts.info["MemTotal"])


def disk(facts: Facts) -> Disk | None:
    """The disk with Docker's files, where it is this machine's own."""
    place = facts.info.get("DockerRootDir", "")
    try:
        return Disk(place, shutil.disk_usage(place).free) if facts.is_native else None
    except OSError:
        return None


def count_inotify() -> int | None:
    """How many inotify instances root's processes hold; None where only root may count."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    count = 0
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and process.stat().st_uid == 0:
                count += sum(_is_inotify(handle) for handle in (process / "fd").iterdir())
    return count


def _is_inotify(handle: Path) -> bool:
    try:
        return str(handle.readlink()) == "anon_inode:inotify"
    except OSError:
        return False


def inotify_here(running_nodes: int = 0) -> Inotify | None:
    """The limit on this machine, and how much of it is used: counted, or as much as that many nodes use."""
    counted = count_inotify()
    used = running_nodes * PER_NODE if counted is None else counted
    try:
        return Inotify(int(INOTIFY_LIMIT.read_text()), used, counted=counted is not None)
    except (OSError, ValueError):
        return None
