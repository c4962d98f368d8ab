"""What goes on over a WebSocket: `kubectl exec`, `attach` and `port-forward`; here exec itself.

A shell on a terminal (`kubectl exec -it POD -- sh`) is run line by line.
"""

import asyncio
from typing import Protocol

from aiohttp import web

from servicelab.embedded.api import errors
from servicelab.embedded.api.messages import Attach, Connected, Exec, PortForward, encoded
from servicelab.embedded.core import Core
from servicelab.embedded.programs.process import InputWanted, Stdin
from servicelab.embedded.streams import portforward
from servicelab.embedded.streams.attach import AttachSession
from servicelab.embedded.streams.channels import PROTOCOLS, STDERR, STDOUT, Channels
from servicelab.embedded.timers import Timers

SHELLS = ("sh", "ash", "bash")
INTERRUPT, END_OF_INPUT = "\x03", "\x04"
INTERRUPTED = 130
PROMPT = "/ # "
CLOSE_SECONDS = 0.5
"""How long a client may take to answer that the connection closes."""
ONLY_WEBSOCKETS = (
    "the embedded cluster does kubectl exec, attach and port-forward over WebSockets only; "
    "use kubectl 1.31 or newer (kubectl version --client)"
)


class TwoWay(Protocol):
    """What goes on over one WebSocket."""

    async def run(self) -> None:
        """Do it to its end. Raises ConnectionError when the client goes away."""


async def serve(
    http: web.BaseRequest, core: Core, wish: Connected, timers: Timers, running: set[asyncio.Task[None]]
) -> web.StreamResponse:
    """Upgrade the connection and do what is wished over it.

    The work is among `running` while it goes on; cancelling it there closes the connection.
    """
    socket = web.WebSocketResponse(protocols=_protocols(wish), heartbeat=30.0, timeout=CLOSE_SECONDS)
    if not socket.can_prepare(http):
        body = encoded(errors.bad_request(ONLY_WEBSOCKETS).status())
        return web.Response(status=400, body=body, headers={"Content-Type": "application/json"})
    await socket.prepare(http)
    work = asyncio.create_task(_work(socket, core, wish, timers).run())
    running.add(work)
    try:
        await asyncio.wait([work])
        if not work.cancelled():
            work.result()
    except ConnectionError:
        pass  # the client went away
    finally:
        work.cancel()
        running.discard(work)
        await socket.close()
    return socket


def _protocols(wish: Connected) -> tuple[str, ...]:
    return portforward.PROTOCOLS if isinstance(wish, PortForward) else PROTOCOLS


def _work(socket: web.WebSocketResponse, core: Core, wish: Connected, timers: Timers) -> TwoWay:
    match wish:
        case PortForward() if socket.ws_protocol == portforward.SPDY:
            return portforward.Forwarder(socket, core, wish, timers.arm)
        case PortForward():
            return portforward.ChannelForwarder(socket, core, wish, timers.arm)
        case Attach():
            return AttachSession(socket, core, wish, timers)
    return ExecSession(socket, core, wish, timers)


class NotYetSent(Stdin):
    """A stdin that nobody waited for: clients open one for commands that never read it, and never close it.

    A command that does read it is run again when all input is there; nearly always that is the first thing it does.
    """

    def rest(self) -> str:
        """Nobody knows yet."""
        raise InputWanted

    def line(self) -> str | None:
        """Nobody knows yet."""
        raise InputWanted


class ExecSession(Channels):
    """One command, or one interactive shell, on one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: Exec, timers: Timers) -> None:
        super().__init__(socket, wish.tty)
        self._core = core
        self._wish = wish
        self._timers = timers

    async def run(self) -> None:
        """Run it and say how it ended."""
        if self._wish.tty and self._is_plain_shell():
            await self.end(await self._interactive())
            return
        try:
            code = await self._run_once(self._wish, NotYetSent() if self._wish.stdin and not self._wish.tty else "")
        except InputWanted:
            code = await self._run_once(self._wish, await self.all_input())
        if code is not None:
            await self.end(code)

    def _is_plain_shell(self) -> bool:
        words = self._wish.command
        return words[0].rsplit("/", 1)[-1] in SHELLS and all(word in ("-i", "-l") for word in words[1:])

    async def _run_once(self, wish: Exec, stdin: str | Stdin) -> int | None:
        """Run one command; its exit code, None when it could not be started (which has then been said)."""
        finished = self._core.execute(wish, stdin)
        self._timers.arm()
        if finished.failure:
            await self.fail(finished.failure)
            return None
        interrupted = finished.seconds > 0 and await self._wait(finished.seconds)
        if interrupted:
            return INTERRUPTED
        await self.send(STDOUT, finished.stdout)
        await self.send(STDOUT if self._wish.tty else STDERR, finished.stderr)
        return finished.exit_code

    async def _wait(self, seconds: float) -> bool:
        """Let the command's time pass; True when the user interrupts it (Ctrl-C on a terminal)."""
        over = asyncio.create_task(self._timers.sleep(seconds))
        try:
            while not over.done():
                text = await self._input_before(over)
                if self._tty and INTERRUPT in (text or ""):
                    return True
                if text is None:
                    if self.is_closed:
                        raise ConnectionResetError
                    await over  # input is over, the command is not
            return False
        finally:
            over.cancel()

    async def _input_before(self, over: asyncio.Task[None]) -> str | None:
        """The next piece of stdin; empty when the time is over before, None when there will be no more."""
        reading = asyncio.create_task(self.input())
        try:
            await asyncio.wait((over, reading), return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else ""
        finally:
            reading.cancel()
            await asyncio.wait((reading,))  # nobody may read twice at a time

    async def _interactive(self) -> int:
        """Read lines as a terminal sends them (with echo), run each; exit code of the last."""
        line, code = "", 0
        await self.send(STDOUT, PROMPT)
        while True:
            text = await self.input()
            if text is None:
                return code
            for letter in text:
                if letter in "\r\n":
                    await self.send(STDOUT, "\n")
                    words = line.split()
                    if words[:1] == ["exit"]:
                        return int(words[1]) if len(words) > 1 and words[1].isdecimal() else code
                    if words:
                        wish = Exec(self._wish.namespace, self._wish.pod, self._wish.container, ("sh", "-c", line))
                        code = await self._run_once(wish, "") or 0
                    line = ""
                    await self.send(STDOUT, PROMPT)
                elif letter == END_OF_INPUT and not line:
                    await self.send(STDOUT, "\n")
                    return code
                elif letter == INTERRUPT:
                    line, code = "", INTERRUPTED
                    await self.send(STDOUT, "^C\n" + PROMPT)
                elif letter in "\x7f\b":
                    if line:
                        line = line[:-1]
                        await self.send(STDOUT, "\b \b")
                elif letter.isprintable():
                    line += letter
                    await self.send(STDOUT, letter)
