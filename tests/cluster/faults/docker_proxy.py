"""A socket in front of Docker's own, which can be cut: Docker “stops” for one lab without stopping for others."""

import contextlib
import socket
import threading
from pathlib import Path

REAL = "/var/run/docker.sock"
CHUNK = 65536


class DockerProxy:
    """Passes everything on between `path` and Docker until it is cut; `mend` lets new connections through again."""

    def __init__(self, path: Path):
        self.address = f"unix://{path}"
        self._path = path
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._is_cut = True
        for one in list(self._open):
            self._close(one)

    def mend(self) -> None:
        """Docker is there again."""
        self._is_cut = False

    def close(self) -> None:
        """End for good."""
        self.cut()
        self._close(self._listener)
        self._path.unlink()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(REAL)
            self._open |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(source)
            self._close(target)

    def _close(self, one: socket.socket) -> None:
        self._open.discard(one)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
