"""Probes of the embedded cluster: one request from one vantage point, and how it ended."""

from dataclasses import replace

from servicelab.embedded.programs.client import Reply, connect, send_http, send_udp
from servicelab.embedded.programs.http import HttpRequest
from servicelab.embedded.programs.world import World
from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.verdict import Outcome, Verdict


def probe(world: World, place: Place, target: Target, timeout: float = 2.0) -> tuple[Verdict, Path]:
    """Send one request over a new connection and wait `timeout` seconds at most.

    http sends a GET for the target's path; udp sends `hostname`, which agnhost's netexec answers; tcp only
    connects. Raises network.Unmodelled where the model does not know what would happen.
    """
    match target.scheme:
        case "http" | "https":
            host = target.host if target.port == 80 else f"{target.host}:{target.port}"
            headers = (("Host", host), ("User-Agent", "curl/7.88.1"), ("Accept", "*/*"))
            reply = send_http(world, place, target, HttpRequest("GET", target.path, headers))
        case "udp":
            reply = send_udp(world, place, target, "hostname")
        case _:
            reply = connect(world, place, target)
    return _verdict(reply, timeout), reply.path


def _verdict(reply: Reply, timeout: float) -> Verdict:
    verdict = reply.path.verdict
    if reply.silent:
        return Verdict(Outcome.TIMED_OUT, verdict.by, verdict.seen_source, detail="the program does not answer this")
    if reply.response is not None and reply.seconds > timeout:
        return Verdict(Outcome.TIMED_OUT, verdict.by, verdict.seen_source, detail=f"no answer within {timeout:g} s")
    status = reply.response.status if reply.response is not None else None
    detail = "" if verdict.answered else (reply.path.hops[-1].said if reply.path.hops else "")
    return replace(verdict, body=reply.text, status=status, detail=detail)
