"""The player on an embedded cluster: one request, hop by hop, and what its controls show."""

import asyncio
from contextlib import nullcontext

import pytest

from servicelab.cluster.base import MachineError
from servicelab.network.places import PodPlace
from servicelab.notebook import player
from servicelab.notebook.player import Player, parse_play, send
from tests.tracing.shop import SPACE, shop_on

OWN = {"web.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 80\n"}
CLIENT = PodPlace(SPACE, "client")


@pytest.fixture
def cluster(embedded_cluster):
    shop_on(embedded_cluster, SPACE)
    return embedded_cluster


@pytest.fixture
def playing(cluster):
    played = send(cluster, CLIENT, "http://web/hostname", OWN, SPACE)
    return Player(played, lambda: nullcontext(cluster))


def test_a_line_is_read():
    assert parse_play("pod/client http://web", "shop") == (PodPlace("shop", "client"), "http://web")
    with pytest.raises(ValueError, match="write %play FROM TARGET"):
        parse_play("pod/client", "shop")


def test_it_begins_with_the_whole_way_and_what_became_of_the_request(playing):
    assert playing.view.value.count("<svg") == 1
    assert "Probed:    answered by" in playing.view.value
    assert playing.ways.index == 0


def test_steps_go_on_and_back_and_stop_at_both_ends(playing):
    hops = len(playing.way.hops)
    for number in range(1, hops + 2):
        playing.next.click()
        assert f"Step {min(number, hops)} of {hops}: " in playing.view.value
    assert "End: answered by" in playing.view.value
    for _ in range(hops + 1):
        playing.back.click()
    assert playing.after == 0
    playing.all.click()
    assert "Step 1" not in playing.view.value


def test_the_learner_s_own_line_is_shown_where_it_is_the_reason(playing):
    pages = []
    for _ in playing.way.hops:
        playing.next.click()
        pages.append(playing.view.value)
    assert any("Your web.yaml, line 7" in page for page in pages)


def test_the_way_that_was_taken_comes_first_and_others_can_be_looked_at(playing):
    taken = playing.way
    assert taken == playing.played.trace.path
    assert len(playing.played.ways) > 1
    playing.ways.index = 1
    assert playing.way != taken


def test_another_request_is_sent(playing):
    playing.target.value = "http://web:81/"
    playing.ask.click()
    assert "Probed:    timed out" in playing.view.value
    assert str(playing.played.trace.target) == "http://web:81/"


@pytest.mark.parametrize(("source", "target", "words"), [("nowhere", "http://web", "no vantage point")])
def test_a_mistake_is_said(playing, source, target, words):
    playing.source.value, playing.target.value = source, target
    playing.ask.click()
    assert words in playing.view.value


def test_a_cluster_that_has_ended_is_said(playing):
    def gone():
        raise MachineError("it does not run", "Start it.")

    playing._opened = gone
    playing.ask.click()
    assert "it does not run" in playing.view.value


def test_it_plays_to_the_end_and_can_be_paused(playing, monkeypatch):
    monkeypatch.setattr(player, "SECONDS", 0.01)
    hops = len(playing.way.hops)

    async def sit_and_look():
        playing.play.click()
        assert playing.play.description == "Pause"
        playing.play.click()
        assert (playing.play.description, playing.after) == ("Play", 0)
        playing.play.click()
        await asyncio.wait_for(playing._playing, 10)
        return playing.after

    assert asyncio.run(sit_and_look()) == hops
    assert playing.play.description == "Play"
