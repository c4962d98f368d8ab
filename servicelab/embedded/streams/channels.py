"""Kubernetes' channel protocols v5 and v4 over a WebSocket.

Each binary message begins with a channel number: 0 stdin, 1 stdout, 2 stderr, 3 how it ended, 4 terminal size; 255 (v5)
closes the channel that follows.
"""

from aiohttp import WSMsgType, web

from servicelab.embedded.api.messages import encoded

STDIN, STDOUT, STDERR, ENDED, CLOSE = 0, 1, 2, 3, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")


class Channels:
    """Streams of text on one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, tty: bool) -> None:
        self._socket = socket
        self._tty = tty

    @property
    def is_closed(self) -> bool:
        """Whether the client has gone."""
        return self._socket.closed

    async def all_input(self) -> str:
        """All of stdin."""
        pieces = []
        while (text := await self.input()) is not None:
            pieces.append(text)
        return "".join(pieces)

    async def input(self) -> str | None:
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

    async def send(self, channel: int, text: str) -> None:
        """Send text on a channel; a terminal wants carriage returns."""
        if not text:
            return
        if self._tty:
            text = text.replace("\n", "\r\n")
        await self._socket.send_bytes(bytes([channel]) + text.encode())

    async def end(self, code: int) -> None:
        """Say with which exit code it ended."""
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

    async def fail(self, why: str) -> None:
        """Say why it could not be done."""
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
