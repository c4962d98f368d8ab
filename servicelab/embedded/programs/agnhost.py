"""agnhost's programs as servers: which one answers a request, and how."""

from collections.abc import Callable

from servicelab.embedded.programs import netexec
from servicelab.embedded.programs.http import HttpRequest, HttpResponse, respond
from servicelab.embedded.programs.logs import klog
from servicelab.embedded.programs.world import RunningContainer, World
from servicelab.network.path import Path
from servicelab.network.unmodelled import Unmodelled


def _listening(world: World, namespace: str, pod: str, path: Path, protocol: str) -> RunningContainer:
    """The container whose program took the request: the path's last hop names it."""
    name = path.hops[-1].who.removeprefix("container ")
    running = world.container(namespace, pod, name)
    if running is None:
        raise Unmodelled(f"container {name} of Pod {namespace}/{pod} has just stopped")
    return running


def answer_http(
    world: World, namespace: str, pod: str, path: Path, request: HttpRequest, client: str, later: float
) -> HttpResponse:
    """What the program answers; `client` is the source address and port it sees."""
    running = _listening(world, namespace, pod, path, "TCP")
    handler = HTTP_PROGRAMS.get(running.program.name)
    if handler is None:
        raise Unmodelled(f"agnhost {running.program.name} is not emulated as an HTTP server")
    return handler(world, running, request, client, later)


def answer_udp(world: World, namespace: str, pod: str, path: Path, text: str, client: str, later: float) -> str | None:
    """What the program answers to one datagram; None when it stays silent."""
    running = _listening(world, namespace, pod, path, "UDP")
    if running.program.name == "netexec":
        return netexec.answer_datagram(world, running, text, client, later)
    if running.program.name == "serve-hostname":
        running.lines.append(klog(world.clock.now() + later, f"UDP request from {client}"))
        return netexec.hostname_of(running)
    raise Unmodelled(f"agnhost {running.program.name} is not emulated as a UDP server")


def _serve_hostname(
    world: World, running: RunningContainer, request: HttpRequest, client: str, later: float
) -> HttpResponse:
    now = world.clock.now() + later
    running.lines.append(klog(now, f"HTTP request from {client}"))
    return respond(netexec.hostname_of(running), now)


def _porter(world: World, running: RunningContainer, request: HttpRequest, client: str, later: float) -> HttpResponse:
    raise Unmodelled("agnhost porter's answers are not emulated; use netexec")


Handler = Callable[[World, RunningContainer, HttpRequest, str, float], HttpResponse]
HTTP_PROGRAMS: dict[str, Handler] = {
    "netexec": netexec.answer,
    "serve-hostname": _serve_hostname,
    "porter": _porter,
}
