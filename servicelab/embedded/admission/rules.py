"""One row per kind: its defaults, what the cluster adds, its validation and its warnings."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from servicelab.embedded.admission import (
    address_rules,
    custom_rules,
    daemon_set_rules,
    disruption_budget_rules,
    endpoint_rules,
    job_rules,
    metallb_rules,
    network_policy_rules,
    other_rules,
    pod_admission,
    pod_defaults,
    pod_rules,
    pod_warnings,
    secret_rules,
    service_allocation,
    service_defaults,
    service_rules,
    service_warnings,
    stateful_set_rules,
    workload_defaults,
    workload_identity,
    workload_rules,
)
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.resources import (
    CONFIG_MAPS,
    CONTROLLER_REVISIONS,
    CUSTOM_RESOURCE_DEFINITIONS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    IP_ADDRESS_POOLS,
    IP_ADDRESSES,
    JOBS,
    L2_ADVERTISEMENTS,
    LEASES,
    NAMESPACES,
    NETWORK_POLICIES,
    POD_DISRUPTION_BUDGETS,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICE_CIDRS,
    SERVICES,
    STATEFUL_SETS,
    Resource,
)
from servicelab.embedded.store import Object, Store


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
    else:
        pod_admission.give_tolerations(new["spec"])


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
        warn=service_warnings.warn_service,
        new_status=lambda service: {"loadBalancer": {}},
    ),
    PODS.qualified: Rules(
        default=_default_pod,
        prepare=_prepare_pod,
        judge=pod_rules.judge_pod,
        warn=pod_warnings.warn_pod,
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
        judge=stateful_set_rules.judge_stateful_set,
        warn=stateful_set_rules.warn_stateful_set,
        has_generation=True,
        new_status=lambda stateful_set: {"replicas": 0, "availableReplicas": 0},
    ),
    DAEMON_SETS.qualified: Rules(
        default=workload_defaults.default_daemon_set,
        prepare=workload_identity.number_template,
        judge=daemon_set_rules.judge_daemon_set,
        warn=workload_rules.warn_workload,
        has_generation=True,
        new_status=lambda daemon_set: {name: 0 for name in workload_defaults.DAEMON_SET_COUNTS},
    ),
    JOBS.qualified: Rules(
        default=workload_defaults.default_job,
        prepare=workload_identity.identify_job,
        judge=job_rules.judge_job,
        warn=job_rules.warn_job,
        has_generation=True,
        new_status=lambda job: {},
    ),
    POD_DISRUPTION_BUDGETS.qualified: Rules(
        default=disruption_budget_rules.default_disruption_budget,
        judge=disruption_budget_rules.judge_disruption_budget,
        has_generation=True,
        new_status=lambda budget: dict(disruption_budget_rules.NEW_STATUS),
    ),
    NETWORK_POLICIES.qualified: Rules(
        default=network_policy_rules.default_network_policy,
        judge=network_policy_rules.judge_network_policy,
        has_generation=True,
    ),
    SECRETS.qualified: Rules(
        default=secret_rules.default_secret, judge=secret_rules.judge_secret, warn=secret_rules.warn_secret
    ),
    LEASES.qualified: Rules(default=other_rules.default_lease, judge=other_rules.judge_lease),
    CONTROLLER_REVISIONS.qualified: Rules(judge=other_rules.judge_controller_revision),
    IP_ADDRESSES.qualified: Rules(judge=address_rules.judge_ip_address),
    SERVICE_CIDRS.qualified: Rules(
        judge=address_rules.judge_service_cidr,
        warn=address_rules.warn_service_cidr,
        new_status=lambda service_cidr: {},
    ),
    CUSTOM_RESOURCE_DEFINITIONS.qualified: Rules(refuse=other_rules.refuse_definition),
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
