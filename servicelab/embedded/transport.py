"""lightkube without sockets: an httpx2 transport whose server is a core in the same process.

Time is the core's: while a watch is read and nothing is there, the clock moves to the next timer, so that code that
waits for a Pod to become ready takes no real time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx2
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.config.models import Cluster, User

from servicelab.embedded.api.messages import Connected, Request, Response, Stream
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.core import Core

SERVER = "http://embedded.invalid"
"""Never looked up: requests end in the transport."""
LONGEST_WAIT = 300.0
"""Seconds of the cluster's time after which a watch without `timeoutSeconds` raises ReadTimeout."""


class InProcessTransport(httpx2.BaseTransport):
    """Hands requests to a core. Its clock must be a ManualClock."""

    def __init__(self, core: Core, longest_wait: float = LONGEST_WAIT) -> None:
        if not isinstance(core.clock, ManualClock):
            raise TypeError("the in-process transport needs a core with a ManualClock")
        self._core = core
        self._longest_wait = longest_wait

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        raw_path, _, query = request.url.raw_path.decode().partition("?")
        answer = self._core.handle(
            Request(
                request.method,
                unquote(raw_path),
                parse_qs(query, keep_blank_values=True),
                _lowered(request.headers),
                request.read(),
            )
        )
        if isinstance(answer, Response):
            headers = [("Content-Type", answer.content_type), *answer.headers]
            return httpx2.Response(answer.status, headers=headers, content=answer.body, request=request)
        if isinstance(answer, Connected):
            raise httpx2.UnsupportedProtocol(
                "exec, attach and port-forward are not done over this transport; call Core.execute", request=request
            )
        headers = [("Content-Type", answer.content_type), *answer.headers]
        stream = _Pieces(self._core, answer, self._longest_wait, request)
        return httpx2.Response(200, headers=headers, stream=stream, request=request)


class _Pieces(httpx2.SyncByteStream):
    """A watch or a followed log, read to its end; the clock moves while nothing is there."""

    def __init__(self, core: Core, stream: Stream, longest_wait: float, request: httpx2.Request) -> None:
        self._core = core
        self._stream = stream
        self._request = request
        give_up = core.clock.now() + longest_wait
        own = stream.deadline if getattr(stream, "has_own_deadline", False) else None
        self._deadline = give_up if own is None else own
        self._may_give_up = own is None

    def __iter__(self) -> Iterator[bytes]:
        while True:
            piece = self._stream.take()
            if piece:
                yield piece
            if self._stream.ended:
                return
            if not piece and not self._pass_time():
                if self._may_give_up:
                    raise httpx2.ReadTimeout(
                        "nothing more happened in the embedded cluster within the longest wait", request=self._request
                    )
                last = self._stream.last_words()
                if last:
                    yield last
                return

    def _pass_time(self) -> bool:
        """Move the clock to the next thing that is due; False when the watch's time is over first."""
        now = self._core.clock.now()
        moments = [moment for moment in (self._core.next_due(), self._stream.due) if moment is not None]
        if not moments or min(moments) > self._deadline:
            self._core.pass_time(max(0.0, self._deadline - now))
            return False
        self._core.pass_time(max(0.0, min(moments) - now))
        self._core.run_due()
        return True

    def close(self) -> None:
        self._stream.close()


def in_process_config() -> SingleConfig:
    """What clients of a core are told of it. There is no connection, so no authorities are loaded to trust it."""
    config = KubeConfig.from_one(cluster=Cluster(server=SERVER, insecure=True), user=User()).get()
    assert config is not None
    return config


@dataclass(frozen=True)
class _Wish:
    """What lightkube asks for."""

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    content: bytes | str | None = None
    headers: Mapping[str, str] | None = None
    timeout: Any = httpx2.USE_CLIENT_DEFAULT

    def parameters(self) -> dict[str, list[str]]:
        """As httpx2 writes them and a server reads them."""
        return {
            name: [str(one).lower() if isinstance(one, bool) else str(one) for one in _several(value)]
            for name, value in (self.params or {}).items()
        }


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


class _HandedOver:
    """lightkube's own httpx2 client of a core, in its place: requests are handed over without making URLs of them,
    which takes two thirds of the time of one. What is read piece by piece goes the usual way.
    """

    def __init__(self, core: Core, client: httpx2.Client) -> None:
        self._core, self._client = core, client
        self._headers = _lowered(client.headers)
        self._request = httpx2.Request("GET", SERVER)

    def build_request(self, method: str, url: str, **more: Any) -> _Wish:
        return _Wish(method, url, **more)

    def send(self, wish: _Wish, stream: bool = False) -> httpx2.Response:
        if stream:
            return self._client.send(self._client.build_request(**vars(wish)), stream=True)
        body = wish.content.encode() if isinstance(wish.content, str) else wish.content or b""
        headers = self._headers | _lowered(wish.headers or {})
        answer = self._core.handle(Request(wish.method, f"/{wish.url}", wish.parameters(), headers, body))
        if not isinstance(answer, Response):
            raise httpx2.UnsupportedProtocol("read it as a stream, or call Core.execute")
        request = self._request if answer.status < 400 else httpx2.Request(wish.method, f"{SERVER}/{wish.url}")
        headers_back = [("Content-Type", answer.content_type), *answer.headers]
        return httpx2.Response(answer.status, headers=headers_back, content=answer.body, request=request)

    def close(self) -> None:
        self._client.close()


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def in_process_client(core: Core, longest_wait: float = LONGEST_WAIT) -> Client:
    """A lightkube client of the core; costs a few milliseconds once."""
    client = Client(config=in_process_config(), transport=InProcessTransport(core, longest_wait), trust_env=False)
    # lightkube takes a transport, and no other client
    inner: Any = client._client
    inner._client = _HandedOver(core, inner._client)
    return client
