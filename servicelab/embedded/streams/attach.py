"""`kubectl attach`: what a running container prints from now on, until it ends."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from servicelab.embedded.api.messages import Attach
from servicelab.embedded.core import Core
from servicelab.embedded.streams.channels import STDOUT, Channels


class AttachSession(Channels):
    """One client that is attached to one container. What it types is not read: no emulated program reads its stdin."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: Attach, after: Callable[[], None]) -> None:
        super().__init__(socket, wish.tty)
        self._output = wish.output
        self._clock = core.clock

    async def run(self) -> None:
        """Send what the container prints; say when it has ended."""
        more = asyncio.Event()
        self._output.wake_with(more.set)
        gone = asyncio.create_task(self._until_gone())
        try:
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

    async def _wait(self, more: asyncio.Event, gone: asyncio.Task[None]) -> None:
        """Wait until there may be more; ConnectionError when the client has gone."""
        waiting = asyncio.create_task(more.wait())
        timeout = None if self._output.due is None else max(0.0, self._output.due - self._clock.now())
        try:
            await asyncio.wait([waiting, gone], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if gone.done():
            raise ConnectionResetError

    async def _until_gone(self) -> None:
        while not self.is_closed:
            if await self.input() is None and not self.is_closed:
                await asyncio.get_running_loop().create_future()  # input is over, the output is not
