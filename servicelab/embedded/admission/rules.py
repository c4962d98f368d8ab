"""One row per kind: its defaults, what the cluster adds, its validation and its warnings."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from servicelab.embedded.admission import (
    custom_rules,
    endpoint_rules,
    metallb_rules,
    other_rules,
    pod_admission,
    pod_defaults,
    pod_rules,
    service_allocation,
    service_defaults,
    service_rules,
    workload_defaults,
    workload_identity,
    workload_rules,
)
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.resources import (
    CONFIG_MAPS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    IP_ADDRESS_POOLS,
    JOBS,
    L2_ADVERTISEMENTS,
    NAMESPACES,
    POD_DISRUPTION_BUDGETS,
    PODS,
    REPLICA_SETS,
    SERVICES,
    STATEFUL_SETS,
    Resource,
)
from servicelab.embedded.store import Object, Store

BUDGET_COUNTS = ("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods")


def _nothing(object: Object) -> None:
    pass


def _no_preparation(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    pass


def _no_refusal(store: Store, new: Object, old: Object | None) -> None:
    pass


def _no_warnings(new: Object, old: Object | None) -> list[str]:
    return []


@dataclass(frozen=True)
class Rules:
    """What is done to objects of one kind, in this order."""

    default: Callable[[Object], None] = _nothing
    prepare: Callable[[Store, Object, Object | None, random.Random], None] = _no_preparation
    allocate: Callable[[Store, Object, Object | None, random.Random], None] = _no_preparation
    judge: Callable[[Object, Object | None], list[Cause]] = other_rules.judge_plain
    refuse: Callable[[Store, Object, Object | None], None] = _no_refusal
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


def _custom(resource: Resource, refuse: Callable[[Store, Object, Object | None], None]) -> Rules:
    default, judge = custom_rules.default_custom(resource), custom_rules.judge_custom(resource)
    return Rules(default=default, judge=judge, refuse=refuse, has_generation=True)


RULES: dict[str, Rules] = {
    SERVICES.qualified: Rules(
        default=service_defaults.default_service,
        prepare=_carry_over,
        allocate=service_allocation.allocate,
        judge=service_rules.judge_service,
        warn=service_rules.warn_service,
        new_status=lambda service: {"loadBalancer": {}},
    ),
    PODS.qualified: Rules(
        default=_default_pod,
        prepare=_prepare_pod,
        judge=pod_rules.judge_pod,
        warn=pod_rules.warn_pod,
        has_generation=True,
        new_status=_new_pod_status,
    ),
    DEPLOYMENTS.qualified: Rules(
        default=workload_defaults.default_deployment,
        judge=workload_rules.judge_deployment,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda deployment: {},
    ),
    REPLICA_SETS.qualified: Rules(
        default=workload_defaults.default_replica_set,
        judge=workload_rules.judge_replica_set,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda replica_set: {"replicas": 0},
    ),
    STATEFUL_SETS.qualified: Rules(
        default=workload_defaults.default_stateful_set,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda stateful_set: {"replicas": 0, "availableReplicas": 0},
    ),
    DAEMON_SETS.qualified: Rules(
        default=workload_defaults.default_daemon_set,
        prepare=workload_identity.number_template,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda daemon_set: {name: 0 for name in workload_defaults.DAEMON_SET_COUNTS},
    ),
    JOBS.qualified: Rules(
        default=workload_defaults.default_job,
        prepare=workload_identity.identify_job,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda job: {},
    ),
    POD_DISRUPTION_BUDGETS.qualified: Rules(
        has_generation=True,
        new_status=lambda budget: dict.fromkeys(BUDGET_COUNTS, 0),
    ),
    ENDPOINT_SLICES.qualified: Rules(
        default=endpoint_rules.default_slice,
        judge=endpoint_rules.judge_slice,
        warn=endpoint_rules.warn_slice,
        has_generation=True,
    ),
    ENDPOINTS.qualified: Rules(default=endpoint_rules.default_endpoints, judge=endpoint_rules.judge_endpoints),
    NAMESPACES.qualified: Rules(
        default=other_rules.default_namespace,
        judge=other_rules.judge_namespace,
        new_status=lambda namespace: {"phase": "Active"},
    ),
    CONFIG_MAPS.qualified: Rules(judge=other_rules.judge_config_map),
    IP_ADDRESS_POOLS.qualified: _custom(IP_ADDRESS_POOLS, metallb_rules.refuse_pool),
    L2_ADVERTISEMENTS.qualified: _custom(L2_ADVERTISEMENTS, metallb_rules.refuse_advertisement),
}
"""By `Resource.qualified`; of a kind without a row only the metadata is judged."""
