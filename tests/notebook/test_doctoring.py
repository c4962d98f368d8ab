"""`%doctor` in a shell, on a learner's embedded cluster."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from servicelab.network.places import Outside, PodPlace
from servicelab.notebook import session
from servicelab.notebook.doctoring import parse_doctor
from tests.tracing.shop import SPACE, shop_on


def test_a_line_is_read():
    asked, level = parse_doctor("web --from pod/client --port 81 --expect app=web --level 2", "shop")
    assert (asked.service, asked.namespace, asked.port, dict(asked.meant)) == ("web", "shop", 81, {"app": "web"})
    assert (asked.source, level) == (PodPlace("shop", "client"), 2)
    asked, level = parse_doctor("", "shop")
    assert (asked.service, asked.source, level) == ("", None, 1)
    asked, _ = parse_doctor("web --from here", "shop")
    assert (asked.source, asked.from_here) == (Outside(), True)


@pytest.mark.parametrize(
    ("line", "words"),
    [("web --level 4", "write %doctor"), ("web --from nowhere", "no vantage point"), ("--port 80", "name a Service")],
)
def test_mistakes_are_told_in_a_sentence(line, words):
    with pytest.raises(ValueError, match=words):
        parse_doctor(line, "shop")


def test_the_magic_tells_what_lab_doctor_tells(embedded_server, embedded_home, monkeypatch, capsys):
    for name in ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    monkeypatch.setenv("LAB_CLUSTER", "embedded")
    monkeypatch.setenv("LAB_CLUSTER_NAME", embedded_server.name)
    monkeypatch.setattr(session.SESSION, "exercise", None)
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "servicelab.notebook")
    shop_on(embedded_server, SPACE)
    try:
        shell.run_cell(f"%doctor nobody -n {SPACE}")
        said = capsys.readouterr().out
        assert "✗\N{NO-BREAK SPACE}endpoints" in said
        assert "which does the Service ask for?" in said
        assert f"More: %doctor nobody -n {SPACE} --level 2" in said
        shell.run_cell(f"%doctor web -n {SPACE}")
        assert "no hop is broken" in capsys.readouterr().out
    finally:
        embedded_server.rest.send("DELETE", f"/api/v1/namespaces/{SPACE}")
        spaces = "/api/v1/namespaces"
        embedded_server.wait_until(
            "the shop to be gone",
            lambda: SPACE not in [one["metadata"]["name"] for one in embedded_server.rest.items(spaces)],
        )
