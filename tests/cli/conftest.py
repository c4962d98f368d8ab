"""What the tests of commands that look into a cluster share."""

import pytest

from tests.support.command import run_here
from tests.tracing.shop import remove_shop, shop_on


@pytest.fixture(scope="module")
def shop_server(embedded_server):
    """The run's embedded server with the shop on it."""
    yield shop_on(embedded_server)
    remove_shop(embedded_server)


@pytest.fixture
def lab(shop_server, embedded_home, monkeypatch, capsys):
    """Runs `lab …` where the shop is."""
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("COLUMNS", "200")

    return lambda *words: run_here(capsys, *words)
