from servicelab.embedded.programs.probe import probe
from servicelab.network.places import Outside, PodPlace, parse_target
from servicelab.network.verdict import Outcome

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
