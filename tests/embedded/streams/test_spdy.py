"""The SPDY/3.1 framing of port-forward, against frames that a client's side of the same rules makes."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicelab.embedded.streams import spdy
from servicelab.embedded.streams.spdy import Data, Opened, ProtocolError, Reset, Session

ADLER = 0xE3C6A7C2
"""The dictionary's checksum in every SPDY/3 stream; a client's zlib refuses any other."""


class Client:
    """The client's side, as kubectl's library writes it."""

    def __init__(self):
        self.compressor = zlib.compressobj(zdict=spdy.DICTIONARY)
        self.decompressor = zlib.decompressobj(zdict=spdy.DICTIONARY)

    def control(self, kind, payload, flags=0):
        return struct.pack(">HHI", 0x8003, kind, flags << 24 | len(payload)) + payload

    def opening(self, stream, headers, flags=0):
        text = struct.pack(">I", len(headers))
        for name, value in headers.items():
            text += b"".join(struct.pack(">I", len(word)) + word.encode() for word in (name, value))
        block = self.compressor.compress(text) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        return self.control(spdy.SYN_STREAM, struct.pack(">IIBB", stream, 0, 0, 0) + block, flags)

    def data(self, stream, data, flags=0):
        return struct.pack(">II", stream, flags << 24 | len(data)) + data


def test_the_dictionary_is_that_of_the_protocol():
    assert (len(spdy.DICTIONARY), zlib.adler32(spdy.DICTIONARY)) == (1423, ADLER)


def test_streams_are_opened_fed_and_reset_however_the_bytes_are_cut():
    client = Client()
    headers = {"streamtype": "data", "port": "8080", "requestid": "0"}
    sent = (
        client.opening(1, headers | {"streamtype": "error"}, spdy.FIN)
        + client.opening(3, headers)
        + client.data(3, b"GET / ")
        + client.data(3, b"", spdy.FIN)
        + client.control(spdy.RST_STREAM, struct.pack(">II", 3, 5))
    )
    expected = [
        Opened(1, headers | {"streamtype": "error"}),
        Opened(3, headers),
        Data(3, b"GET / ", False),
        Data(3, b"", True),
        Reset(3),
    ]
    assert Session().receive(sent) == expected
    session = Session()
    assert [event for byte in sent for event in session.receive(bytes([byte]))] == expected


def test_what_the_server_sends():
    client, session = Client(), Session()
    session.accept(3)
    reply = session.to_send()
    assert reply[:4] == struct.pack(">HH", 0x8003, spdy.SYN_REPLY)
    assert client.decompressor.decompress(reply[12:]) == struct.pack(">I", 0)
    session.send(3, b"x" * (spdy.MOST_DATA + 1), is_last=True)
    first, second = spdy.MOST_DATA, 1
    sent = session.to_send()
    assert sent[:8] == struct.pack(">II", 3, first)
    assert sent[8 + first :] == struct.pack(">II", 3, spdy.FIN << 24 | second) + b"x"
    assert session.to_send() == b""


def test_pings_of_the_client_are_answered_and_answers_are_not():
    session, client = Session(), Client()
    ping = client.control(spdy.PING, struct.pack(">I", 7))
    assert session.receive(ping + client.control(spdy.PING, struct.pack(">I", 8))) == []
    assert session.to_send() == ping


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">HHI", 0x8002, spdy.PING, 4) + b"\0\0\0\1",
        struct.pack(">HHI", 0x8003, spdy.SYN_STREAM, 14) + b"\0" * 14,
        struct.pack(">II", 1, spdy.LONGEST_FRAME + 1),
        Client().opening(1, {"a": "x" * (2 * spdy.LONGEST_HEADERS)}),
    ],
    ids=["another version", "headers that are no zlib", "a frame too long", "headers too long"],
)
def test_what_cannot_be_read_is_a_protocol_error(sent):
    with pytest.raises(ProtocolError):
        Session().receive(sent)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_a_protocol_error(sent):
    session = Session()
    try:
        session.receive(sent)
    except ProtocolError:
        return
