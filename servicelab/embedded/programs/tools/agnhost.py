"""agnhost's own commands that one runs by `exec`: connect, dns-suffix, dns-server-list."""

from servicelab.embedded.programs.client import GIVES_UP, Reply, connect, read_problem, send_udp
from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.embedded.programs.tools.system import seconds_of
from servicelab.network.names import search_path
from servicelab.network.places import PodPlace, Target
from servicelab.network.verdict import Outcome


def run(process: Process) -> int:
    """agnhost."""
    match process.arguments:
        case ["connect", *rest]:
            return _connect(process, rest)
        case ["dns-suffix"] if isinstance(process.session.place, PodPlace):
            process.write(",".join(search_path(process.session.place.namespace)) + "\n")
            return 0
        case ["dns-server-list"]:
            process.write("10.96.0.10\n")
            return 0
    raise not_emulated("agnhost", " ".join(process.arguments) or "without a command")


def _connect(process: Process, arguments: list[str]) -> int:
    protocol, limit, where = "tcp", GIVES_UP, ""
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in ("--protocol", "--timeout"):
            value = value if equals else next(words, "")
            if name == "--protocol":
                protocol = value
            else:
                limit = seconds_of("connect", value)
        elif word.startswith("-"):
            raise not_emulated("agnhost connect", word)
        else:
            where = word
    host, colon, port = where.rpartition(":")
    if not colon or not port.isdigit():
        raise UsageProblem(f"UNKNOWN: address {where}: missing port in address", 1)
    if protocol not in ("tcp", "udp"):
        raise not_emulated("agnhost connect", f"--protocol {protocol}")
    session = process.session
    target = Target(protocol, host, int(port))
    reply: Reply
    if protocol == "udp":
        reply = send_udp(session.world, session.place, target, "hostname", session.seconds)
    else:
        reply = connect(session.world, session.place, target)
    session.spend(min(reply.seconds, limit))
    match reply.outcome:
        case Outcome.ANSWERED:
            return 0
        case Outcome.NO_SUCH_NAME:
            process.complain(f"DNS: lookup {host} on 10.96.0.10:53: no such host")
        case Outcome.REFUSED if protocol == "udp":
            process.complain(f"REFUSED: {read_problem(session.world, reply)}: read: connection refused")
        case Outcome.REFUSED:
            process.complain("REFUSED")
        case _ if protocol == "udp":
            process.complain(f"TIMEOUT: {read_problem(session.world, reply)}: i/o timeout")
        case _:
            process.complain("TIMEOUT")
    return 1
