"""The part of SPDY/3.1 that `kubectl port-forward` speaks inside a WebSocket, without I/O.

Clients open streams with headers, both sides send data, each side ends its half. The client at the other end (Go's
spdystream) knows no flow control, so there is none here. Source: the SPDY protocol, draft 3.1.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, HEADERS = 1, 2, 3, 6, 8
FIN = 1
INTERNAL_ERROR = 6
"""The status of a RST_STREAM for a stream that cannot be served."""
LONGEST_FRAME = 1 << 20
LONGEST_HEADERS = 1 << 16
MOST_DATA = 1 << 15
"""Bytes this side puts into one DATA frame."""

NAMES = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
DICTIONARY = (
    b"".join(
        struct.pack(">I", len(word)) + word.encode()
        for word in (
            *NAMES.split(),
            "200 OK",
            "version",
            "HTTP/1.1",
            "url",
            "public",
            "set-cookie",
            "keep-alive",
            "origin",
        )
    )
    + b"100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    + b"203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    + b"403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    + b"Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    + b"chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    + b"text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
"""What both sides' zlib begins with; a header block cannot be read with another one."""


class ProtocolError(Exception):
    """What came is no SPDY/3.1 that this side reads; the message says what is wrong with it."""


@dataclass(frozen=True)
class Opened:
    """The client opened a stream."""

    stream: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Data:
    """Bytes of a stream; `is_last` when the client sends no more."""

    stream: int
    data: bytes
    is_last: bool


@dataclass(frozen=True)
class Reset:
    """The client wants to hear no more of a stream."""

    stream: int


Event = Opened | Data | Reset


class Session:
    """The server's side of one SPDY session. What `to_send` returns must be sent after every other call."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._out: list[bytes] = []
        self._decompressor = zlib.decompressobj(zdict=DICTIONARY)
        self._compressor = zlib.compressobj(zdict=DICTIONARY)

    def to_send(self) -> bytes:
        """What is to be sent by now, once."""
        out, self._out = b"".join(self._out), []
        return out

    def receive(self, data: bytes) -> list[Event]:
        """What bytes of the client mean; half a frame waits for its rest. Raises ProtocolError."""
        self._received += data
        events: list[Event] = []
        while len(self._received) >= 8:
            first, rest = struct.unpack_from(">II", self._received)
            length = rest & 0xFFFFFF
            if length > LONGEST_FRAME:
                raise ProtocolError(f"a frame of {length} bytes is too long")
            if len(self._received) < 8 + length:
                break
            payload = bytes(self._received[8 : 8 + length])
            del self._received[: 8 + length]
            events += self._frame(first, rest >> 24, payload)
        return events

    def accept(self, stream: int) -> None:
        """Answer that a stream is open."""
        block = self._compressor.compress(struct.pack(">I", 0)) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        self._control(SYN_REPLY, 0, struct.pack(">I", stream) + block)

    def send(self, stream: int, data: bytes, is_last: bool = False) -> None:
        """Send data on an open stream; `is_last` ends this side's half."""
        for start in range(0, len(data) or 1, MOST_DATA):
            piece = data[start : start + MOST_DATA]
            flags = FIN if is_last and start + MOST_DATA >= len(data) else 0
            self._out.append(struct.pack(">II", stream, flags << 24 | len(piece)) + piece)

    def reset(self, stream: int, status: int = INTERNAL_ERROR) -> None:
        """End a stream at once, in both directions."""
        self._control(RST_STREAM, 0, struct.pack(">II", stream, status))

    def _control(self, kind: int, flags: int, payload: bytes) -> None:
        self._out.append(struct.pack(">HHI", 0x8000 | VERSION, kind, flags << 24 | len(payload)) + payload)

    def _frame(self, first: int, flags: int, payload: bytes) -> Iterable[Event]:
        if not first >> 31:
            return [Data(first, payload, bool(flags & FIN))]
        if first >> 16 & 0x7FFF != VERSION:
            raise ProtocolError(f"SPDY version {first >> 16 & 0x7FFF} is not spoken here, only {VERSION}")
        try:
            return self._control_frame(first & 0xFFFF, payload)
        except (struct.error, zlib.error, UnicodeDecodeError) as problem:
            raise ProtocolError(f"a frame cannot be read: {problem}") from None

    def _control_frame(self, kind: int, payload: bytes) -> Iterable[Event]:
        if kind == SYN_STREAM:
            (stream,) = struct.unpack_from(">I", payload)
            return [Opened(stream & 0x7FFFFFFF, self._headers(payload[10:]))]
        if kind == PING:
            (number,) = struct.unpack(">I", payload)
            if number % 2:  # the client's own; an even one would answer a ping of ours
                self._control(PING, 0, payload)
        elif kind == RST_STREAM:
            (stream,) = struct.unpack_from(">I", payload)
            return [Reset(stream & 0x7FFFFFFF)]
        elif kind == HEADERS:
            self._headers(payload[4:])  # means nothing here, but what follows is compressed with it
        return []

    def _headers(self, block: bytes) -> dict[str, str]:
        text = self._decompressor.decompress(block, LONGEST_HEADERS)
        if self._decompressor.unconsumed_tail:
            raise ProtocolError("the headers of a stream are too long")
        (count,), position, headers = struct.unpack_from(">I", text), 4, {}
        for _ in range(count):
            words = []
            for _ in ("name", "value"):
                (length,) = struct.unpack_from(">I", text, position)
                words.append(text[position + 4 : position + 4 + length].decode())
                position += 4 + length
            headers[words[0].lower()] = words[1]
        return headers
