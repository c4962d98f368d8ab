"""`%reach`: the table of who reaches what, in a real IPython shell."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.tracing.shop import SPACE, shop_on


@pytest.fixture
def shell():
    made = InteractiveShell()
    made.run_line_magic("load_ext", "servicelab.notebook")
    return made


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr("IPython.display.display", found.append)
    return found


def test_reach_shows_the_namespaces_table(shell, shown, embedded_cluster, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr("servicelab.course.judging.own_cluster", lambda: shop_on(embedded_cluster))
    shell.run_cell(f"%reach {SPACE}")
    (reach,) = shown
    assert "Who reaches the Services of shop" in reach._repr_html_()


def test_under_nbgrader_nothing_is_asked(shell, shown, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    shell.run_cell("%reach shop")
    assert shown == []
    assert "nothing is sent" in capsys.readouterr().out
