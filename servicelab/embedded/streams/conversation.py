"""The bytes of one connection between a client and an emulated program, as long as it lasts."""

import asyncio
from collections.abc import Awaitable, Callable

from servicelab.embedded.core import Core
from servicelab.embedded.streams.connection import Connection

Receive = Callable[[], Awaitable[bytes]]
Send = Callable[[bytes], Awaitable[None]]


async def converse(core: Core, after: Callable[[], None], program: Connection, receive: Receive, send: Send) -> None:
    """Carry bytes until the program closes the connection, or the client sends no more (`receive` gives b"").

    `after` is called when something may have changed in the cluster. Raises Unmodelled, and what `send` raises.
    """
    await send(program.greeting())
    while not program.is_over:
        data = await receive()
        for piece in program.receive(data):
            if piece.seconds:
                await asyncio.sleep(piece.seconds)
            await send(piece.data)
        core.settle()
        after()
        if not data:
            return
