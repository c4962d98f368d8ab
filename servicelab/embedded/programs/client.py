"""A request sent through the network model to an emulated program, and what came back."""

from dataclasses import dataclass

from servicelab.embedded.programs.agnhost import answer_http, answer_udp
from servicelab.embedded.programs.http import HttpRequest, HttpResponse
from servicelab.embedded.programs.world import World
from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.route import route
from servicelab.network.verdict import Outcome

ROUND_TRIP = 0.001
"""Seconds a request and its answer take on an idle kind cluster, about."""
GIVES_UP = 133.5
"""Seconds until Linux gives up a connection nobody answers (tcp_syn_retries 6); observed."""
RETRANSMISSIONS = (1.0, 3.0, 7.0, 15.0, 31.0, 63.0)
"""Seconds after the first packet of a connection when Linux sends it again: each wait is twice the one before."""
FIRST_CLIENT_PORT = 32768
LAST_CLIENT_PORT = 60999


@dataclass(frozen=True)
class Reply:
    """What became of a request: its path, the answer if any, and the (cluster's) seconds it took.

    `seconds` of a request nobody answers is how long the kernel keeps trying; clients may stop before.
    """

    path: Path
    seconds: float
    response: HttpResponse | None = None
    text: str = ""
    silent: bool = False
    """The program got the request and did not answer."""
    client: str = ""
    """The client's address and port as the program sees them; empty when no program got the request."""
    reused: bool = False
    """It went over an earlier request's connection."""

    @property
    def outcome(self) -> Outcome:
        """How it ended for the client."""
        return Outcome.TIMED_OUT if self.silent else self.path.verdict.outcome

    @property
    def address(self) -> str:
        """The address the client connected to; empty when the name led to none."""
        return self.path.connected.address if self.path.connected else ""


def send_http(
    world: World, place: Place, target: Target, request: HttpRequest, later: float = 0.0, over: Reply | None = None
) -> Reply:
    """Send an HTTP request `later` seconds from now, over the connection of an earlier one (`over`) or a new one.

    Raises network.Unmodelled.
    """
    path, waited = (over.path, 0.0) if over else _connection(world, place, target)
    if path.verdict.answered and path.verdict.status is not None:
        # A node's own program said this, not one in a Pod: kube-proxy, on a health-check node port.
        told = HttpResponse(path.verdict.status, path.verdict.body, (("Content-Type", "application/json"),))
        return Reply(path, ROUND_TRIP, told, told.body)
    if not path.verdict.answered or path.verdict.by is None:
        return Reply(path, _seconds_without_answer(path))
    namespace, _, pod = path.verdict.by.partition("/")
    client = over.client if over else _client(world, path)
    response = answer_http(world, namespace, pod, path, request, client, later)
    if response.status == 0:
        return Reply(path, ROUND_TRIP)
    seconds = waited + ROUND_TRIP + response.seconds
    return Reply(path, seconds, response, response.body, client=client, reused=over is not None)


def send_udp(world: World, place: Place, target: Target, text: str, later: float = 0.0) -> Reply:
    """Send one datagram. No answer at all looks to its sender like one that never came."""
    path = route(world.network(), place, target, world.choose, world.affinity)
    if not path.verdict.answered or path.verdict.by is None:
        return Reply(path, _seconds_without_answer(path))
    namespace, _, pod = path.verdict.by.partition("/")
    answer = answer_udp(world, namespace, pod, path, text, _client(world, path), later)
    if answer is None:
        return Reply(path, GIVES_UP, silent=True)
    return Reply(path, ROUND_TRIP, None, answer)


def connect(world: World, place: Place, target: Target) -> Reply:
    """Open a connection and close it again."""
    path, waited = _connection(world, place, target)
    return Reply(path, waited + ROUND_TRIP if path.verdict.answered else _seconds_without_answer(path))


def _connection(world: World, place: Place, target: Target) -> tuple[Path, float]:
    """The way of a connection's first packet that arrives, and the seconds until the client sent that one.

    Only where the node that chose the endpoint dropped the packet itself is a later one sent elsewhere.
    """
    path, waited = route(world.network(), place, target, world.choose, world.affinity), 0.0
    for later in RETRANSMISSIONS:
        if not path.translated_anew:
            break
        path, waited = route(world.network(), place, target, world.choose, world.affinity), later
    return path, waited


def _client(world: World, path: Path) -> str:
    """Source address and port as the program sees them."""
    port = world.randomness.randint(FIRST_CLIENT_PORT, LAST_CLIENT_PORT)
    return f"{path.verdict.seen_source}:{port}"


def _seconds_without_answer(path: Path) -> float:
    return GIVES_UP if path.verdict.outcome is Outcome.TIMED_OUT else ROUND_TRIP


def read_problem(world: World, reply: Reply) -> str:
    """How Go names a datagram connection it could not read from."""
    port = world.randomness.randint(FIRST_CLIENT_PORT, LAST_CLIENT_PORT)
    own = "127.0.0.1" if reply.address.startswith("127.") else reply.path.source_address
    return f"read udp {own}:{port}->{reply.address}:{reply.path.target.port}"
