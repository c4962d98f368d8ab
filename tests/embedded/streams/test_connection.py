"""Connections into a Pod as port-forward makes them; answers recorded on kind with agnhost 2.63.0."""

import pytest

from servicelab.embedded.resources import PODS as PODS_RESOURCE
from servicelab.embedded.streams.connection import ConnectionRefused, dial
from servicelab.network.unmodelled import Unmodelled
from tests.embedded.api.support import IMAGE, PODS, made


def started(core, *arguments, labels=None):
    container = {"name": "main", "image": IMAGE, "args": list(arguments)}
    made(core, PODS, {"metadata": {"name": "web", "labels": labels or {}}, "spec": {"containers": [container]}})
    core.pass_time(3)
    return core


@pytest.fixture
def web(core):
    return started(core, "netexec", "--http-port=8080")


def told(connection, *pieces):
    return b"".join(piece.data for data in pieces for piece in connection.receive(data))


def test_a_request_however_it_is_cut(web):
    connection = dial(web.world, "default", "web", 8080)
    answer = told(connection, b"GET /hostname HT", b"TP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"web")
    assert b"Content-Length: 3" in head
    assert not connection.is_over


def test_programs_see_localhost_and_one_client_port_per_connection(web):
    connection = dial(web.world, "default", "web", 8080)
    ask = b"GET /clientip HTTP/1.1\r\nHost: x\r\n\r\n"
    first, second = (told(connection, ask).rpartition(b"\r\n")[2] for _ in range(2))
    assert first.startswith(b"127.0.0.1:")
    assert first == second


def test_bodies_with_a_length_and_in_chunks(web):
    connection = dial(web.world, "default", "web", 8080)
    form = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    assert told(connection, form + b"Content-Length: 6\r\n\r\nmsg=hi").endswith(b"\r\n\r\nhi")
    chunked = form + b"Transfer-Encoding: chunked\r\n\r\n6\r\nmsg=ho\r\n0\r\n\r\n"
    assert told(connection, chunked).endswith(b"\r\n\r\nho")


def test_head_has_a_length_and_no_body(web):
    answer = told(dial(web.world, "default", "web", 8080), b"HEAD /hostname HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 3\r\n" in answer


def test_the_program_closes_when_asked_to(web):
    connection = dial(web.world, "default", "web", 8080)
    told(connection, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert connection.is_over


def test_what_is_no_http(web):
    connection = dial(web.world, "default", "web", 8080)
    assert told(connection, b"garbage\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert connection.is_over


def test_a_program_that_only_says_its_name(core):
    connection = dial(started(core, "serve-hostname", "--http=false", "--tcp=true").world, "default", "web", 9376)
    assert connection.greeting() == b"web"
    assert connection.is_over


def test_nobody_listens(web):
    with pytest.raises(ConnectionRefused):
        dial(web.world, "default", "web", 9999)


def test_what_is_not_emulated_is_said(core):
    names = [one["metadata"]["name"] for one in core.store.objects(PODS_RESOURCE, "kube-system")]
    dns = next(name for name in names if name.startswith("coredns"))
    with pytest.raises(Unmodelled, match="kind cluster"):
        dial(core.world, "kube-system", dns, 53)
