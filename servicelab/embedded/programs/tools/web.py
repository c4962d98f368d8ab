"""What curl and wget share: reading a URL and sending the request."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from servicelab.embedded.programs.client import Reply, send_http
from servicelab.embedded.programs.http import HttpRequest
from servicelab.embedded.programs.process import Process
from servicelab.network.places import DEFAULT_PORTS, Target


@dataclass(frozen=True)
class Url:
    """A URL's parts; `shown_host` is the host with its port where that is not the usual one."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def shown_host(self) -> str:
        """As the Host header has it."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"


def read_url(text: str) -> Url | None:
    """Read `http://web:80/x` or `web/x`; None when it is none or its scheme is not http or https."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # urlsplit makes hosts lower case; a client shows them as they were typed.
    typed = parts.netloc.rsplit("@", 1)[-1].removesuffix(f":{port}" if port is not None else "")
    return Url(parts.scheme, typed.strip("[]"), port or DEFAULT_PORTS[parts.scheme], target)


def send(process: Process, url: Url, request: HttpRequest, over: Reply | None = None) -> Reply:
    """Send a request from where the process runs, at its present time, over an earlier connection or a new one."""
    target = Target(url.scheme, url.host, url.port, url.target)
    return send_http(process.session.world, process.session.place, target, request, process.session.seconds, over)
