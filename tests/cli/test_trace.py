"""`lab trace` from the command line, on the embedded cluster."""

import json
import os
import signal
import subprocess
import sys
from xml.etree import ElementTree

import pytest


def test_a_request_that_is_answered(lab):
    shown = lab("trace", "pod/client", "http://web/hostname", "-n", "shop")
    assert shown.returncode == 0, shown.stderr
    assert "virtual IP 10.96." in shown.stdout
    assert "Predicted: answered by shop/web-" in shown.stdout
    assert "Probed:    answered by shop/web-" in shown.stdout
    assert "Predicted only." in shown.stdout


def test_json_for_other_programs(lab):
    shown = lab("trace", "outside", "svc/web", "-n", "shop", "-o", "json")
    found = json.loads(shown.stdout)
    assert (found["result"], found["probed"]["outcome"]) == ("predicted", "answered")
    assert found["target"] == f"http://{found['path']['connected'].rpartition(':')[0]}/hostname"
    assert "load balancer" in [hop["kind"] for hop in found["path"]["hops"]]


def test_a_picture(lab):
    shown = lab("trace", "node/lab-worker", "svc/shop/web", "-o", "svg")
    assert ElementTree.fromstring(shown.stdout).tag.endswith("svg")


def test_nobody_there_is_predicted_too(lab):
    shown = lab("trace", "pod/shop/client", "svc/nobody")
    assert shown.returncode == 0, shown.stderr
    assert "has no ready endpoint" in " ".join(shown.stdout.split())
    assert "Probed:    refused\n" in shown.stdout


def test_what_is_not_modelled_says_so(lab):
    shown = lab("trace", "pod/shop/client", "https://web:80/")
    assert shown.returncode == 5
    assert "Predicted: nothing, because" in shown.stdout
    assert "Nothing was predicted." in shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pod/x/y/z", "http://web"), 2, "is no vantage point"),
        (("pod/shop/client", "svc/wbe"), 2, "It has nobody, web."),
        (("pod/shop/client", "svc/default/web"), 2, "There is shop/web."),
        (("pod/shop/client", "svc/web:81"), 2, "it has http (80)"),
        (("pod/shop/client", "ftp://web"), 2, "is no target"),
        (("pod/shop/client", "svc/web", "--watch", "-o", "svg"), 2, "no pictures"),
        (("pod/shop/nobody", "svc/web"), 1, "it is not there"),
        (("outside", "svc/web", "--name", "another"), 1, "lab cluster start"),
    ],
)
def test_words_that_cannot_be_followed(lab, words, code, said):
    shown = lab("trace", *words)
    assert shown.returncode == code
    assert said in " ".join(shown.stderr.replace("│", " ").split())
    assert "Traceback" not in shown.stderr


def test_watching_tells_what_changes(shop_server, embedded_home):
    words = ("trace", "pod/shop/client", "svc/nobody", "--watch", "-o", "json", "--every", "0.2")
    watching = subprocess.Popen(
        [sys.executable, "-m", "servicelab.cli", *words],
        env={**os.environ, "LAB_HOME": str(embedded_home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        first = json.loads(watching.stdout.readline())
        patch = {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}}
        shop_server.rest.send(
            "PATCH",
            "/api/v1/namespaces/shop/services/nobody",
            json=patch,
            headers={"Content-Type": "application/merge-patch+json"},
        )
        told = first
        while told["probed"]["outcome"] != "answered":
            told = json.loads(watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=20)
    finally:
        watching.kill()
        undo = {"spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}}
        shop_server.rest.send(
            "PATCH",
            "/api/v1/namespaces/shop/services/nobody",
            json=undo,
            headers={"Content-Type": "application/merge-patch+json"},
        )
    assert first["probed"]["outcome"] == "refused"
    assert (watching.returncode, errors) == (0, "")
