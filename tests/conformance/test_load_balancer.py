"""A cluster with and without a load balancer, and what only a cloud reads: the same on kind and on the embedded one.

Observed on kind (Kubernetes 1.36.3, MetalLB 0.16.2); docs/clouds.md tells it to people.
"""

import uuid

import pytest

from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from servicelab.cluster.images import WORKLOAD
from servicelab.network.places import parse_place, parse_target
from servicelab.network.verdict import Outcome

FOR_CLOUDS = {
    "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
    "networking.gke.io/load-balancer-type": "Internal",
}


class Balanced:
    """A namespace with one Pod, for Services of type LoadBalancer."""

    def __init__(self, cluster, bundle):
        self.cluster, self.bundle = cluster, bundle
        self.space = f"balanced-{uuid.uuid4().hex[:6]}"

    def build(self):
        rest = self.cluster.rest
        rest.send("POST", "/api/v1/namespaces", json={"metadata": {"name": self.space}})
        accounts = f"/api/v1/namespaces/{self.space}/serviceaccounts"
        self.cluster.wait_until("the ServiceAccount", lambda: rest.items(accounts))
        container = {"name": "main", "image": WORKLOAD, "args": ["netexec", "--http-port=80"]}
        body = {"metadata": {"name": "web", "labels": {"app": "web"}}, "spec": {"containers": [container]}}
        body["spec"]["terminationGracePeriodSeconds"] = 0
        rest.send("POST", f"/api/v1/namespaces/{self.space}/pods", json=body)

    def add(self, name, annotations=None, **spec):
        spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
        body = {"metadata": {"name": name, "annotations": annotations or {}}, "spec": spec}
        self.cluster.rest.send("POST", f"/api/v1/namespaces/{self.space}/services", json=body)

    def address(self, name):
        found = self.cluster.rest.get(f"/api/v1/namespaces/{self.space}/services/{name}")
        return (found["status"]["loadBalancer"].get("ingress") or [{}])[0].get("ip", "")

    def given(self, name):
        return self.cluster.wait_until(f"an address of {name}", lambda: self.address(name))

    def ask(self, place, address):
        target = parse_target(f"http://{address}/hostname")
        return self.cluster.probe(parse_place(place), target).outcome

    def switch(self, on):
        """As `lab cluster load-balancer` does it."""
        if self.cluster.kubeconfig is None:
            self.cluster.rest.send("POST", "/lab/v1/load-balancer", json={"on": on})
            return
        home = Home(self.cluster.kubeconfig.parents[3])
        lifecycle.switch_load_balancer(self.cluster.kind, self.cluster.name, on=on, home=home, bundle=self.bundle)


@pytest.fixture(scope="module")
def balanced(cluster, bundle):
    made = Balanced(cluster, bundle)
    try:
        made.build()
        yield made
    finally:
        cluster.rest.send("DELETE", f"/api/v1/namespaces/{made.space}")


def test_annotations_of_clouds_are_inert_and_a_class_is_not(balanced):
    balanced.add("classed", loadBalancerClass="service.k8s.aws/nlb")
    balanced.add("annotated", FOR_CLOUDS)
    address = balanced.given("annotated")
    balanced.cluster.wait_until("an answer", lambda: balanced.ask("outside", address) is Outcome.ANSWERED)
    assert balanced.address("classed") == ""


def test_without_a_load_balancer_addresses_stay_in_the_status_but_nobody_answers_outside(balanced):
    balanced.add("early")
    address = balanced.given("early")
    balanced.cluster.wait_until("an answer", lambda: balanced.ask("outside", address) is Outcome.ANSWERED)
    balanced.switch(on=False)
    try:
        balanced.add("late")
        assert balanced.ask("outside", address) is Outcome.TIMED_OUT
        assert balanced.ask(f"pod/{balanced.space}/web", address) is Outcome.ANSWERED
        assert (balanced.address("early"), balanced.address("late")) == (address, "")
    finally:
        balanced.switch(on=True)
    assert balanced.given("late") != address
    balanced.cluster.wait_until("an answer", lambda: balanced.ask("outside", address) is Outcome.ANSWERED)
