"""What both kinds of cluster have in common on disk: a directory, a kubeconfig, and a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from servicelab.cluster.home import Home
from servicelab.cluster.lock import held
from servicelab.cluster.progress import Reporter


@dataclass(frozen=True)
class ClusterPlace:
    """One cluster's files."""

    home: Home
    name: str
    kind: ClassVar[str]

    @property
    def directory(self) -> Path:
        return self.home.cluster(self.kind, self.name)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubeconfig"


@contextmanager
def alone(place: ClusterPlace, reporter: Reporter) -> Iterator[None]:
    """Hold the cluster's lock: one start, stop, reset or delete at a time."""
    busy = f"Another `lab` is at work on the {place.kind} cluster {place.name}; waiting until it is done."
    with held(place.home.lock_file(place.kind, place.name), lambda: reporter.say(busy)):
        yield
