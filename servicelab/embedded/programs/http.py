"""One HTTP request and its answer, as far as emulated programs and clients need them."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

PLAIN_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class HttpRequest:
    """What a client sends. `target` is the path with its query; `headers` keep their order."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path or "/"

    def parameter(self, name: str) -> str:
        """A parameter of the query (or of a form body); empty when absent."""
        text = urlsplit(self.target).query
        if self.method == "POST" and self.header("content-type").startswith("application/x-www-form-urlencoded"):
            text = f"{self.body}&{text}"
        return next((value for key, value in parse_qsl(text, keep_blank_values=True) if key == name), "")

    def header(self, name: str) -> str:
        """A header's value; empty when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class HttpResponse:
    """What a program answers. `seconds`: how long it took over it."""

    status: int
    """0 when the program ends the connection without an answer."""
    body: str
    headers: tuple[tuple[str, str], ...] = field(default=())
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """The words after the status code."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return f"status code {self.status}"

    @property
    def size(self) -> int:
        """The body's length in bytes."""
        return len(self.body.encode())


def respond(body: str, now: float, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    """An answer with the headers, and their order, of Go's HTTP server as agnhost uses it."""
    date = datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    length = str(len(body.encode()))
    if headers:
        return HttpResponse(status, body, (*headers, ("Date", date), ("Content-Length", length)))
    content = (("Content-Type", PLAIN_TEXT),) if body else ()
    return HttpResponse(status, body, (("Date", date), ("Content-Length", length), *content))


def as_head(response: HttpResponse) -> HttpResponse:
    """What Go's server sends of an answer to a HEAD request: no length when nothing was written."""
    kept = tuple(one for one in response.headers if response.body or one[0] != "Content-Length")
    return replace(response, headers=kept)


def go_json(value: object) -> str:
    """JSON as Go's encoder writes it: keys in order, no blanks, and <, > and & escaped."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
