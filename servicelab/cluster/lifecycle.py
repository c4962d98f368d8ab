"""Starting, stopping and opening clusters of either kind, and which kind a learner gets, and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from servicelab.cluster import docker, faults, settings
from servicelab.cluster.base import Cluster
from servicelab.cluster.home import DEFAULT_NAME, Home
from servicelab.cluster.progress import Reporter, Silent
from servicelab.cluster.status import Status
from servicelab.network.faults import Faults

KINDS = ("embedded", "kind")


@dataclass(frozen=True)
class Choice:
    """A kind of cluster, and why that one: the end of a sentence that begins “the embedded cluster, because”."""

    kind: str
    because: str


def choose(home: Home, asked: str | None = None) -> Choice:
    """The kind to use: what was asked for on the command line, else what was remembered, else embedded.

    Raises ValueError with a sentence for the learner when there is no such kind.
    """
    if asked is not None:
        if asked not in KINDS:
            raise ValueError(f"“{asked}” is no kind of cluster; choose {' or '.join(KINDS)}")
        return Choice(asked, "you asked for it")
    remembered = settings.load(home).cluster
    if remembered in KINDS:
        return Choice(remembered, "you chose it before")
    return Choice("embedded", "it needs nothing but Python")


def remember(home: Home, kind: str) -> None:
    """Use this kind from now on when none is asked for."""
    settings.remember(home, cluster=kind)


def docker_works() -> bool:
    """Whether Docker works here; answered within two seconds."""
    return docker.works()


class Backend(Protocol):
    """What each kind's module offers."""

    def start(
        self, home: Home, name: str, reporter: Reporter, bundle_directory: Path | None, load_balancer: bool
    ) -> Status: ...
    def stop(self, home: Home, name: str, reporter: Reporter) -> Status: ...
    def status(self, home: Home, name: str) -> Status: ...
    def reset(self, home: Home, name: str, reporter: Reporter) -> Status: ...
    def delete(self, home: Home, name: str, reporter: Reporter) -> Status: ...
    def stop_node(self, home: Home, name: str, node: str, reporter: Reporter) -> None: ...
    def start_node(self, home: Home, name: str, node: str, reporter: Reporter) -> None: ...
    def change_faults(
        self, home: Home, name: str, nodes: Iterable[str], change: Callable[[Faults], Faults], reporter: Reporter
    ) -> Faults: ...
    def switch_load_balancer(
        self, home: Home, name: str, on: bool, reporter: Reporter, bundle_directory: Path | None
    ) -> Status: ...
    def open_running(self, home: Home, name: str) -> Cluster: ...


def _backend(kind: str) -> Backend:
    """The module of a kind, imported only now: one kind must not slow down the other."""
    if kind == "kind":
        from servicelab.cluster import kind as real

        return real
    from servicelab.cluster import embedded

    return embedded


def start(
    kind: str,
    name: str = DEFAULT_NAME,
    *,
    home: Home | None = None,
    reporter: Reporter | None = None,
    bundle: Path | None = None,
    load_balancer: bool = True,
) -> Status:
    """Make the cluster ready, whatever state it is in. MachineError, with what to do, when that cannot be.

    `bundle` is for kind alone: a directory with its images and programs. `load_balancer` says of a cluster that is
    made whether it has one; `switch_load_balancer` changes it later.
    """
    return _backend(kind).start(home or Home.find(), name, reporter or Silent(), bundle, load_balancer)


def stop(kind: str, name: str = DEFAULT_NAME, *, home: Home | None = None, reporter: Reporter | None = None) -> Status:
    """Stop the cluster; what is in it stays."""
    return _backend(kind).stop(home or Home.find(), name, reporter or Silent())


def status(kind: str, name: str = DEFAULT_NAME, *, home: Home | None = None) -> Status:
    """How the cluster is now."""
    return _backend(kind).status(home or Home.find(), name)


def reset(kind: str, name: str = DEFAULT_NAME, *, home: Home | None = None, reporter: Reporter | None = None) -> Status:
    """Remove everything that was made in the running cluster; its kubeconfig stays valid."""
    return _backend(kind).reset(home or Home.find(), name, reporter or Silent())


def delete(
    kind: str, name: str = DEFAULT_NAME, *, home: Home | None = None, reporter: Reporter | None = None
) -> Status:
    """Remove the cluster and all its files; nothing happens when there is none."""
    return _backend(kind).delete(home or Home.find(), name, reporter or Silent())


def stop_node(kind: str, name: str, node: str, *, home: Home | None = None, reporter: Reporter | None = None) -> None:
    """Stop one node's machine; the cluster finds out by itself. MachineError for the control plane."""
    _backend(kind).stop_node(home or Home.find(), name, node, reporter or Silent())


def start_node(kind: str, name: str, node: str, *, home: Home | None = None, reporter: Reporter | None = None) -> None:
    """Start a stopped node again; returns when it is Ready."""
    _backend(kind).start_node(home or Home.find(), name, node, reporter or Silent())


def set_firewall(
    kind: str, name: str, node: str, *, on: bool, home: Home | None = None, reporter: Reporter | None = None
) -> None:
    """Let a node's firewall drop what other machines send to the node ports, or let it pass again."""
    change = partial(faults.with_firewall, node=node, on=on)
    _backend(kind).change_faults(home or Home.find(), name, [node], change, reporter or Silent())


def set_partition(
    kind: str, name: str, one: str, other: str, *, on: bool, home: Home | None = None, reporter: Reporter | None = None
) -> None:
    """Cut two workers off from each other, or heal the cut. MachineError for the control plane."""
    change = partial(faults.with_partition, one=one, other=other, on=on)
    _backend(kind).change_faults(home or Home.find(), name, [one, other], change, reporter or Silent())


def switch_load_balancer(
    kind: str,
    name: str,
    *,
    on: bool,
    home: Home | None = None,
    reporter: Reporter | None = None,
    bundle: Path | None = None,
) -> Status:
    """Give the running cluster a load balancer, or take it away."""
    return _backend(kind).switch_load_balancer(home or Home.find(), name, on, reporter or Silent(), bundle)


def open_cluster(kind: str, name: str = DEFAULT_NAME, *, home: Home | None = None) -> Cluster:
    """The running cluster of that kind and name; close() it when done. MachineError when it does not run."""
    return _backend(kind).open_running(home or Home.find(), name)
