"""The matrix on a running cluster: sent, looked at again, and shown."""

import pytest

from servicelab.cluster.base import NotSupported
from servicelab.network.verdict import Outcome, Verdict
from servicelab.tracing.reach import predict_namespace, probe_all
from servicelab.tracing.table import Reach, summary
from tests.tracing.shop import shop_on
from tests.tracing.test_trace import Otherwise

REFUSED = Verdict(Outcome.REFUSED)


class AsPredicted(Otherwise):
    """Does what the model says, but at first what `told` says of some sources and hosts."""

    def __init__(self, cluster, told):
        super().__init__(cluster)
        self.told = told

    def probe(self, source, target, *, timeout):
        told = next(iter(self.told.get((str(source), target.host), ())), None)
        if told is not None:
            self.told[str(source), target.host].remove(told)
        if isinstance(told, Exception):
            raise told
        return told or self._cluster.probe(source, target, timeout=timeout)


@pytest.fixture
def shop(embedded_cluster):
    return shop_on(embedded_cluster)


def send(cluster):
    return probe_all(cluster, predict_namespace(cluster, "shop"))


def test_embedded_sends_nothing(shop):
    matrix = send(shop)
    assert {cell.probed for cell in matrix.cells} == {None}
    assert len(matrix.sources) == 6
    assert summary(matrix) == f"{len(matrix.cells)} requests predicted, none sent."


@pytest.fixture
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("servicelab.tracing.reach.AT_ONCE", 1)


def test_real_requests_are_compared_and_looked_at_again(shop, one_at_a_time):
    host = shop.rest.get("/api/v1/namespaces/shop/services/web")["spec"]["clusterIP"]
    key = ("pod/shop/client", host)
    cluster = AsPredicted(shop, {key: [REFUSED], ("outside", host): [NotSupported("not from there")]})
    assert send(cluster).differences == [], "the second time it was as predicted"
    cluster.told = {key: [REFUSED, REFUSED], ("outside", host): [NotSupported("not from there")]}
    matrix = send(cluster)
    assert [(str(cell.source), cell.entrance.target.host) for cell in matrix.differences] == [key]
    shown = str(Reach(matrix))
    assert ">refused, not as predicted: answers</td>" in Reach(matrix)._repr_html_()
    assert "pod/shop/client → http://" in shown
    assert f"{len(matrix.cells) - 1} sent, {len(matrix.cells) - 2} ended as predicted, 1 otherwise" in summary(matrix)
    assert "Not sent from outside: not from there" in shown


def test_a_notebook_shows_a_table(shop):
    html = Reach(predict_namespace(shop, "shop"))._repr_html_()
    assert html.count('<th scope="col">') == 8
    assert '<th scope="row">web http</th><td>load balancer</td>' in html
    assert 'title="pod/shop/client → http://web.shop/hostname:' in html
    assert "no name" in html


def test_a_namespace_without_services(shop):
    reach = Reach(predict_namespace(shop, "nowhere"))
    assert "There is no Service in the namespace nowhere." in str(reach)
    assert "There is no Service in the namespace nowhere." in reach._repr_html_()
