"""On a real cluster, where every silence takes real seconds, what needs nothing of each other happens at once."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from servicelab.cluster.base import Capability, Cluster

MOST = 8
"""How many requests or checks are under way together."""
T = TypeVar("T")
R = TypeVar("R")


def takes_real_time(cluster: Cluster) -> bool:
    """Whether waiting on this cluster takes the seconds it says; an in-process cluster moves its clock instead."""
    return Capability.REAL_TRAFFIC in cluster.capabilities


def at_once(run: Callable[[T], R], things: Iterable[T], cluster: Cluster) -> Iterator[R]:
    """What `run` makes of each thing, in order; the first error is raised when its turn comes."""
    known = list(things)
    if len(known) == 1 or not takes_real_time(cluster):
        yield from map(run, known)
        return
    with ThreadPoolExecutor(MOST) as threads:
        yield from threads.map(run, known)
