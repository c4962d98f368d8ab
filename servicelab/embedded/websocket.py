"""`kubectl exec` over a WebSocket: Kubernetes' channel protocols v5 and v4.

Each binary message begins with a channel number: 0 stdin, 1 stdout, 2 stderr, 3 how it ended, 4 terminal size; 255 (v5)
closes the channel that follows. A shell on a terminal (`kubectl exec -it POD -- sh`) is run line by line.
"""

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from servicelab.embedded.api.messages import Exec, encoded
from servicelab.embedded.core import Core
from servicelab.embedded.programs.process import Stdin

STDIN, STDOUT, STDERR, ENDED, CLOSE = 0, 1, 2, 3, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
SHELLS = ("sh", "ash", "bash")
INTERRUPT, END_OF_INPUT = "\x03", "\x04"
INTERRUPTED = 130
PROMPT = "/ # "
CLOSE_SECONDS = 0.5
"""How long a client may take to answer that the connection closes."""
ONLY_WEBSOCKETS = (
    "the embedded cluster does kubectl exec over WebSockets only; use kubectl 1.31 or newer (kubectl version --client)"
)


async def serve_exec(
    http: web.BaseRequest, core: Core, wish: Exec, after: Callable[[], None], running: set[asyncio.Task[None]]
) -> web.StreamResponse:
    """Upgrade the connection, run the command, send what it printed. `after` is called after each change.

    The command is among `running` while it runs; cancelling it there closes the connection.
    """
    socket = web.WebSocketResponse(protocols=PROTOCOLS, heartbeat=30.0, timeout=CLOSE_SECONDS)
    if not socket.can_prepare(http):
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        body = encoded({**status, "message": ONLY_WEBSOCKETS, "reason": "BadRequest", "code": 400})
        return web.Response(status=400, body=body, headers={"Content-Type": "application/json"})
    await socket.prepare(http)
    command = asyncio.create_task(ExecSession(socket, core, wish, after).run())
    running.add(command)
    try:
        await asyncio.wait([command])
        if not command.cancelled():
            command.result()
    except ConnectionError:
        pass  # the client went away
    finally:
        command.cancel()
        running.discard(command)
        await socket.close()
    return socket


class InputWanted(Exception):
    """The command reads its stdin."""


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


class ExecSession:
    """One command, or one interactive shell, on one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: Exec, after: Callable[[], None]) -> None:
        self._socket = socket
        self._core = core
        self._wish = wish
        self._after = after

    async def run(self) -> None:
        """Run it and say how it ended."""
        if self._wish.tty and self._is_plain_shell():
            await self._end(await self._interactive())
            return
        try:
            code = await self._run_once(self._wish, NotYetSent() if self._wish.stdin and not self._wish.tty else "")
        except InputWanted:
            code = await self._run_once(self._wish, await self._all_input())
        if code is not None:
            await self._end(code)

    def _is_plain_shell(self) -> bool:
        words = self._wish.command
        return words[0].rsplit("/", 1)[-1] in SHELLS and all(word in ("-i", "-l") for word in words[1:])

    async def _run_once(self, wish: Exec, stdin: str | Stdin) -> int | None:
        """Run one command; its exit code, None when it could not be started (which has then been said)."""
        finished = self._core.execute(wish, stdin)
        self._after()
        if finished.failure:
            await self._fail(finished.failure)
            return None
        interrupted = finished.seconds > 0 and await self._wait(finished.seconds)
        if interrupted:
            return INTERRUPTED
        await self._send(STDOUT, finished.stdout)
        await self._send(STDOUT if self._wish.tty else STDERR, finished.stderr)
        return finished.exit_code

    async def _wait(self, seconds: float) -> bool:
        """Let the command's time pass; True when the user interrupts it (Ctrl-C on a terminal)."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            try:
                text = await asyncio.wait_for(self._input(), left)
            except TimeoutError:
                return False
            if text is None:
                if self._socket.closed:
                    raise ConnectionResetError
                await asyncio.sleep(max(0.0, end - loop.time()))  # input is over, the command is not
                return False
            if self._wish.tty and INTERRUPT in text:
                return True
        return False

    async def _interactive(self) -> int:
        """Read lines as a terminal sends them (with echo), run each; exit code of the last."""
        line, code = "", 0
        await self._send(STDOUT, PROMPT)
        while True:
            text = await self._input()
            if text is None:
                return code
            for letter in text:
                if letter in "\r\n":
                    await self._send(STDOUT, "\n")
                    words = line.split()
                    if words[:1] == ["exit"]:
                        return int(words[1]) if len(words) > 1 and words[1].isdecimal() else code
                    if words:
                        wish = Exec(self._wish.namespace, self._wish.pod, self._wish.container, ("sh", "-c", line))
                        code = await self._run_once(wish, "") or 0
                    line = ""
                    await self._send(STDOUT, PROMPT)
                elif letter == END_OF_INPUT and not line:
                    await self._send(STDOUT, "\n")
                    return code
                elif letter == INTERRUPT:
                    line, code = "", INTERRUPTED
                    await self._send(STDOUT, "^C\n" + PROMPT)
                elif letter in "\x7f\b":
                    if line:
                        line = line[:-1]
                        await self._send(STDOUT, "\b \b")
                elif letter.isprintable():
                    line += letter
                    await self._send(STDOUT, letter)

    async def _all_input(self) -> str:
        pieces = []
        while (text := await self._input()) is not None:
            pieces.append(text)
        return "".join(pieces)

    async def _input(self) -> str | None:
        """The next piece of stdin; None when there will be no more."""
        while True:
            message = await self._socket.receive()
            if message.type is not WSMsgType.BINARY:
                if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                    return None
                continue
            data: bytes = message.data
            if data[:1] == bytes([CLOSE]):
                if data[1:2] == bytes([STDIN]):
                    return None
            elif data[:1] == bytes([STDIN]):
                return data[1:].decode(errors="replace")

    async def _send(self, channel: int, text: str) -> None:
        if not text:
            return
        if self._wish.tty:
            text = text.replace("\n", "\r\n")
        await self._socket.send_bytes(bytes([channel]) + text.encode())

    async def _end(self, code: int) -> None:
        status: dict[str, object] = {"metadata": {}, "status": "Success"}
        if code:
            status = {
                "metadata": {},
                "status": "Failure",
                "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
                "reason": "NonZeroExitCode",
                "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
            }
        await self._socket.send_bytes(bytes([ENDED]) + encoded(status))

    async def _fail(self, why: str) -> None:
        message = f"Internal error occurred: {why}"
        status = {
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": "InternalError",
            "details": {"causes": [{"message": message}]},
            "code": 500,
        }
        await self._socket.send_bytes(bytes([ENDED]) + encoded(status))
