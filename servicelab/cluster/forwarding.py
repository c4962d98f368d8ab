"""A port of this machine that leads into a cluster in Docker, for machines that do not reach Docker's network."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

HOST = "127.0.0.1"
WAITING = 16
"""Connections that may wait to be taken."""


@contextmanager
def forwarding(container: str, host: str, port: int) -> Iterator[tuple[str, int]]:
    """Listen on loopback in the block; each connection is carried on from `container` (which has nc) to host and port.

    What is connected when the block ends is cut off.
    """
    with closing(socket.create_server((HOST, 0), backlog=WAITING)) as listener:
        clients: list[subprocess.Popen[bytes]] = []
        accepting = threading.Thread(target=_accept, args=(listener, container, host, port, clients), daemon=True)
        accepting.start()
        try:
            yield HOST, listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            accepting.join()
            for client in clients:
                client.kill()
                client.wait()


def _accept(
    listener: socket.socket, container: str, host: str, port: int, clients: "list[subprocess.Popen[bytes]]"
) -> None:
    """Give each connection to a client in the container, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        clients[:] = [client for client in clients if client.poll() is None]
        with connection:
            clients.append(
                subprocess.Popen(
                    ["docker", "exec", "--interactive", container, "nc", host, str(port)],
                    stdin=connection.fileno(),
                    stdout=connection.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
