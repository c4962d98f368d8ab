"""All states of the corpus."""

from tests.network.flows import (
    states,
    states_combined,
    states_dual_stack,
    states_faults,
    states_found,
    states_hosts,
    states_load_balancer,
    states_policy,
    states_random,
    states_zones,
)

STATES = [
    *states.STATES,
    *states_load_balancer.STATES,
    *states_policy.STATES,
    *states_hosts.STATES,
    *states_combined.STATES,
    *states_found.STATES,
    *states_dual_stack.STATES,
    *states_faults.STATES,
    *states_random.STATES,
    *states_zones.STATES,
]
