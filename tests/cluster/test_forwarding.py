"""Ports of this machine that lead into Docker; on a real cluster in tests/tracing/test_kind.py."""

import os
import socket

import pytest

from servicelab.cluster.forwarding import forwarding


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """A `docker` that tells what it was asked, and then gives back what it gets."""
    program = tmp_path / "docker"
    program.write_text('#!/bin/sh\necho "$@"\nexec cat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_a_connection_is_carried_on_from_the_container(docker):
    with forwarding("lab-outside", "172.18.0.3", 30080) as address:
        for said in (b"one", b"two"):
            with socket.create_connection(address, timeout=10) as connection:
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                told = connection.makefile("rb").read()
            assert told == b"exec --interactive lab-outside nc 172.18.0.3 30080\n" + said


def test_nothing_stays_when_the_block_ends(docker):
    with forwarding("lab-outside", "172.18.0.3", 30080) as address:
        open_still = socket.create_connection(address, timeout=10)
        assert open_still.recv(4) == b"exec"
    with open_still:
        assert b"exec" not in open_still.makefile("rb").read(), "the connection is cut off"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=10)
