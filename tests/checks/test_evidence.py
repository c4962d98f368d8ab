"""What a failed check shows beside its words: the field, what stands there, and what came."""

from dataclasses import replace

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
        ("repair-nearby", "external-policy-instead", "spec.internalTrafficPolicy is Local, and the packet ended there"),
        ("repair-nearby", "policy-only", "Service cookhouse spec.sessionAffinity is ClientIP."),
        ("repair-nearby", "both-policies", "Service cookhouse spec.externalTrafficPolicy is Cluster."),
        ("repair-balancer", "range-of-the-pods", "loadBalancerSourceRanges is 10.244.0.0/16, but the caller"),
        ("repair-labels", "wrong-namespace", "another one than the given: metadata.namespace is visitors"),
        ("readiness", "no-probe", "spec.template.spec.containers[0].readinessProbe is not there"),
        ("first-requests", "lessons-port-in-both", "Pod booth spec.containers[0].args has --http-port=9000, but"),
        ("repair-headless", "names-only", "StatefulSet pilot spec.template.spec.containers[0].args has --http"),
        ("repair-headless", "no-selector", "Service crew spec.selector is not there, but the Pods have app=crew"),
        ("repair-headless", "with-a-virtual-ip", "which is no Pod's"),
        ("hand-written", "no-label", "labels is not there, but nodes look for kubernetes.io/service-name=ledger"),
        ("hand-written", "nobody-in-it", "endpoints is empty, but the machine has addresses 192.0.2.10"),
        ("hand-written", "no-ports-in-the-slice", "ports is empty, but the Service's entry has name sql"),
        ("repair-slice", "still-exchanged", "ports[0].port is 9090, but camera answers at 8080"),
        ("repair-slice", "one-port-only", "ports has only camera, but the Service's entry has name motor"),
        ("repair-slice", "both-addresses", "endpoints[1].addresses is 10.244.77.77, but the machine has"),
        ("repair-slice", "a-new-one-without-a-label", "EndpointSlice telescope metadata.labels is not there, but"),
        ("read-rules", "names-exchanged", "spec.ports[0].name is talk, but the extract has web"),
        ("read-rules", "web-only", "The Service tickets has no port 90 for UDP; it has port 80"),
        ("read-rules", "headless", "spec.clusterIP is None, and rules are made from a virtual IP"),
        ("headless", "without-ports", "spec.ports is not there, but the record asked for has name song"),
        ("three-routes", "node-ports-in-the-wrong-rows", "spec.ports[1].nodePort is 30036, but callers ask for 30047"),
        ("source-address", "both-policies", "spec.internalTrafficPolicy is Local, and the packet ended there"),
        ("choose-a-type", "tickets-for-one-range", "spec.loadBalancerSourceRanges is 192.0.2.0/24, but the caller is"),
        ("closed-node-ports", "commented-out", "nodePort let it in; spec.allocateLoadBalancerNodePorts is true"),
        ("closed-node-ports", "renamed", "metadata.name is parcels-closed, not parcels"),
        ("readiness", "another-file", 'readinessProbe.exec.command is ["cat", "/tmp/ready"]'),
        ("repair-labels", "label-on-the-deployment", "metadata.labels is app=menu and shift=night, but the Service"),
        ("repair-program", "name-of-the-port-changed", "spec.template.spec.containers[0].ports[0].name is lights, not"),
        ("default-deny", "a-range-of-ports", "spec.ingress[0].ports[0].endPort is 9999"),
        ("capstone", "policy-without-its-group", "Besides: shop.yaml holds NetworkPolicy clerks-only, of v1."),
        ("capstone", "policy-elsewhere", "metadata.namespace is visitors, not emporium"),
        ("external-database", "no-selector", "Service records spec.type is ClusterIP"),
        ("repair-alias", "to-the-kiosk", "is kiosk.counter.svc.cluster.local, but in the DNS booking has booking"),
        ("repair-alias", "their-port-in-the-museum", "is not the one that is asked: metadata.namespace is museum, not"),
        ("repair-alias", "selects-the-alias", "sales spec.selector is app=tickets, but the Pods have app=booking"),
        ("headless", "load-balancer", "spec.type is LoadBalancer, but only ClusterIP can go without a virtual IP"),
    ],
)  # fmt: skip
def test_a_failure_says_which_field_it_was(slug, mistake, said):
    assert said in seen(slug, mistake)


def test_what_is_where_it_is_asked_for_is_not_taken_for_another_that_is_given():
    """There is a Service of this name in another namespace, and the task wants one in the first."""
    assert "another one than the given" not in seen("repair-name", "alias")


def test_what_became_of_the_manifest_is_not_told_of_an_answer(embedded_cluster):
    refused = Case("named-ports", "invalid-yaml").on(solution("named-ports")[1])
    result = judge("named-ports", replace(refused, answers={}), embedded_cluster)
    (prediction, *_) = result.checks
    assert prediction.cause == "answer-missing"
    assert prediction.actual == "There is no answer the-programs-port yet."
