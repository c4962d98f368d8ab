"""agnhost netexec: its HTTP endpoints and UDP commands, bodies and log lines as agnhost 2.63.0 gives them.

`/dial`, `/shell` and `/exit` act on the world and live in netexec_actions.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from servicelab.embedded.programs.environment import hostname
from servicelab.embedded.programs.http import HttpRequest, HttpResponse, as_head, go_json, respond
from servicelab.embedded.programs.logs import klog
from servicelab.embedded.programs.world import RunningContainer, World

Endpoint = Callable[[World, RunningContainer, HttpRequest, str, float], HttpResponse]
CLIENT_HEADERS = frozenset({"host", "content-length"})
"""What Go keeps out of a request's headers and `/header` therefore does not show."""


def hostname_of(running: RunningContainer) -> str:
    """The hostname the program sees."""
    return hostname(running.pod)


def _now_line(running: RunningContainer, now: float) -> str:
    moment = datetime.fromtimestamp(now, UTC)
    nanoseconds = f"{moment.microsecond * 1000:09d}".rstrip("0")
    text = moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{nanoseconds}" if nanoseconds else "")
    return f"NOW: {text} +0000 UTC m=+{now - running.started:.9f}"


def _log(running: RunningContainer, now: float, text: str) -> None:
    running.lines.append(klog(now, text))


def _root(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    _log(running, now, f"{request.method} /")
    return respond(_now_line(running, now), now)


def _hostname(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    _log(running, now, f"{request.method} {request.path}")
    return respond(hostname_of(running), now)


def _client_ip(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    _log(running, now, f"{request.method} /clientip")
    return respond(client, now)


def _server_port(
    world: World, running: RunningContainer, request: HttpRequest, client: str, now: float
) -> HttpResponse:
    _log(running, now, f"{request.method} /serverport")
    port = next(one.port for one in running.program.listeners if one.protocol == "TCP")
    return respond(str(port), now)


def _echo(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    message, code = request.parameter("msg"), request.parameter("code")
    _log(running, now, f"GET /echo?msg={message}&code={code}")  # whatever the method, as agnhost has it
    if not code:
        return respond(message, now)
    if not code.lstrip("-").isdigit():
        return respond(f"argument 'code' must be an integer or empty, got \"{code}\"\n", now)
    status = int(code)
    if not 100 <= status <= 999:
        return _panic(running, client, now, status)
    # A status below 200 is only an announcement; the real answer follows with 200.
    return respond(message, now, max(200, status))


def _panic(running: RunningContainer, client: str, now: float, status: int) -> HttpResponse:
    """Go refuses to send such a status: the connection ends without an answer."""
    _log(running, now, f"http: panic serving {client}: invalid WriteHeader code {status}")
    return HttpResponse(0, "")


def _health(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    _log(running, now, f"{request.method} /healthz")
    return respond("", now, 200 if running.healthy else 412)


def _ready(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    _log(running, now, f"{request.method} /readyz")
    return respond("ok", now)


def _header(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    key = request.parameter("key")
    if key:
        _log(running, now, f"{request.method} /header?key={key}")
        return respond("" if key.lower() in CLIENT_HEADERS else request.header(key), now)
    _log(running, now, f"{request.method} /header")
    kept: dict[str, list[str]] = {}
    for name, value in sorted(request.headers):
        if name.lower() not in CLIENT_HEADERS or name.lower() == "content-length":
            kept.setdefault("-".join(part.capitalize() for part in name.split("-")), []).append(value)
    return respond(go_json(kept), now)


def _redirect(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    location, code = request.parameter("location"), request.parameter("code")
    _log(running, now, f"{request.method} /redirect?msg={location}&code={code}")
    status = int(code) if code.isdigit() else 302
    if not 100 <= status <= 999:
        return _panic(running, client, now, status)
    location = location or "/"
    response = respond("", now, status)
    body = f'<a href="{location}">{response.reason}</a>.\n\n'
    return respond(body, now, status, (("Content-Type", "text/html; charset=utf-8"), ("Location", location)))


ENDPOINTS: dict[str, Endpoint] = {
    "/hostname": _hostname,
    "/hostName": _hostname,
    "/clientip": _client_ip,
    "/serverport": _server_port,
    "/echo": _echo,
    "/healthz": _health,
    "/readyz": _ready,
    "/header": _header,
    "/redirect": _redirect,
}


def answer(world: World, running: RunningContainer, request: HttpRequest, client: str, later: float) -> HttpResponse:
    """netexec's answer to an HTTP request; `client` is the source address and port it sees."""
    # Imported here: these endpoints send requests themselves.
    from servicelab.embedded.programs.netexec_actions import ACTIONS

    now = world.clock.now() + later
    override = (running.program.flags or {}).get("http-override")
    if override:
        request = HttpRequest("GET", override, request.headers, request.body)
    endpoint = ENDPOINTS.get(request.path) or ACTIONS.get(request.path) or _root
    response = endpoint(world, running, request, client, now)
    return as_head(response) if request.method == "HEAD" else response


def answer_datagram(world: World, running: RunningContainer, text: str, client: str, later: float) -> str | None:
    """netexec's answer to a datagram; None when it does not answer."""
    now = world.clock.now() + later
    words = text.strip().split(" ", 1)
    match [words[0].lower(), *words[1:]]:
        case ["echo", message]:
            _log(running, now, f"Echoing {message} to UDP client {client}")
            return message
        case ["hostname"]:
            _log(running, now, "Sending udp hostName response")
            return hostname_of(running)
        case ["clientip"]:
            _log(running, now, f"Sending clientip back to UDP client {client}")
            return client
        case ["serverport"]:
            port = next(one.port for one in running.program.listeners if one.protocol == "UDP")
            _log(running, now, f"Sending server port to UDP client {port}")
            return str(port)
    _log(running, now, f"Unknown UDP command received from {client}: {text.strip()}")
    return None
