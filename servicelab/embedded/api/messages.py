"""What goes into the API and what comes out, without any server: requests, responses, streams, commands."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from servicelab.embedded.users import ADMINISTRATOR, User

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request: `path` is decoded, `headers` have lower-case names, `user` is who is logged in."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    user: User = ADMINISTRATOR

    @classmethod
    def of(cls, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> "Request":
        """From a URL with or without host."""
        parts = urlsplit(url)
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method, unquote(parts.path), parse_qs(parts.query, keep_blank_values=True), lowered, body)

    def parameter(self, name: str, default: str = "") -> str:
        """A query parameter's first value."""
        values = self.query.get(name)
        return values[0] if values else default

    def flag(self, name: str) -> bool:
        """Whether a query parameter says yes (`true`, `1`)."""
        return self.parameter(name) in ("true", "1", "True", "t", "T", "TRUE")

    @property
    def accept(self) -> str:
        """What the client can read."""
        return self.headers.get("accept", "")

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters; JSON when the client does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() or JSON


@dataclass(frozen=True)
class Response:
    """A complete answer. `seconds`: how long it takes until it is there."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Stream(Protocol):
    """An answer that comes in pieces: watch events, or a log that is followed.

    Times are in seconds since 1970. `deadline` is when it ends by itself (None: never), `due` when the next piece is
    there although nothing happens (None: not known). `ended` says that nothing will follow what `take` gave.
    """

    content_type: str
    headers: tuple[tuple[str, str], ...]
    deadline: float | None
    due: float | None
    ended: bool

    def take(self) -> bytes:
        """All that is there by now; empty when nothing is."""

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Call `wake` when there may be more to take. It is called in the middle of writes: it must only note it."""

    def last_words(self) -> bytes:
        """What is to be sent when the deadline ends it."""

    def close(self) -> None:
        """Stop listening."""


@dataclass(frozen=True)
class Exec:
    """A command to run in a container; whoever serves it brings the streams and calls `Core.execute`."""

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...]
    stdin: bool = False
    stdout: bool = True
    stderr: bool = True
    tty: bool = False


@dataclass(frozen=True)
class Attach:
    """To be connected to what a container prints from now on (`output`), and with `stdin` to what it reads."""

    namespace: str
    pod: str
    container: str
    output: Stream
    stdin: bool = False
    stdout: bool = True
    stderr: bool = True
    tty: bool = False


@dataclass(frozen=True)
class PortForward:
    """Connections into a Pod; whoever serves it carries the bytes. `ports` as far as the request names them."""

    namespace: str
    pod: str
    uid: str
    ports: tuple[int, ...] = ()


Connected = Exec | Attach | PortForward
"""What goes on in both directions over a WebSocket."""
Answer = Response | Stream | Connected


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encoded(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _ENCODER.encode(value).encode()


def json_response(value: Any, status: int = 200, warnings: Iterable[str] = ()) -> Response:
    """A JSON answer with `Warning` headers."""
    headers = tuple(("Warning", warning_header(text)) for text in warnings)
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        # Thousands of Pods are tens of megabytes: they are written one after the other, and joined once.
        head = encoded({**{key: inner for key, inner in value.items() if key != "items"}, "items": []})
        items = b",".join([encoded(item) for item in value["items"]])
        return Response(status, b"".join((head[:-2], items, b"]}\n")), JSON, headers)
    return Response(status, encoded(value) + b"\n", JSON, headers)


def text_response(text: str, status: int = 200) -> Response:
    """A plain text answer."""
    return Response(status, text.encode(), TEXT)


def warning_header(text: str) -> str:
    """A warning as the `Warning` header carries it; kubectl prints it as `Warning: …`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    return f'299 - "{escaped}"'
