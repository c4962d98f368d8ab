"""Port-forward. kubectl speaks SPDY/3.1 inside a WebSocket, with a pair of streams for each connection; Python clients
speak Kubernetes' channels, with a pair of channels for each port.

One of a pair carries the bytes, the other one sentence when the connection cannot be made.
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
from servicelab.embedded.streams.conversation import Send, converse
from servicelab.network.unmodelled import Unmodelled

SPDY = "SPDY/3.1+portforward.k8s.io"
PROTOCOLS = (SPDY, "v4.channel.k8s.io")
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


class Conversations:
    """What the connections of one port-forward share: the Pod, and how bytes go to its programs and back."""

    def __init__(self, core: Core, wish: PortForward, after: Callable[[], None]) -> None:
        self._core = core
        self._wish = wish
        self._after = after
        self._sandbox = hashlib.sha256(wish.uid.encode()).hexdigest()

    async def hold(self, port: int, waiting: "asyncio.Queue[bytes]", send: Send) -> str:
        """Carry one connection to its end; what went wrong, empty when nothing did.

        What the client sends comes in `waiting` (b"": no more). Raises ConnectionError when the client goes away.
        """
        try:
            await converse(self._core, self._after, self._dial(port), waiting.get, send)
        except ConnectionRefused:
            network = f"/var/run/netns/cni-{uuid.UUID(self._sandbox[:32])}"
            problem = REFUSED.format(network=network, sandbox=self._sandbox, port=port)
        except PodGone:
            problem = GONE.format(sandbox=self._sandbox)
        except Unmodelled as unknown:
            problem = str(unknown)
        except ConnectionError:
            raise
        except Exception as mistake:  # a bug of ours: the other connections go on
            traceback.print_exc()
            problem = f"Internal error occurred: {type(mistake).__name__}: {mistake}"
        else:
            return ""
        return f"error forwarding port {port} to pod {self._sandbox}, uid : {problem}"

    def _dial(self, port: int) -> Connection:
        pod = self._core.store.get(PODS, self._wish.namespace, self._wish.pod)
        if pod is None or pod["metadata"]["uid"] != self._wish.uid:
            raise PodGone
        return dial(self._core.world, self._wish.namespace, self._wish.pod, port)


@dataclass
class Forwarded:
    """One connection: its streams, and what the client has sent and the program not yet read (b"": no more)."""

    data_stream: int
    error_stream: int
    port: int
    waiting: "asyncio.Queue[bytes]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    task: asyncio.Task[None] | None = None


class Forwarder:
    """All connections of one `kubectl port-forward`."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: PortForward, after: Callable[[], None]) -> None:
        self._socket = socket
        self._conversations = Conversations(core, wish, after)
        self._session = spdy.Session()
        self._error_streams: dict[str, int] = {}
        self._connections: dict[int, Forwarded] = {}

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

        async def send(data: bytes) -> None:
            if data:
                self._session.send(connection.data_stream, data)
                await self._flush()

        try:
            problem = await self._conversations.hold(connection.port, connection.waiting, send)
            self._session.send(connection.error_stream, problem.encode(), is_last=True)
            self._session.send(connection.data_stream, b"", is_last=True)
            self._connections.pop(connection.data_stream, None)
            await self._flush()
        except ConnectionError:
            return  # the client went away

    async def _flush(self) -> None:
        data = self._session.to_send()
        if data:
            await self._socket.send_bytes(data)


class ChannelForwarder:
    """What Python clients speak: one connection for each port that is asked for, on two channels: data and errors.

    Each channel begins with a message that names its port.
    """

    def __init__(self, socket: web.WebSocketResponse, core: Core, wish: PortForward, after: Callable[[], None]) -> None:
        self._socket = socket
        self._ports = wish.ports
        self._conversations = Conversations(core, wish, after)
        self._waiting: list[asyncio.Queue[bytes]] = [asyncio.Queue(MOST_WAITING) for _ in wish.ports]

    async def run(self) -> None:
        """Carry bytes until the client goes or all programs have closed their connections."""
        reading = asyncio.create_task(self._read())
        connections: list[asyncio.Task[None]] = []
        try:
            for number, port in enumerate(self._ports):
                for channel in (2 * number, 2 * number + 1):
                    await self._socket.send_bytes(bytes([channel]) + port.to_bytes(2, "little"))
            connections = [asyncio.create_task(self._carry(number)) for number in range(len(self._ports))]
            everything = asyncio.create_task(self._all(connections))
            await asyncio.wait([reading, everything], return_when=asyncio.FIRST_COMPLETED)
            everything.cancel()
        finally:
            for task in (reading, *connections):
                task.cancel()

    @staticmethod
    async def _all(connections: list[asyncio.Task[None]]) -> None:
        await asyncio.wait(connections)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.BINARY and message.data:
                number, is_error = divmod(message.data[0], 2)
                if not is_error and number < len(self._waiting) and len(message.data) > 1:
                    await self._waiting[number].put(message.data[1:])

    async def _carry(self, number: int) -> None:
        async def send(data: bytes) -> None:
            if data:
                await self._socket.send_bytes(bytes([2 * number]) + data)

        problem = await self._conversations.hold(self._ports[number], self._waiting[number], send)
        if problem:
            await self._socket.send_bytes(bytes([2 * number + 1]) + problem.encode())
