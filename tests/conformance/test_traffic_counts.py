"""Over thousands of requests, kind and the embedded cluster spread them over Pods alike.

Counted are TCP connections to a ClusterIP Service, datagrams, and, for sessionAffinity: ClientIP, the Pods that many
Services choose for some clients and then keep.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from servicelab.cluster.base import Capability, Cluster
from servicelab.cluster.embedded import open_throwaway
from servicelab.network.places import PodPlace, Target
from tests.support import records

NAME = "traffic"
INPUTS = (
    "servicelab/network/proxy.py",
    "servicelab/network/translation.py",
    "servicelab/network/route.py",
    "servicelab/embedded/programs/probe.py",
    "servicelab/embedded/programs/world.py",
    "tests/conformance/test_traffic_counts.py",
)
SPACE = "traffic"
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
PODS = [f"web-{number}" for number in range(5)]
CLIENTS = [f"client-{number}" for number in range(3)]
UNLIKELY = 1e-5
"""Counts at odds with what is claimed are a failure when chance makes such ones more rarely than this."""


@dataclass(frozen=True)
class Scale:
    """How many requests, datagrams, Services with sessionAffinity, and requests of each client to each of those."""

    requests: int
    datagrams: int
    services: int
    each: int

    @property
    def keeping(self) -> list[str]:
        """The Services with sessionAffinity."""
        return [f"keeping-{number}" for number in range(self.services)]


FULL = Scale(3000, 1000, 100, 10)
"""3,000 connections, and as many to Services with sessionAffinity, for 300 choices."""
SHORT = Scale(300, 100, 20, 5)


@dataclass(frozen=True)
class Counts:
    """How often each Pod answered; for affinity, how often each was chosen, and how often another one than before."""

    tcp: dict[str, int]
    udp: dict[str, int]
    chosen: dict[str, int]
    changed: int


def pod(name: str, app: str) -> dict:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}
    container = {"name": "main", "image": IMAGE, "args": ["netexec"], "readinessProbe": probe}
    return {
        "metadata": {"name": name, "namespace": SPACE, "labels": {"app": app}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }


def service(name: str, **spec: object) -> dict:
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080},
        {"name": "datagrams", "port": 81, "targetPort": 8081, "protocol": "UDP"},
    ]
    return {
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"selector": {"app": "web"}, "ports": ports, **spec},
    }


def count(cluster: Cluster, scale: Scale) -> Counts:
    """Make Pods and Services, send all requests, count, and remove everything."""
    path = f"/api/v1/namespaces/{SPACE}"
    cluster.rest.send("POST", "/api/v1/namespaces", json={"metadata": {"name": SPACE}})
    try:
        make(cluster, path, scale.keeping)
        tcp = Counter(answers(cluster, CLIENTS[0], ["random"], scale.requests)["random"])
        udp = Counter(datagrams(cluster, CLIENTS[0], scale.datagrams))
        chosen: Counter[str] = Counter()
        changed = 0
        for client in CLIENTS:
            for said in answers(cluster, client, scale.keeping, scale.each).values():
                chosen[said[0]] += 1
                changed += sum(one != said[0] for one in said)
        return Counts(dict(tcp), dict(udp), dict(chosen), changed)
    finally:
        cluster.rest.send("DELETE", path)


def make(cluster: Cluster, path: str, keeping: Sequence[str]) -> None:
    """The Pods, and then the Services, so that these have all endpoints from the beginning."""
    cluster.wait_until("the service account", lambda: cluster.rest.items(f"{path}/serviceaccounts"), timeout=60)
    for name, app in [*((name, "web") for name in PODS), *((name, "client") for name in CLIENTS)]:
        cluster.rest.send("POST", f"{path}/pods", json=pod(name, app))
    cluster.wait_until(
        "the Pods", lambda: all(is_ready(one) for one in cluster.rest.items(f"{path}/pods")), timeout=180
    )
    cluster.rest.send("POST", f"{path}/services", json=service("random"))
    for name in keeping:
        cluster.rest.send("POST", f"{path}/services", json=service(name, sessionAffinity="ClientIP"))

    def are_known() -> bool:
        return all(
            said[0] in PODS for client in CLIENTS for said in answers(cluster, client, ["random", *keeping], 1).values()
        )

    cluster.wait_until("the Services to be known on the nodes", are_known, timeout=60)


def is_ready(pod: Mapping[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())


def answers(cluster: Cluster, client: str, services: Sequence[str], times: int) -> dict[str, list[str]]:
    """Who answers a client's requests to each Service, each over a connection of its own; empty for nobody."""
    place = PodPlace(SPACE, client)
    if Capability.REAL_TRAFFIC not in cluster.capabilities:
        targets = {name: Target("http", name, 80, "/hostname") for name in services}
        return {
            name: [one.body for one in cluster.probe_many(place, target, times)] for name, target in targets.items()
        }
    # One curl for all: starting a program costs more than a request.
    urls = f"http://{{{','.join(services)}}}/hostname?[1-{times}]"
    written = " %{num_connects} %{url_effective}\n"
    words = ["curl", "-s", "--connect-timeout", "2", "-H", "Connection: close", "-w", written, urls]
    found: dict[str, list[str]] = {name: [] for name in services}
    for line in cluster.execute(SPACE, client, words, timeout=300).stdout.splitlines():
        body, connections, url = line.rsplit(" ", 2)
        assert connections == "1" or not body, f"not a connection of its own: {line}"
        found[url.split("/")[2]].append(body)
    assert {len(said) for said in found.values()} == {times}
    return found


def datagrams(cluster: Cluster, client: str, count: int) -> list[str]:
    """Who answers datagrams, each sent from a socket of its own."""
    query = f"host=random&port=81&protocol=udp&request=hostname&tries={count}"
    words = ["curl", "-s", f"http://127.0.0.1:8080/dial?{query}"]
    said = json.loads(cluster.execute(SPACE, client, words, timeout=300).stdout)
    assert not said.get("errors"), said["errors"][:3]
    answered: list[str] = said["responses"]
    return answered


def chance_of(chi_squared: float, freedom: int) -> float:
    """How likely chance alone gives a chi-squared at least so large; in closed form, for even degrees of freedom."""
    assert freedom % 2 == 0
    half = chi_squared / 2
    return math.exp(-half) * sum(half**k / math.factorial(k) for k in range(freedom // 2))


def is_even(counts: Mapping[str, int]) -> bool:
    """Whether the Pods may all be chosen equally often."""
    expected = sum(counts.values()) / len(PODS)
    found = sum((counts.get(name, 0) - expected) ** 2 / expected for name in PODS)
    return chance_of(found, len(PODS) - 1) > UNLIKELY


def are_alike(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether two counts may be of the same distribution."""
    ratio = math.sqrt(sum(one.values()) / sum(other.values()))
    pairs = [(one.get(name, 0), other.get(name, 0)) for name in PODS]
    found = sum((here / ratio - there * ratio) ** 2 / (here + there) for here, there in pairs if here + there)
    return chance_of(found, len(PODS) - 1) > UNLIKELY


def test_the_measure_itself():
    assert chance_of(13.2767, 4) == pytest.approx(0.01, rel=1e-4)  # a value that tables of chi-squared have
    assert is_even(dict.fromkeys(PODS, 600))
    uneven = dict.fromkeys(PODS, 530) | {PODS[0]: 880}
    assert not is_even(uneven)
    assert not are_alike(uneven, dict.fromkeys(PODS, 600))


@pytest.fixture(scope="module")
def on_embedded() -> Counts:
    cluster = open_throwaway(seed=7)
    counts = count(cluster, FULL)
    cluster.close()
    return counts


def check(counts: Counts, scale: Scale) -> None:
    """What kube-proxy promises: random and even; with sessionAffinity random at first, and then always the same."""
    assert (sum(counts.tcp.values()), sum(counts.udp.values())) == (scale.requests, scale.datagrams)
    assert sum(counts.chosen.values()) == scale.services * len(CLIENTS)
    assert counts.changed == 0
    assert is_even(counts.tcp) and is_even(counts.udp) and is_even(counts.chosen), counts


def test_embedded_spreads_requests_evenly(on_embedded):
    check(on_embedded, FULL)


@pytest.mark.kind
def test_kind_spreads_requests_as_embedded_does(kind_cluster, on_embedded, request):
    is_full = request.config.getoption("--full")
    scale = FULL if is_full else SHORT
    on_kind = count(kind_cluster, scale)
    check(on_kind, scale)
    assert are_alike(on_kind.tcp, on_embedded.tcp)
    assert are_alike(on_kind.udp, on_embedded.udp)
    assert are_alike(on_kind.chosen, on_embedded.chosen)
    if is_full:
        on = kind_cluster.describe_version()
        found = {"complete": True, "on": on, "kind": asdict(on_kind), "embedded": asdict(on_embedded)}
        records.write(NAME, INPUTS, found)
