"""One row per kind: its defaults, what the cluster adds, its validation and its warnings."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from servicelab.embedded.admission import (
    pod_admission,
    pod_defaults,
    service_allocation,
    service_defaults,
    workload_defaults,
)
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.resources import DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS, SERVICES
from servicelab.embedded.store import Object, Store


def _nothing(object: Object) -> None:
    pass


def _no_preparation(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    pass


def _always_valid(store: Store, new: Object, old: Object | None) -> list[Cause]:
    return []


def _no_warnings(new: Object, old: Object | None) -> list[str]:
    return []


@dataclass(frozen=True)
class Rules:
    """What is done to objects of one kind, in this order."""

    default: Callable[[Object], None] = _nothing
    prepare: Callable[[Store, Object, Object | None, random.Random], None] = _no_preparation
    validate: Callable[[Store, Object, Object | None], list[Cause]] = _always_valid
    allocate: Callable[[Store, Object, Object | None, random.Random], None] = _no_preparation
    warn: Callable[[Object, Object | None], list[str]] = _no_warnings
    has_generation: bool = False
    new_status: Callable[[Object], Object] | None = None


def _default_pod(pod: Object) -> None:
    pod_defaults.default_pod_spec(pod.setdefault("spec", {}), is_template=False)


def _prepare_pod(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    if old is None:
        pod_admission.complete_pod(store, new, randomness)


def _new_pod_status(pod: Object) -> Object:
    return {"phase": "Pending", "qosClass": pod_defaults.quality_of_service(pod)}


def _carry_over(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    service_allocation.carry_over(new, old)


def _default_namespace(namespace: Object) -> None:
    namespace["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = namespace["metadata"]["name"]
    namespace.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    namespace.setdefault("status", {}).setdefault("phase", "Active")


RULES: dict[str, Rules] = {
    SERVICES.qualified: Rules(
        default=service_defaults.default_service,
        prepare=_carry_over,
        allocate=service_allocation.allocate,
        new_status=lambda service: {"loadBalancer": {}},
    ),
    PODS.qualified: Rules(default=_default_pod, prepare=_prepare_pod, has_generation=True, new_status=_new_pod_status),
    DEPLOYMENTS.qualified: Rules(
        default=workload_defaults.default_deployment, has_generation=True, new_status=lambda deployment: {}
    ),
    REPLICA_SETS.qualified: Rules(
        default=workload_defaults.default_replica_set,
        has_generation=True,
        new_status=lambda replica_set: {"replicas": 0},
    ),
    NAMESPACES.qualified: Rules(default=_default_namespace, new_status=lambda namespace: {"phase": "Active"}),
}
"""By `Resource.qualified`; a kind without a row is stored as it comes, with valid metadata."""
