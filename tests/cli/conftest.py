"""What the tests of commands that look into a cluster share."""

from typing import NamedTuple

import pytest

from servicelab.cli import report
from servicelab.cli.main import app
from tests.tracing.shop import SPACE, shop_on


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def shop_server(embedded_server):
    """The run's embedded server with the shop on it."""
    yield shop_on(embedded_server)
    embedded_server.rest.send("DELETE", f"/api/v1/namespaces/{SPACE}")
    names = lambda: [one["metadata"]["name"] for one in embedded_server.rest.items("/api/v1/namespaces")]  # noqa: E731
    embedded_server.wait_until("the shop to be gone", lambda: SPACE not in names())


@pytest.fixture
def lab(shop_server, embedded_home, monkeypatch, capsys):
    """Runs `lab …` where the shop is, in this process: a start of Python costs more than most commands."""
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words):
        capsys.readouterr()
        code = report.run(lambda: app(list(words), prog_name="lab"))
        return Done(code, *capsys.readouterr())

    return run
