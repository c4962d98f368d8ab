"""What the stand-in understands, and that it names the real kubectl for the rest."""

import pytest

from servicelab.cluster.standin import wait
from servicelab.cluster.standin.command_line import main
from servicelab.cluster.standin.errors import Usage


def said(capsys, *words):
    code = main(words)
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("rollout", "status", "deployment/web"),
        ("port-forward", "svc/web", "8080:80"),
        (),
        ("get", "pods", "--watch"),
        ("get", "pods", "-o", "jsonpath={.items}"),
        ("exec", "client", "curl", "web"),
        ("logs", "-f", "web"),
    ],
)
def test_what_it_has_not_is_said_with_the_real_one(capsys, monkeypatch, embedded_kubeconfig, words):
    monkeypatch.setenv("KUBECONFIG", str(embedded_kubeconfig))
    code, error = said(capsys, *words)
    assert code == 1
    assert "It has: get, describe, explain, apply, delete, logs, exec, label, scale, wait" in error
    assert "https://kubernetes.io/docs/tasks/tools/" in error


@pytest.fixture
def embedded_kubeconfig(tmp_path):
    """A kubeconfig of a server that is not there: nothing of this is to be asked of one."""
    path = tmp_path / "kubeconfig"
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
        "clusters: [{name: x, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: x, context: {cluster: x, user: x}}]\nusers: [{name: x, user: {token: t}}]\n"
    )
    return path


def test_a_server_that_does_not_answer(capsys, monkeypatch, embedded_kubeconfig):
    monkeypatch.setenv("KUBECONFIG", str(embedded_kubeconfig))
    code, error = said(capsys, "get", "pods")
    assert code == 1
    assert "does not answer" in error


def test_no_kubeconfig(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    code, error = said(capsys, "get", "pods")
    assert code == 1
    assert "lab cluster kubeconfig" in error


@pytest.mark.parametrize(("text", "expected"), [("30s", 30), ("2m", 120), ("1h", 3600), ("5", 5), ("0.5s", 0.5)])
def test_times(text, expected):
    assert wait.seconds(text) == expected


def test_what_is_no_time():
    with pytest.raises(Usage):
        wait.seconds("soon")
