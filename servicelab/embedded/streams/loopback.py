"""Listeners on this machine's loopback that lead into the cluster: a connection to one is a connection that a client
outside the cluster opens to an address of the cluster's network."""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import suppress

from servicelab.embedded.api import access, errors
from servicelab.embedded.api.decoding import parse_json
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.core import Core
from servicelab.embedded.streams.connection import ConnectionRefused, NoAnswer, dial_from_outside
from servicelab.embedded.streams.conversation import converse
from servicelab.network.names import is_address
from servicelab.network.unmodelled import Unmodelled

HOST = "127.0.0.1"
FIRST_OPEN_PORT, LAST_PORT = 1024, 65535
"""Below the first, a port is the system's: another one is taken instead."""
MOST = 1000
PIECE = 65536


class Loopback:
    """The listeners of one cluster, each opened when somebody asks for it; `close` ends them all."""

    def __init__(self, core: Core, after: Callable[[], None]) -> None:
        self._core = core
        self._after = after
        self._listeners: dict[tuple[str, int], asyncio.Server] = {}
        self._open: set[asyncio.StreamWriter] = set()

    async def answer(self, request: Request) -> Response:
        """POST /lab/v1/listeners, as `{"host": "172.18.0.3", "port": 30080}`: the port on loopback that leads there."""
        try:
            access.check(request)
            if request.method != "POST":
                raise errors.method_not_allowed()
            host, port = _wanted(request)
            return json_response({"port": await self._listen(host, port)})
        except errors.ApiError as problem:
            return problem.response()

    async def _listen(self, host: str, port: int) -> int:
        if (host, port) not in self._listeners:
            if len(self._listeners) >= MOST:
                raise errors.not_supported(f"the embedded cluster opens at most {MOST} ports of this machine")
            self._listeners[host, port] = await self._listener(host, port)
        found: int = self._listeners[host, port].sockets[0].getsockname()[1]
        return found

    async def _listener(self, host: str, port: int) -> asyncio.Server:
        """On the same port of this machine where that is free."""

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            try:
                await self._carry(host, port, reader, writer)
            finally:
                self._open.discard(writer)
                writer.close()

        if port >= FIRST_OPEN_PORT:
            with suppress(OSError):
                return await asyncio.start_server(carry, HOST, port)
        return await asyncio.start_server(carry, HOST, 0)

    async def _carry(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            program = dial_from_outside(self._core.world, host, port)
            await converse(self._core, self._after, program, lambda: reader.read(PIECE), send)
        except ConnectionRefused:
            writer.transport.abort()
        except NoAnswer:
            while await reader.read(PIECE):  # nobody answers: the client waits as long as it likes
                pass
        except (ConnectionError, Unmodelled):
            pass  # the client went away; or nobody knows what the program says, which `lab urls` and `lab trace` tell
        except Exception:  # a bug of ours: the other connections go on
            traceback.print_exc()

    def close(self) -> None:
        """End all listeners and the connections they have."""
        for listener in self._listeners.values():
            listener.close()
        for writer in list(self._open):
            writer.transport.abort()


def _wanted(request: Request) -> tuple[str, int]:
    """The address and port of a request's body; ApiError when it holds none."""
    try:
        body = parse_json(request.body)
    except Unreadable as problem:
        raise errors.bad_request(str(problem)) from None
    match body:
        case {"host": str() as host, "port": int() as port} if is_address(host) and 0 < port <= LAST_PORT:
            return host, port
    raise errors.bad_request("the body must be an object with the address `host` and the number `port`")
