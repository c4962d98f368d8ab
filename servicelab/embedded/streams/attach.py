"""`kubectl attach` and `kubectl run -i`: what a running container prints, and what it reads."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from servicelab.embedded.api.messages import Attach
from servicelab.embedded.core import Core
from servicelab.embedded.programs.container_command import ContainerCommand
from servicelab.embedded.streams.channels import STDOUT, Channels
from servicelab.embedded.timers import Timers

INTERRUPT, END_OF_INPUT, ERASE = "\x03", "\x04", "\x7f\b"


class AttachSession(Channels):
    """One client that is attached to one container."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: Attach, timers: Timers) -> None:
        super().__init__(socket, wish.tty)
        self._output, self._wish = wish.output, wish
        self._core, self._timers = core, timers
        self._line = ""

    async def run(self) -> None:
        """Send what the container prints; say when it has ended."""
        more = asyncio.Event()
        self._output.wake_with(more.set)
        gone = asyncio.create_task(self._read())
        try:
            await self._show_prompt()
            while True:
                more.clear()
                await self.send(STDOUT, self._output.take().decode())
                if self._output.ended:
                    await self.end(0)
                    return
                await self._wait(more, gone)
        finally:
            gone.cancel()
            self._output.close()

    async def _show_prompt(self) -> None:
        """kubectl tells a terminal's size when it attaches, and a shell then draws its line anew."""
        command = self._core.world.command(self._wish.namespace, self._wish.pod, self._wish.container)
        if self._tty and command is not None and (begun := command.begun_line()):
            await self.send(STDOUT, f"\r{begun}")

    async def _wait(self, more: asyncio.Event, gone: asyncio.Task[None]) -> None:
        """Wait until there may be more; ConnectionError when the client has gone."""
        waiting = asyncio.create_task(more.wait())
        try:
            await self._timers.first((waiting, gone), self._output.due)
        finally:
            waiting.cancel()
        if gone.done():
            gone.result()
            raise ConnectionResetError

    async def _read(self) -> None:
        """Give the container what comes, until the client has gone."""
        is_read = self._wish.stdin
        while not self.is_closed:
            text = await self.input()
            if text is not None and is_read and self._tty:
                for letter in text:
                    await self._key(letter)
            elif text is not None and is_read:
                self._type(text)
            elif text is None:
                if is_read:
                    self._tell(lambda command: command.end_input())
                is_read = False
                if not self.is_closed:
                    await asyncio.get_running_loop().create_future()  # input is over, the output is not

    async def _key(self, letter: str) -> None:
        """A key on a terminal, which shows it, and gives the container whole lines."""
        if letter in "\r\n":
            line, self._line = self._line, ""
            await self.send(STDOUT, "\n")
            self._type(f"{line}\n")
        elif letter == INTERRUPT:
            self._line = ""
            await self.send(STDOUT, "^C\n")
            self._tell(lambda command: command.interrupt())
        elif letter == END_OF_INPUT and not self._line:
            self._tell(lambda command: command.close_input())
        elif letter in ERASE:
            if self._line:
                self._line = self._line[:-1]
                await self.send(STDOUT, "\b \b")
        elif letter.isprintable():
            self._line += letter
            await self.send(STDOUT, letter)

    def _type(self, text: str) -> None:
        self._tell(lambda command: command.type(text))

    def _tell(self, tell: Callable[[ContainerCommand], None]) -> None:
        self._core.tell_command(self._wish, tell)
        self._timers.arm()
