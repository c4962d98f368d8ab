"""The commands that look into a cluster, on a real one: what is predicted is what happens."""

import contextlib
import json
import re

import httpx2
import pytest

from servicelab.cluster.base import WaitedTooLong
from servicelab.network.saved_rules import TABLES, saved_rules
from servicelab.tracing.reading import read_state
from tests.network.test_saved_rules import comparable, of_kube_proxy
from tests.support.command import run_here
from tests.tracing.shop import shop_on
from tests.tracing.test_following import sees_a_killed_pod

SPACE = "trace-shop"
pytestmark = pytest.mark.kind


@pytest.fixture(scope="module")
def shop(kind_cluster):
    yield shop_on(kind_cluster, SPACE)
    kind_cluster.rest.send("DELETE", f"/api/v1/namespaces/{SPACE}")


@pytest.fixture
def lab(shop, kind_home, monkeypatch, capsys):
    """Runs `lab …` on the run's kind cluster; its exit code and what it printed."""
    monkeypatch.setenv("LAB_HOME", str(kind_home.root))

    def run(verb, *words):
        done = run_here(capsys, *verb.split(), "--cluster", "kind", "--name", shop.name, *words)
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize(
    ("source", "target", "outcome"),
    [
        (f"pod/{SPACE}/client", "svc/web", "answered"),
        (f"pod/{SPACE}/client", "http://web/clientip", "answered"),
        (f"pod/{SPACE}/client", "svc/nobody", "refused"),
        ("node/{name}-worker", f"svc/{SPACE}/web", "answered"),
        ("outside", f"svc/{SPACE}/web", "answered"),
        ("outside", f"http://web.{SPACE}/", "no_such_name"),
    ],
)
def test_kind_does_as_predicted(lab, shop, source, target, outcome):
    code, told = lab("trace", source.format(name=shop.name), target, "-o", "json")
    found = json.loads(told)
    assert (found["result"], found["probed"]["outcome"], code) == ("held", outcome, 0), found["predicted"]
    assert not found["changed"]


def test_kind_reaches_what_the_matrix_says(lab):
    code, told = lab("reach", "-n", SPACE, "-o", "json")
    found = json.loads(told)
    cells = found["cells"]
    assert [cell for cell in cells if cell["differs"]] == []
    assert code == 0
    assert len(found["sources"]) >= 6
    assert len(cells) == 11 * len(found["sources"])
    # A Pod of another namespace is somebody else's, and may go at any time.
    assert all(cell["probed"] for cell in cells if not cell["source"].startswith("pod/") or SPACE in cell["source"])


@pytest.mark.parametrize("table", TABLES)
def test_kind_nodes_have_the_rules_that_the_model_writes(lab, shop, table):
    node = f"{shop.name}-worker"

    def both():
        code, real = lab("node exec", node, "--", "iptables-save", "-t", table)
        assert code == 0
        state = read_state(shop)
        return [comparable(of_kube_proxy(text)) for text in (saved_rules(state, state.nodes[node], (table,)), real)]

    def are_the_same():
        made, real = both()
        return made == real

    # kube-proxy may still be at work on what another test has just removed.
    with contextlib.suppress(WaitedTooLong):
        shop.wait_until("kube-proxy to be done", are_the_same, timeout=30)
    made, real = both()
    assert made == real
    assert any(f"{SPACE}/" in line for line in made)


def test_kind_addresses_work_in_this_machines_browser(lab, shop):
    code, told = lab("urls", "-n", SPACE, "-o", "json")
    found = {one["service"]: one for one in json.loads(told)}
    assert code == 4, "one Service does not answer"
    assert "has no ready endpoint" in found[f"{SPACE}/nobody"]["why"]
    url = found[f"{SPACE}/web"]["url"]
    with shop.forward(*found[f"{SPACE}/web"]["leads_to"].split(":")) as (host, port):
        for address in (url, f"http://{host}:{port}/"):
            answer = httpx2.get(f"{address}hostname", trust_env=False, timeout=20)
            assert re.fullmatch(r"web-[0-9a-f]+-\w+", answer.text), address
    mapped = [one for one in shop.here("172.18.0.2", 30007) if one[0] == "127.0.0.1"]
    assert len(mapped) == 1
    assert httpx2.get(f"http://127.0.0.1:{mapped[0][1]}/hostname", trust_env=False, timeout=5).text.startswith("web-")


def test_kind_is_followed_while_a_pod_is_killed(shop):
    sees_a_killed_pod(shop, SPACE)
