"""A cluster at one moment: its objects as the API gives them, and the network model of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servicelab.network.state import ClusterState

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """`objects` by kind. Beside those that the model reads, Deployments, StatefulSets, Events of the Service's
    namespace and MetalLB's IPAddressPools make it more precise. `has_load_balancer`: whether something serves Services
    of type LoadBalancer.
    """

    state: ClusterState
    objects: Mapping[str, tuple[Json, ...]]
    has_load_balancer: bool = True

    @classmethod
    def of(cls, objects: Iterable[Json], state: ClusterState, has_load_balancer: bool = True) -> "Snapshot":
        """The snapshot of these objects, each with its `kind`, and of the model that was made of them."""
        by_kind: dict[str, list[Json]] = {}
        for one in objects:
            by_kind.setdefault(str(one.get("kind", "")), []).append(one)
        return cls(state, {kind: tuple(some) for kind, some in by_kind.items()}, has_load_balancer)

    def all(self, *kinds: str, namespace: str | None = None) -> list[Json]:
        """The objects of these kinds, of one namespace or of all."""
        return [
            one
            for kind in kinds
            for one in self.objects.get(kind, ())
            if namespace in (None, one["metadata"].get("namespace"))
        ]

    def one(self, kind: str, namespace: str, name: str) -> Json | None:
        """The object of that name, or None."""
        return next((one for one in self.all(kind, namespace=namespace) if one["metadata"]["name"] == name), None)

    def events(self, kind: str, namespace: str, name: str) -> list[Json]:
        """The Events about an object, the latest first."""
        about = [
            one
            for one in self.all("Event", namespace=namespace)
            if (one["involvedObject"].get("kind"), one["involvedObject"].get("name")) == (kind, name)
        ]
        return sorted(about, key=_when, reverse=True)


def _when(event: Json) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")
