"""Who is on a node already, counted as Pods come and go: the scheduler asks for every node and every Pod."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from servicelab.embedded.api.quantity import amount
from servicelab.embedded.controllers.objects import controller_of, is_deleted, is_ended
from servicelab.embedded.resources import PODS
from servicelab.embedded.store import Change, ChangeKind, Object, Store

HostPort = tuple[str, int]
"""Protocol and port that a Pod takes on its node."""
AMOUNTS = ("cpu", "memory")


@dataclass
class Crowd:
    """The Pods of a node.

    `running` are those that have not ended, with the host `ports` they take and what they request; `staying` are those
    that are not being deleted, also counted for each controller's uid in `of`.
    """

    running: int = 0
    staying: int = 0
    of: Counter[str] = field(default_factory=Counter)
    ports: Counter[HostPort] = field(default_factory=Counter)
    requested: defaultdict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def count(self, pod: Object, sign: int) -> None:
        """Count a Pod that came (1) or went (-1)."""
        if not is_deleted(pod):
            self.staying += sign
            if controller := controller_of(pod):
                self.of[controller["uid"]] += sign
        if is_ended(pod):
            return
        self.running += sign
        for port in host_ports(pod):
            self.ports[port] += sign
        for name in AMOUNTS:
            if asked := requested(pod, name):
                self.requested[name] += sign * asked


class Crowds:
    """The crowd of each node."""

    def __init__(self, store: Store) -> None:
        self._crowds: defaultdict[str, Crowd] = defaultdict(Crowd)
        for pod in store.objects(PODS):
            self._count(pod, 1)
        store.on_change(self._changed)

    def on(self, node: str) -> Crowd:
        """Who is on a node now."""
        return self._crowds[node]

    def _changed(self, change: Change) -> None:
        if change.resource is PODS:
            if change.before is not None:
                self._count(change.before, -1)
            if change.kind is not ChangeKind.DELETED:
                self._count(change.object, 1)

    def _count(self, pod: Object, sign: int) -> None:
        if node := pod["spec"].get("nodeName"):
            self._crowds[node].count(pod, sign)


def host_ports(pod: Object) -> list[HostPort]:
    """Ports a Pod takes on its node."""
    ports = [port for container in pod["spec"].get("containers", []) for port in container.get("ports", [])]
    return [(port["protocol"], port["hostPort"]) for port in ports if port.get("hostPort")]


def requested(pod: Object, name: str) -> Fraction:
    """What a Pod's containers request of cpu or memory."""
    given = (c.get("resources", {}).get("requests", {}).get(name) for c in pod["spec"].get("containers", []))
    return sum((amount(one) for one in given if one), Fraction(0))
