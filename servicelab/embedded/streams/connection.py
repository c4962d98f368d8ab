"""A TCP connection to an emulated program: bytes in, bytes out, no I/O.

From inside a Pod's network namespace, as a kubelet forwards ports: it dials localhost in the Pod, so programs see
127.0.0.1 as their client. Or from a client outside the cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import h11

from servicelab.embedded.programs.agnhost import answer_http
from servicelab.embedded.programs.client import FIRST_CLIENT_PORT, LAST_CLIENT_PORT
from servicelab.embedded.programs.http import HttpRequest, HttpResponse
from servicelab.embedded.programs.netexec import hostname_of
from servicelab.embedded.programs.world import World
from servicelab.network.path import Path
from servicelab.network.places import Outside, PodPlace, Target
from servicelab.network.route import route
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome

LONGEST_BODY = 1 << 20
LOCALHOST = "127.0.0.1"
NOT_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
)
"""What a Go server answers to what is no HTTP/1; then it closes. Observed with agnhost 2.63.0."""


class ConnectionRefused(Exception):
    """Nobody listens on that port."""


class NoAnswer(Exception):
    """The packets that would open the connection are lost."""


@dataclass(frozen=True)
class Piece:
    """Bytes the program sends, `seconds` after it was asked."""

    data: bytes
    seconds: float = 0.0


class Connection(Protocol):
    """The program's end of a connection. `is_over`: it has closed it."""

    is_over: bool

    def greeting(self) -> bytes:
        """What the program says before it is asked."""

    def receive(self, data: bytes) -> Iterator[Piece]:
        """What the program sends when it gets `data`; b"" says that the client sends no more. Raises Unmodelled."""


def dial(world: World, namespace: str, pod: str, port: int) -> Connection:
    """Connect to `port` on localhost in a Pod. Raises ConnectionRefused; Unmodelled where a program is not known."""
    return _at_the_end_of(
        world, route(world.network(), PodPlace(namespace, pod), Target("tcp", LOCALHOST, port), world.choose)
    )


def dial_from_outside(world: World, host: str, port: int) -> Connection:
    """Connect to an address of the cluster's network as a client outside does. Raises ConnectionRefused, NoAnswer, or
    Unmodelled."""
    path = route(world.network(), Outside(), Target("tcp", host, port), world.choose, world.affinity)
    if path.verdict.outcome is Outcome.TIMED_OUT:
        raise NoAnswer
    return _at_the_end_of(world, path)


def _at_the_end_of(world: World, path: Path) -> Connection:
    """The program that a path leads to."""
    end = path.hops[-1].destination_before
    if not path.verdict.answered or path.verdict.by is None or end is None:
        raise ConnectionRefused
    owner, _, name = path.verdict.by.partition("/")
    running = world.container(owner, name, path.hops[-1].who.removeprefix("container "))
    if running is None:
        raise ConnectionRefused
    port = end.port
    listener = next(one for one in running.program.listeners if (one.protocol, one.port) == ("TCP", port))
    if listener.speaks == "text":
        return Greeter(hostname_of(running))
    if listener.speaks != "http":
        raise Unmodelled(f"the embedded cluster does not speak for port {port} of {name}; use a kind cluster")
    return HttpConnection(world, owner, name, path)


class Greeter:
    """agnhost serve-hostname --tcp: it says its hostname and closes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.is_over = False

    def greeting(self) -> bytes:
        """See `Connection`."""
        self.is_over = True
        return self._text.encode()

    def receive(self, data: bytes) -> Iterator[Piece]:
        """See `Connection`."""
        return iter(())


class HttpConnection:
    """HTTP/1.1 with one emulated program, as many requests as the client sends."""

    def __init__(self, world: World, namespace: str, pod: str, path: Path) -> None:
        self._world = world
        self._namespace = namespace
        self._pod = pod
        self._path = path
        port = world.randomness.randint(FIRST_CLIENT_PORT, LAST_CLIENT_PORT)
        self._client = f"{path.verdict.seen_source}:{port}"
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = b""
        self._is_head = False
        self.is_over = False

    def greeting(self) -> bytes:
        """See `Connection`."""
        return b""

    def receive(self, data: bytes) -> Iterator[Piece]:
        """See `Connection`."""
        try:
            self._http.receive_data(data)
            yield from self._events()
        except h11.RemoteProtocolError:
            self.is_over = True
            yield Piece(NOT_HTTP)

    def _events(self) -> Iterator[Piece]:
        while not self.is_over:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    yield Piece(self._sent(h11.InformationalResponse(status_code=100, headers=[], reason="Continue")))
                return
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                self.is_over = True
            elif isinstance(event, h11.Request):
                self._request, self._body = event, b""
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > LONGEST_BODY:
                    raise Unmodelled("the embedded cluster's programs read at most 1 MiB of a request; use kind")
            elif isinstance(event, h11.EndOfMessage) and self._request is not None:
                yield from self._answer(self._request)

    def _answer(self, request: h11.Request) -> Iterator[Piece]:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers)
        asked = HttpRequest(
            request.method.decode("ascii"), request.target.decode("ascii"), headers, self._body.decode(errors="replace")
        )
        self._is_head = request.method == b"HEAD"
        response = answer_http(self._world, self._namespace, self._pod, self._path, asked, self._client, 0.0)
        if response.status == 0:  # the program ends the connection without an answer
            self.is_over = True
            return
        yield Piece(self._written(response), response.seconds)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.is_over = True

    def _written(self, response: HttpResponse) -> bytes:
        head = h11.Response(status_code=response.status, headers=list(response.headers), reason=response.reason)
        body = b"" if self._is_head else response.body.encode()
        return self._sent(head) + (self._sent(h11.Data(data=body)) if body else b"") + self._sent(h11.EndOfMessage())

    def _sent(self, event: h11.Event) -> bytes:
        return self._http.send(event) or b""
