"""`%probe`'s words: how a request ended, and the hops it took, each thing once."""

import pytest

from servicelab.notebook.probing import parse_probe, report, send
from tests.tracing.shop import SPACE, shop_on


@pytest.fixture
def cluster(embedded_cluster):
    shop_on(embedded_cluster, SPACE)
    return embedded_cluster


def test_the_reason_stands_at_the_hop_where_the_request_ended(cluster):
    asked = parse_probe("pod/client http://web:8080/", SPACE)
    first, *hops = report(asked, *send(cluster, asked)).splitlines()
    assert first == f"pod/{SPACE}/client → http://web:8080/: timed out"
    assert "which has no port TCP 8080" in hops[-1]


def test_where_no_hops_are_known_the_client_s_own_words_are_told(cluster):
    asked = parse_probe("pod/client http://web:8080/", SPACE)
    verdict, _path = send(cluster, asked)
    assert report(asked, verdict, None) == f"pod/{SPACE}/client → http://web:8080/: timed out ({verdict.detail})"
