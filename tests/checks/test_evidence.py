"""What a failed check shows beside its words: the field, what stands there, and what came."""

import pytest

from servicelab.checks import CheckOutcome
from servicelab.cluster.embedded import open_throwaway
from tests.graders.cases import Case, judge, solution


def seen(slug, mistake):
    """What the first failed check says was seen, with this mistake in place of the manifest."""
    cluster = open_throwaway(seed=1)
    try:
        result = judge(slug, Case(slug, mistake).on(solution(slug)[1]), cluster)
    finally:
        cluster.close()
    return next(check for check in result.checks if check.outcome is CheckOutcome.FAILED).actual


@pytest.mark.parametrize(
    ("slug", "mistake", "said"),
    [
        ("default-deny", "another-role", "from[0].podSelector is role=client, but the Pod client has role=teller"),
        ("default-deny", "the-port-of-the-service", "ports[0].port is 80, but the packet comes at port 8080"),
        ("default-deny", "every-address", "callers lets it through: spec.ingress[0].from[0] has ipBlock"),
        ("default-deny", "only-one-pod-is-closed", "No NetworkPolicy selects the Pod archive for Ingress"),
        ("repair-network", "names-by-tcp-only", "spec.egress[1].ports[0].protocol is TCP, but the packet comes by UDP"),
        ("repair-network", "policy-types-lost", "spec.policyTypes is Ingress, not Egress"),
        ("repair-ports", "second-still-declared", "containerPort is 9376, but the programs listen at TCP 8181"),
        ("repair-program", "probe-at-the-services-port", "httpGet.port is 80, but the program listens at TCP"),
        ("repair-program", "still-on-its-loopback-address", "args has --udp-listen-addresses=127.0.0.1"),
        ("repair-balancer", "range-of-the-pods", "loadBalancerSourceRanges is 10.244.0.0/16, but the caller"),
        ("repair-labels", "wrong-namespace", "another one than the given: metadata.namespace is visitors"),
        ("readiness", "no-probe", "spec.template.spec.containers[0].readinessProbe is not there"),
        ("headless", "load-balancer", "spec.type is LoadBalancer, but only ClusterIP can go without a virtual IP"),
    ],
)  # fmt: skip
def test_a_failure_says_which_field_it_was(slug, mistake, said):
    assert said in seen(slug, mistake)
