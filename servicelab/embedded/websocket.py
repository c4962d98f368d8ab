"""What goes on over a WebSocket: `kubectl exec`, `attach` and `port-forward`; here exec itself.

A shell on a terminal (`kubectl exec -it POD -- sh`) is run line by line.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from servicelab.embedded.api import errors
from servicelab.embedded.api.messages import Attach, Connected, Exec, PortForward, encoded
from servicelab.embedded.core import Core
from servicelab.embedded.programs.process import InputWanted, Stdin
from servicelab.embedded.streams import portforward
from servicelab.embedded.streams.attach import AttachSession
from servicelab.embedded.streams.channels import PROTOCOLS, STDERR, STDOUT, Channels

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
    http: web.BaseRequest, core: Core, wish: Connected, after: Callable[[], None], running: set[asyncio.Task[None]]
) -> web.StreamResponse:
    """Upgrade the connection and do what is wished over it. `after` is called after each change.

    The work is among `running` while it goes on; cancelling it there closes the connection.
    """
    socket = web.WebSocketResponse(protocols=_protocols(wish), heartbeat=30.0, timeout=CLOSE_SECONDS)
    if not socket.can_prepare(http):
        body = encoded(errors.bad_request(ONLY_WEBSOCKETS).status())
        return web.Response(status=400, body=body, headers={"Content-Type": "application/json"})
    await socket.prepare(http)
    work = asyncio.create_task(_work(socket, core, wish, after).run())
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


def _work(socket: web.WebSocketResponse, core: Core, wish: Connected, after: Callable[[], None]) -> TwoWay:
    match wish:
        case PortForward() if socket.ws_protocol == portforward.SPDY:
            return portforward.Forwarder(socket, core, wish, after)
        case PortForward():
            return portforward.ChannelForwarder(socket, core, wish, after)
        case Attach():
            return AttachSession(socket, core, wish, after)
    return ExecSession(socket, core, wish, after)


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

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: Exec, after: Callable[[], None]) -> None:
        super().__init__(socket, wish.tty)
        self._core = core
        self._wish = wish
        self._after = after

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
        self._after()
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
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            try:
                text = await asyncio.wait_for(self.input(), left)
            except TimeoutError:
                return False
            if text is None:
                if self.is_closed:
                    raise ConnectionResetError
                await asyncio.sleep(max(0.0, end - loop.time()))  # input is over, the command is not
                return False
            if self._wish.tty and INTERRUPT in text:
                return True
        return False

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
