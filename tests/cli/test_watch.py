"""`lab watch` as a process: a line for each change where there is no terminal, an orderly end."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def watching(lab):
    started = []

    def start(*words, count):
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "servicelab.cli", "watch", *words],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, [process.stdout.readline() for _ in range(count)]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_is_there_is_told_and_ctrl_c_ends_it(watching):
    process, lines = watching("-n", "shop", count=5)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")
    told = "".join(lines)
    assert "Pod client: Running, ready on lab-" in told
    assert "Service web: 2 ready endpoints (10.244." in told
    assert "Service nobody: 0 ready endpoints\n" in told


def test_requests_are_told_as_they_end(watching):
    process, lines = watching("pod/client", "http://web/hostname", "-n", "shop", "--every", "0.1", count=8)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert any("answered by shop/web-" in line and "pod/shop/client asks for" in line for line in lines[5:])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pod/client"], "a FROM and a TO"),
        (["nowhere", "http://web"], "no vantage point"),
        (["outside", "svc/x"], "no Service x"),
    ],
)
def test_mistakes_are_told_in_a_sentence(lab, words, said):
    shown = lab("watch", *words, "-n", "shop")
    assert shown.returncode == 2
    assert said in " ".join(shown.stderr.replace("│", " ").split())


def test_help_has_examples(lab):
    assert "lab watch pod/client http://web/hostname -n shop" in " ".join(
        lab("watch", "--help").stdout.replace("│", " ").split()
    )
