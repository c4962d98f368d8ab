"""`lab urls` and `lab open` on the embedded cluster: real listeners on loopback, real HTTP."""

import json
import os
import re
import signal
import subprocess
import sys

import httpx2
import pytest

WEB_POD = re.compile(r"web-[0-9a-f]+-\w+")


def get(url):
    return httpx2.get(url, trust_env=False, timeout=5)


def listed(lab, *words):
    shown = lab("urls", "-o", "json", *words)
    return shown.returncode, {one["service"]: one for one in json.loads(shown.stdout)}


def test_the_addresses_work_in_this_machines_browser(lab):
    code, found = listed(lab, "-n", "shop")
    assert code == 4, "one Service does not answer"
    web = found["shop/web"]
    assert (web["answers"], web["type"], web["port"]) == (True, "LoadBalancer", "http")
    assert web["url"].startswith("http://127.0.0.1:")
    answer = get(f"{web['url']}hostname")
    assert (answer.status_code, bool(WEB_POD.fullmatch(answer.text))) == (200, True)
    assert answer.headers["content-type"].startswith("text/plain")
    assert len({get(f"{web['url']}hostname").text for _ in range(30)}) == 2, "each connection may meet another Pod"
    assert get(f"{web['url']}clientip").text.startswith(("172.18.0.", "10.244.")), "not this machine's loopback"
    assert get(f"{web['url']}header?key=X-Not-There").status_code == 200


def test_asking_again_gives_the_same_addresses(lab):
    assert listed(lab, "-n", "shop")[1] == listed(lab, "-A")[1]


def test_what_does_not_answer_says_why(lab):
    nobody = listed(lab, "-n", "shop")[1]["shop/nobody"]
    assert (nobody["answers"], nobody["url"], nobody["is_open"]) == (False, "", False)
    assert "has no ready endpoint" in nobody["why"]
    assert "none answers: " in lab("urls", "-n", "shop").stdout


def test_a_namespace_without_such_services(lab):
    shown = lab("urls", "-n", "default")
    assert (shown.returncode, shown.stdout) == (
        0,
        "There is no NodePort or LoadBalancer Service in the namespace default.\n",
    )


def test_a_load_balancer_that_stays_pending_is_listed(lab, shop_server):
    spec = {"type": "LoadBalancer", "loadBalancerClass": "example.org/nobody", "allocateLoadBalancerNodePorts": False}
    pending = {"metadata": {"name": "pending"}, "spec": {**spec, "ports": [{"port": 80}], "selector": {"app": "web"}}}
    services = "/api/v1/namespaces/shop/services"
    shop_server.rest.send("POST", services, json=pending)
    try:
        found = listed(lab, "-n", "shop")[1]["shop/pending"]
        opened = lab("open", "svc/shop/pending", "--no-browser")
    finally:
        shop_server.rest.send("DELETE", f"{services}/pending")
    assert (found["answers"], found["is_open"]) == (False, False)
    assert found["why"] == "it has no external address yet (`<pending>`), and no node port"
    assert (opened.returncode, "no external address yet" in opened.stderr) == (4, True)


def test_open_prints_the_address(lab):
    shown = lab("open", "svc/web", "-n", "shop", "--no-browser")
    assert shown.returncode == 0, shown.stderr
    assert WEB_POD.fullmatch(get(f"{shown.stdout.strip()}hostname").text)


def test_open_calls_the_browser(lab, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    shown = lab("open", "svc/shop/web:http")
    assert opened == [shown.stdout.strip()]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("svc/wbe", "-n", "shop"), 2, "It has nobody, web."),
        (("svc/default/kubernetes",), 2, "make it a NodePort, or use `kubectl port-forward"),
        (("svc/shop/nobody", "--no-browser"), 4, "has no ready endpoint"),
    ],
)
def test_what_cannot_be_opened_says_why(lab, words, code, said):
    shown = lab("open", *words)
    assert shown.returncode == code
    assert said in " ".join(shown.stderr.replace("│", " ").split())


def test_a_forwarded_port_is_there_until_ctrl_c(shop_server, embedded_home):
    words = ("open", "svc/shop/web", "--no-browser", "--forward")
    opened = subprocess.Popen(
        [sys.executable, "-u", "-m", "servicelab.cli", *words],
        env={**os.environ, "LAB_HOME": str(embedded_home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = opened.stdout.readline().strip()
        assert opened.stderr.readline() == "Forwarding until Ctrl-C.\n"
        assert WEB_POD.fullmatch(get(f"{url}hostname").text)
        opened.send_signal(signal.SIGINT)
        assert opened.wait(20) == 0
    finally:
        opened.kill()
        opened.communicate()
