"""What was set below Kubernetes for a lesson: faults of the network, and whether there is a load balancer.

The store remembers it; no Kubernetes API shows it.
"""

from dataclasses import replace

from servicelab.embedded.controllers.node_power import stopped_nodes
from servicelab.embedded.resources import LABORATORY
from servicelab.embedded.store import Object, Store
from servicelab.network.faults import Faults

FAULTS = "faults"
NO_LOAD_BALANCER = "no-load-balancer"


def faults_of(store: Store) -> Faults:
    """Stopped nodes, firewalls and partitions."""
    kept = store.get(LABORATORY, "", FAULTS)
    return replace(Faults.from_json(kept["faults"] if kept else {}), stopped=stopped_nodes(store))


def set_faults(store: Store, faults: Faults) -> None:
    """Set firewalls and partitions; nodes are stopped and started one by one (`node_power.py`)."""
    _put(store, FAULTS, {"faults": replace(faults, stopped=frozenset()).to_json()})


def has_load_balancer(store: Store) -> bool:
    """Whether MetalLB runs."""
    return store.get(LABORATORY, "", NO_LOAD_BALANCER) is None


def set_load_balancer(store: Store, on: bool) -> None:
    """Let MetalLB run, or end it."""
    if on and not has_load_balancer(store):
        store.delete(LABORATORY, "", NO_LOAD_BALANCER)
    elif not on:
        _put(store, NO_LOAD_BALANCER, {})


def _put(store: Store, name: str, content: Object) -> None:
    kept = store.get(LABORATORY, "", name)
    if kept is None:
        store.create(LABORATORY, {"metadata": {"name": name}, **content})
    else:
        store.update(LABORATORY, {**kept, **content})
