"""nc: opens a connection, sends what it reads, prints what it gets.

`-z` and `-v` are those of the busybox in stock agnhost; the busybox on some builds of the image lacks them.
"""

from servicelab.embedded.programs.client import GIVES_UP, Reply, connect, send_http, send_udp
from servicelab.embedded.programs.http import HttpRequest
from servicelab.embedded.programs.process import Process, UsageProblem, not_emulated
from servicelab.network.places import Target
from servicelab.network.verdict import Outcome

USAGE = "Usage: nc [-zvu] [-w SEC] IPADDR PORT"


def run(process: Process) -> int:
    """nc."""
    flags: set[str] = set()
    wait = GIVES_UP
    words: list[str] = []
    arguments = iter(process.arguments)
    for word in arguments:
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "zvun":
                flags.add(letter)
            elif letter == "w":
                text = letters or next(arguments, "")
                if not text.isdigit():
                    raise UsageProblem(f"nc: invalid number '{text}'")
                wait = float(text)
                break
            elif letter in "lpefsik":
                raise not_emulated("nc", f"-{letter}")
            else:
                raise UsageProblem(f"nc: invalid option -- '{letter}'\n{USAGE}")
    if len(words) != 2 or not words[1].isdigit() or not 0 < int(words[1]) < 65536:
        raise UsageProblem(USAGE)
    return _talk(process, flags, words[0], int(words[1]), wait)


def _talk(process: Process, flags: set[str], host: str, port: int, wait: float) -> int:
    session = process.session
    text = "" if "z" in flags else process.stdin.rest()
    request = _as_http(text)
    reply: Reply
    if "u" in flags:
        reply = send_udp(session.world, session.place, Target("udp", host, port), text, session.seconds)
    elif request is not None:
        target = Target("http", host, port, request.target)
        reply = send_http(session.world, session.place, target, request, session.seconds)
    else:
        reply = connect(session.world, session.place, Target("tcp", host, port))
    session.spend(min(reply.seconds, wait))
    match reply.outcome:
        case Outcome.NO_SUCH_NAME:
            process.complain(f"nc: bad address '{host}'")
            return 1
        case Outcome.REFUSED:
            process.complain(f"nc: can't connect to remote host ({reply.address}): Connection refused")
            return 1
        case Outcome.ANSWERED:
            if "v" in flags:
                process.complain(f"{host} ({reply.address}:{port}) open")
            if "u" in flags:
                process.write(reply.text)
            elif reply.response is not None:
                head = [f"HTTP/1.0 {reply.response.status} {reply.response.reason}"]
                head += [f"{name}: {value}" for name, value in reply.response.headers]
                process.write("\r\n".join([*head, "", reply.response.body]))
            elif text:
                process.complain("nc: only HTTP requests are emulated as text to send; a kind cluster has the rest")
            return 0
    if wait < GIVES_UP:
        process.complain("nc: timed out")
    else:
        process.complain(f"nc: can't connect to remote host ({reply.address}): Connection timed out")
    return 1


def _as_http(text: str) -> HttpRequest | None:
    """The request that `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc …` sends."""
    words = text.split("\n", 1)[0].split()
    if len(words) == 3 and words[2].startswith("HTTP/"):
        return HttpRequest(words[0], words[1])
    return None
