"""`kubectl port-forward`: SPDY/3.1 inside a WebSocket, a pair of streams for each connection.

A connection's error stream carries one sentence when it cannot be made; its data stream carries the bytes.
"""

import asyncio
import hashlib
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from servicelab.embedded.api.messages import PortForward
from servicelab.embedded.core import Core
from servicelab.embedded.resources import PODS
from servicelab.embedded.streams import spdy
from servicelab.embedded.streams.connection import Connection, ConnectionRefused, dial
from servicelab.network.unmodelled import Unmodelled

PROTOCOL = "SPDY/3.1+portforward.k8s.io"
MOST_STREAMS = 1000
MOST_WAITING = 64
"""Pieces of data one connection may be behind before its client has to wait."""
REFUSED = (
    'failed to execute portforward in network namespace "{network}": failed to connect to localhost:{port} inside '
    'namespace "{sandbox}", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6 [::1]:{port}: '
    "connect: connection refused "
)
GONE = 'network namespace for sandbox "{sandbox}" is closed'


class PodGone(Exception):
    """The Pod that was asked for is no more."""


@dataclass
class Forwarded:
    """One connection: its streams, and what the client has sent and the program not yet read (b"": no more)."""

    data_stream: int
    error_stream: int
    port: int
    waiting: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    task: asyncio.Task[None] | None = None


class Forwarder:
    """All connections of one `kubectl port-forward`."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: PortForward, after: Callable[[], None]) -> None:
        self._socket = socket
        self._core = core
        self._wish = wish
        self._after = after
        self._session = spdy.Session()
        self._error_streams: dict[str, int] = {}
        self._connections: dict[int, Forwarded] = {}
        self._sandbox = hashlib.sha256(wish.uid.encode()).hexdigest()

    async def run(self) -> None:
        """Carry bytes until the client goes."""
        try:
            async for message in self._socket:
                if message.type is WSMsgType.BINARY:
                    for event in self._session.receive(message.data):
                        await self._act(event)
                    await self._flush()
        except spdy.ProtocolError:
            pass  # nothing can be said to a client that speaks something else; the connection closes
        finally:
            for connection in self._connections.values():
                if connection.task is not None:
                    connection.task.cancel()

    async def _act(self, event: spdy.Event) -> None:
        match event:
            case spdy.Opened(stream, headers):
                self._open(stream, headers)
            case spdy.Data(stream, data, is_last) if stream in self._connections:
                connection = self._connections[stream]
                if data:
                    await connection.waiting.put(data)
                if is_last:
                    await connection.waiting.put(b"")
            case spdy.Reset(stream) if stream in self._connections:
                task = self._connections.pop(stream).task
                if task is not None:
                    task.cancel()

    def _open(self, stream: int, headers: Mapping[str, str]) -> None:
        number, port = headers.get("requestid", ""), headers.get("port", "")
        if len(self._connections) + len(self._error_streams) >= MOST_STREAMS or not port.isdecimal():
            self._session.reset(stream)
            return
        self._session.accept(stream)
        if headers.get("streamtype") == "error":
            self._error_streams[number] = stream
        elif number in self._error_streams:
            connection = Forwarded(stream, self._error_streams.pop(number), int(port))
            self._connections[stream] = connection
            connection.task = asyncio.create_task(self._carry(connection))
        else:
            self._session.reset(stream)

    async def _carry(self, connection: Forwarded) -> None:
        """Serve one connection to its end, and say on its error stream what went wrong."""
        problem = ""
        try:
            await self._converse(connection, self._dial(connection.port))
        except ConnectionRefused:
            network = f"/var/run/netns/cni-{uuid.UUID(self._sandbox[:32])}"
            problem = REFUSED.format(network=network, sandbox=self._sandbox, port=connection.port)
        except PodGone:
            problem = GONE.format(sandbox=self._sandbox)
        except Unmodelled as unknown:
            problem = str(unknown)
        except ConnectionError:
            return  # the client went away
        except Exception as mistake:  # a bug of ours: the other connections go on
            traceback.print_exc()
            problem = f"Internal error occurred: {type(mistake).__name__}: {mistake}"
        if problem:
            problem = f"error forwarding port {connection.port} to pod {self._sandbox}, uid : {problem}"
        self._session.send(connection.error_stream, problem.encode(), is_last=True)
        self._session.send(connection.data_stream, b"", is_last=True)
        self._connections.pop(connection.data_stream, None)
        await self._flush()

    def _dial(self, port: int) -> Connection:
        pod = self._core.store.get(PODS, self._wish.namespace, self._wish.pod)
        if pod is None or pod["metadata"]["uid"] != self._wish.uid:
            raise PodGone
        return dial(self._core.world, self._wish.namespace, self._wish.pod, port)

    async def _converse(self, connection: Forwarded, program: Connection) -> None:
        await self._send(connection, program.greeting())
        while not program.is_over:
            data = await connection.waiting.get()
            for piece in program.receive(data):
                if piece.seconds:
                    await asyncio.sleep(piece.seconds)
                await self._send(connection, piece.data)
            self._core.settle()
            self._after()
            if not data:
                return

    async def _send(self, connection: Forwarded, data: bytes) -> None:
        if data:
            self._session.send(connection.data_stream, data)
            await self._flush()

    async def _flush(self) -> None:
        data = self._session.to_send()
        if data:
            await self._socket.send_bytes(data)
