"""`%board` follows the learner's cluster until it is stopped."""

import pytest

from servicelab.cluster.base import MachineError
from servicelab.notebook import live_board, session
from servicelab.notebook.live_board import LiveBoard, parse_board
from servicelab.tracing.following import Following
from tests.tracing.shop import remove_shop, shop_on

SPACE = "boarded"


@pytest.fixture
def shop(embedded_server, embedded_home, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    monkeypatch.setenv("LAB_CLUSTER_NAME", embedded_server.name)
    monkeypatch.setattr(session.SESSION, "exercise", None)
    yield shop_on(embedded_server, SPACE)
    remove_shop(embedded_server, SPACE)


def test_a_line_is_read():
    assert parse_board("", "shop") == ("shop", "", "")
    assert parse_board("pod/client http://web -n other", "shop") == ("other", "pod/client", "http://web")
    with pytest.raises(ValueError, match="a FROM and a TARGET; write %board"):
        parse_board("pod/client", "shop")


def test_it_changes_with_the_cluster_and_stays_when_it_is_stopped(shop):
    made = LiveBoard(live_board.judging.own_cluster(), SPACE, None)
    shop.wait_until("the board", lambda: "web-" in made.view.value and "nobody" in made.view.value)
    shop.rest.send("DELETE", f"/api/v1/namespaces/{SPACE}/services/nobody")
    shop.wait_until("the Service to go", lambda: "nobody" not in made.view.value)
    made.button.click()
    assert made.button.description == "Stopped"
    before = made.view.value
    shop.rest.send("DELETE", f"/api/v1/namespaces/{SPACE}/services/web")
    assert made.view.value == before


@pytest.fixture
def boards(monkeypatch):
    """All boards that the test makes."""
    made = []

    class Kept(LiveBoard):
        def __init__(self, *words):
            super().__init__(*words)
            made.append(self)

    monkeypatch.setattr(live_board, "LiveBoard", Kept)
    return made


def test_in_a_terminal_it_is_told_once(shop, boards, capsys):
    live_board.show(SPACE, "outside", "svc/web")
    assert "Service web: 2 ready endpoints" in capsys.readouterr().out
    (board,) = boards
    assert board.button.description == "Stopped"
    assert not live_board._shown


def test_a_cluster_that_tells_nothing_is_not_followed(shop, boards, monkeypatch):
    monkeypatch.setattr(Following, "is_ready", False)
    monkeypatch.setattr(live_board, "READY_WITHIN", 0.1)
    with pytest.raises(MachineError, match="for the board, in vain"):
        live_board.show(SPACE, "", "")
    (board,) = boards
    assert board.button.description == "Stopped"
    assert not live_board._shown
