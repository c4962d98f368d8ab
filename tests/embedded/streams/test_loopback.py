"""Listeners on this machine's loopback: real sockets into an emulated cluster."""

import asyncio
import json

import pytest

from servicelab.embedded.api.messages import Request
from servicelab.embedded.streams.connection import ConnectionRefused, NoAnswer, dial_from_outside
from servicelab.embedded.streams.loopback import Loopback
from servicelab.embedded.users import ADMINISTRATOR, ANONYMOUS
from tests.embedded.api.support import PODS, made
from tests.embedded.streams.test_connection import started

SERVICES = PODS.replace("pods", "services")
PORT = 30012


@pytest.fixture
def web(core):
    """A Pod behind a node port, and a Service of nobody."""
    for name, selector, port in (("web", "web", PORT), ("nobody", "nobody", PORT + 1)):
        spec = {"type": "NodePort", "selector": {"app": selector}, "ports": [{"port": 8080, "nodePort": port}]}
        made(core, SERVICES, {"metadata": {"name": name}, "spec": spec})
    started(core, "netexec", labels={"app": "web"})
    return core


def asked(body, user=ADMINISTRATOR, method="POST"):
    return Request(method, "/lab/v1/listeners", {}, {}, json.dumps(body).encode(), user)


def in_a_loop(core, work):
    """Run `work(loopback)` in an event loop; nothing that it opened stays open."""

    async def run():
        loopback = Loopback(core, lambda: None)
        try:
            return await asyncio.wait_for(work(loopback), 20)
        finally:
            loopback.close()

    return asyncio.run(run())


async def opened(loopback, host="172.18.0.3", port=PORT):
    answer = await loopback.answer(asked({"host": host, "port": port}))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["port"]


async def fetched(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n")[2].decode()


def test_the_program_sees_a_client_outside(web):
    async def work(loopback):
        port = await opened(loopback)
        assert await opened(loopback) == port, "one listener for an address"
        return await fetched(port, "/hostname"), await fetched(port, "/clientip")

    name, client = in_a_loop(web, work)
    assert name == "web"
    assert client.rpartition(":")[0] in ("172.18.0.3", "10.244.1.1"), "as through the node port: a node's address"


def test_the_same_port_of_this_machine_where_it_is_free(web):
    async def work(loopback):
        first = await opened(loopback)
        return first, await opened(loopback, host="172.18.0.4")

    first, second = in_a_loop(web, work)
    assert second not in (first, PORT)


def test_what_is_refused_is_reset(web):
    async def work(loopback):
        port = await opened(loopback, port=PORT + 1)
        with pytest.raises(ConnectionError):
            await fetched(port, "/")

    in_a_loop(web, work)
    with pytest.raises(ConnectionRefused):
        dial_from_outside(web.world, "172.18.0.3", PORT + 1)


def test_nobody_answers_while_the_client_waits(web):
    async def work(loopback):
        port = await opened(loopback, host="10.96.0.1", port=443)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(fetched(port, "/"), 0.3)

    in_a_loop(web, work)
    with pytest.raises(NoAnswer):
        dial_from_outside(web.world, "10.96.0.1", 443)


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (asked({"host": "172.18.0.3", "port": 0}), 400, "must be an object"),
        (asked({"host": "web", "port": 80}), 400, "must be an object"),
        (asked({"host": "172.18.0.3", "port": "80"}), 400, "must be an object"),
        (asked([1]), 400, "must be an object"),
        (asked({}, method="GET"), 405, "does not allow this method"),
        (asked({"host": "172.18.0.3", "port": 80}, user=ANONYMOUS), 403, "system:anonymous"),
    ],
)
def test_what_is_no_wish_for_a_listener(web, request_, status, said):
    answer = in_a_loop(web, lambda loopback: loopback.answer(request_))
    assert answer.status == status
    assert said in answer.body.decode()
