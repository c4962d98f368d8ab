"""What is found at an address of this machine."""

import socket
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from servicelab.tracing.urls import url_that_answers


@contextmanager
def answering(said: bytes):
    """A server that says this to whoever connects, and closes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve():
            with suppress(OSError):
                while True:
                    with listener.accept()[0] as connection:
                        connection.recv(4096)
                        connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("said", "url"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "http://127.0.0.1:{port}/"),
        (b"220 mail.example.org ESMTP\r\n", "tcp://127.0.0.1:{port}"),
        (b"", ""),
    ],
)
def test_what_answers_decides_the_url(said, url):
    with answering(said) as port:
        assert url_that_answers("127.0.0.1", port, 5.0) == url.format(port=port)


def test_nobody_there():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    assert url_that_answers("127.0.0.1", port, 5.0) == ""


def test_one_that_is_silent():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        assert url_that_answers("127.0.0.1", listener.getsockname()[1], 0.2) == ""
