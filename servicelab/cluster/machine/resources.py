"""Memory and disk."""

from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import MAKE_ROOM, Finding, Severity

GIB = 1024**3
MEMORY_NEEDED = int(1.5 * GIB)
"""What a cluster's three nodes and its client use, with MetalLB and without exercises (measured: 1.5 GiB)."""
MEMORY_COMFORTABLE = 3 * GIB
DISK_NEEDED = int(3.5 * GIB)
"""What a new cluster's nodes take (measured: 3.3 GB)."""
IMAGES = int(1.5 * GIB)
"""What the images take when they are not here yet (measured: 1.1 GB, and room to unpack them)."""
DISK_COMFORTABLE = 4 * GIB
"""Room beside what is needed, for images of one's own and for logs."""


def judge_memory(facts: Facts) -> list[Finding] | None:
    """Whether a new cluster has the memory it needs."""
    if facts.has_cluster:
        return []
    if facts.memory is None:
        return None
    if facts.memory >= MEMORY_COMFORTABLE:
        return []
    why = f"A cluster's nodes use {_gib(MEMORY_NEEDED)}; short of it the kernel ends their programs at random."
    what = f"there is {_gib(facts.memory)} of memory for a cluster"
    if facts.memory < MEMORY_NEEDED:
        return [Finding("memory-short", f"{what}, too little", why, _more_memory(facts))]
    return [Finding("memory-tight", f"{what}, with little to spare", why, _more_memory(facts), Severity.WARNING)]


def _more_memory(facts: Facts) -> str:
    if facts.is_docker_desktop and (facts.is_wsl or facts.system == "Windows"):
        return (
            "Give WSL more: write `[wsl2]` and `memory=6GB` into %UserProfile%\\.wslconfig, then `wsl --shutdown` in "
            "PowerShell and start Docker Desktop again."
        )
    if facts.is_docker_desktop:
        return "Give Docker more: Docker Desktop, Settings, Resources, Memory: 6 GB; then Apply & restart."
    return "Close other programs, or other clusters: `kind get clusters` lists them, `lab cluster stop` stops yours."


def judge_disk(facts: Facts) -> list[Finding] | None:
    """Whether Docker's disk has room for a new cluster."""
    if facts.has_cluster:
        return []
    if facts.disk is None:
        return None
    needed = DISK_NEEDED + (0 if facts.image is not None and facts.image.is_here else IMAGES)
    free = facts.disk.free
    if free >= needed + DISK_COMFORTABLE:
        return []
    what = f"Docker's disk ({facts.disk.place}) has {_gib(free)} left"
    why = f"A new cluster needs {_gib(needed)} there; on a full disk nodes stop half-made and databases break."
    if free < needed:
        return [Finding("disk-full", f"{what}, too little", why, MAKE_ROOM)]
    return [Finding("disk-tight", f"{what}, with little to spare", why, MAKE_ROOM, Severity.WARNING)]


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
