"""The board follows a cluster that changes, by watches."""

import threading

import pytest

from servicelab.cluster.base import MachineError
from servicelab.network.places import PodPlace, parse_target
from servicelab.tracing.following import Following, Request
from tests.tracing.shop import remove_shop, shop_on

SPACE = "followed"


@pytest.fixture(scope="module")
def shop(embedded_server):
    yield shop_on(embedded_server, SPACE)
    remove_shop(embedded_server, SPACE)


def sees_a_killed_pod(cluster, space):
    """Kill a Pod behind the Service: it goes from the board and from the endpoints, and another one comes."""
    news = threading.Event()

    def until(description, condition):
        cluster.wait_until(description, condition, timeout=60)

    request = Request(PodPlace(space, "client"), parse_target("http://web/hostname"), 0.2)
    with Following(cluster, space, request, news.set) as following:
        until("the board", lambda: following.is_ready and len(following.board.pods) == 3)
        killed = next(pod.name for pod in following.board.pods if pod.name.startswith("web"))
        news.clear()
        cluster.rest.send("DELETE", f"/api/v1/namespaces/{space}/pods/{killed}")

        def is_replaced():
            now = following.board
            (web,) = [one for one in now.services if one.name == "web"]
            pods = {pod.name for pod in now.pods if pod.ready}
            return killed not in pods and len(pods) == 3 and len(web.ready) == 2 and killed not in " ".join(web.ready)

        until("the board to show another Pod", is_replaced)
        assert news.is_set()
        until("a request to be answered", lambda: any("answered by" in one.words for one in following.sent))
        assert following.trouble == ""


def test_killing_a_pod_is_seen(shop):
    sees_a_killed_pod(shop, SPACE)


def test_after_the_end_nothing_is_told(shop):
    told = []
    with Following(shop, SPACE, changed=lambda: told.append(1)) as following:
        shop.wait_until("the board", lambda: following.is_ready)
    count = len(told)
    labels = {"metadata": {"labels": {"seen": "no"}}}
    path = f"/api/v1/namespaces/{SPACE}/services/nobody"
    shop.rest.send("PATCH", path, json=labels, headers={"Content-Type": "application/merge-patch+json"})
    for _, one in shop.rest.watch(f"/api/v1/namespaces/{SPACE}/services", "0", 2):
        if one["metadata"].get("labels", {}).get("seen") == "no":
            break
    assert len(told) == count


def test_a_cluster_that_does_not_answer_is_told(shop, monkeypatch):
    def gone(*_):
        raise MachineError("nobody answers")

    with Following(shop, SPACE) as following:
        shop.wait_until("the board", lambda: following.is_ready)
        monkeypatch.setattr(shop.rest, "get", gone)
        monkeypatch.setattr(shop.rest, "watch", gone)
        shop.wait_until("the trouble to show", lambda: following.trouble == "nobody answers", timeout=20)
        assert following.board.services
        monkeypatch.undo()
        shop.wait_until("the trouble to end", lambda: not following.trouble, timeout=20)
