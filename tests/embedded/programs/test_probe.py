from servicelab.embedded.controllers import node_power
from servicelab.embedded.programs.probe import probe
from servicelab.embedded.resources import NETWORK_POLICIES, SERVICES
from servicelab.network.places import Outside, PodPlace, parse_target
from servicelab.network.verdict import Outcome
from tests.network.objects import service

CLIENT = PodPlace("shop", "client")


def test_an_answer_says_who_and_what(world):
    verdict, path = probe(world, CLIENT, parse_target("http://web/hostname"))
    assert verdict.outcome is Outcome.ANSWERED
    assert verdict.by == f"shop/{verdict.body}"
    assert (verdict.status, verdict.seen_source) == (200, "10.244.1.9")
    assert path.verdict.by == verdict.by


def test_every_backend_answers_in_the_end(world):
    bodies = {probe(world, CLIENT, parse_target("http://web/hostname"))[0].body for _ in range(60)}
    assert bodies == {"web-1", "web-2", "web-3"}


def test_what_does_not_answer_says_why(world):
    verdict, _ = probe(world, CLIENT, parse_target("http://empty/"))
    assert verdict.outcome is Outcome.REFUSED
    assert "no ready endpoint" in verdict.detail
    assert probe(world, CLIENT, parse_target("http://web:81/"))[0].outcome is Outcome.TIMED_OUT
    assert probe(world, CLIENT, parse_target("tcp://nope:80"))[0].outcome is Outcome.NO_SUCH_NAME
    assert probe(world, Outside(), parse_target("http://10.96.1.1/"))[0].outcome is Outcome.TIMED_OUT


def test_a_datagram_is_answered_by_the_host_name(world):
    verdict, _ = probe(world, CLIENT, parse_target("udp://10.244.1.2:8081"))
    assert verdict.body == "web-1"


def test_kube_proxy_answers_on_a_health_check_node_port(world):
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31999}
    world.store.create(SERVICES, service("balanced", "10.96.1.50", [{"port": 80, "protocol": "TCP"}], **spec))
    verdict, _ = probe(world, Outside(), parse_target("http://172.18.0.3:31999/healthz"))
    assert (verdict.status, verdict.by) == (503, None)
    assert '"localEndpoints": 0' in verdict.body


def test_a_policy_decides_as_soon_as_it_is_written(world):
    target = parse_target("http://web/hostname")
    assert probe(world, CLIENT, target)[0].answered
    deny = {"metadata": {"name": "deny", "namespace": "shop"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    world.store.create(NETWORK_POLICIES, deny)
    verdict, path = probe(world, CLIENT, target)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert path.hops[-1].because == "NetworkPolicy shop/deny spec.ingress"


def test_nothing_answers_on_a_stopped_node(world):
    node_power.stop(world.store, "lab-worker2")
    verdict, _ = probe(world, CLIENT, parse_target("http://10.244.2.2:8080/hostname"))
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "lab-worker2 is stopped" in verdict.detail


def test_a_retransmission_may_escape_a_drop_on_the_node_that_chose(world):
    # Recorded on kind (policy-out-block): nearly every request is answered although one Pod of three is closed.
    out = {"to": [{"ipBlock": {"cidr": "10.244.2.0/24"}}]}
    spec = {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"], "egress": [out]}
    world.store.create(NETWORK_POLICIES, {"metadata": {"name": "out", "namespace": "shop"}, "spec": spec})
    target = parse_target("http://10.96.1.1/hostname")
    patient = [probe(world, CLIENT, target, timeout=10.0)[0] for _ in range(60)]
    hasty = [probe(world, CLIENT, target, timeout=0.5)[0] for _ in range(60)]
    assert {verdict.body for verdict in patient if verdict.answered} == {"web-2", "web-3"}
    assert sum(not verdict.answered for verdict in patient) < sum(not verdict.answered for verdict in hasty)
