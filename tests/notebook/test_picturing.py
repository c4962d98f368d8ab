"""`%picture` on a throw-away cluster: what a notebook gets, and what it is told instead."""

import pytest

from servicelab.network.places import Outside, PodPlace
from servicelab.notebook import picturing
from servicelab.notebook.picturing import draw, parse_picture


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    kept = []
    monkeypatch.setattr(picturing, "display", lambda data, raw: kept.append(data))
    return kept


def test_pairs_of_vantage_point_and_target():
    assert parse_picture("pod/client http://web outside svc/web", "shop") == [
        (PodPlace("shop", "client"), "http://web"),
        (Outside(), "svc/web"),
    ]


@pytest.mark.parametrize("line", ["", "outside", "outside svc/web pod/client"])
def test_what_is_missing_is_said(line):
    with pytest.raises(ValueError, match=r"%picture FROM TARGET"):
        parse_picture(line, "shop")


def test_a_notebook_gets_the_picture_and_its_words(embedded_cluster, shown):
    requests = parse_picture("node/lab-worker svc/kubernetes", "default")
    draw(embedded_cluster, requests, "default")
    (data,) = shown
    assert data["text/html"].startswith("<figure")
    assert "<svg" in data["text/html"]
    assert "virtual IP of Service default/kubernetes" in data["text/plain"]
    assert "nothing was sent" in data["text/plain"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("node/lab-worker svc/nope", "there is no Service nope"),
        ("pod/nobody http://10.96.0.1", "there is no Pod default/nobody"),
        ("outside http://192.0.2.1/", "no address of the cluster"),
    ],
)
def test_what_cannot_be_drawn_is_said(embedded_cluster, shown, line, said):
    with pytest.raises(ValueError, match=said):
        draw(embedded_cluster, parse_picture(line, "default"), "default")
    assert shown == []
