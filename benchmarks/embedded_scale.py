"""How the embedded cluster carries 1,000 Services with 5,000 Pods: lists, one change's way to the endpoints, memory.

    python benchmarks/embedded_scale.py [--services N] [--check]

A server process is filled through its API (Deployments of five Pods, a Service each, as many Nodes as they need), and
then asked over TLS as a client would. Figures are medians. With --check the exit code is 1 when one is over its limit:
a list of all Services or all Pods 0.5 s, from the change of a Pod's label to the watch event of the EndpointSlice
50 ms, 300 MB of memory.
"""

import argparse
import http.client
import json
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from servicelab.embedded.clock import timestamp
from servicelab.embedded.system import node

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
PODS_EACH = 5
PODS_A_NODE = 100
PATIENCE = 600.0
LIMITS = {"list Services, s": 0.5, "list Pods, s": 0.5, "label to endpoints, ms": 50.0, "memory, MB": 300.0}


class Client:
    """Requests over one kept connection."""

    def __init__(self, state: Path) -> None:
        self.port = json.loads((state / "server.json").read_text())["port"]
        self.tls = ssl.create_default_context(cafile=str(state / "ca.crt"))
        self.headers = {"Authorization": f"Bearer {(state / 'token').read_text().strip()}"}
        self.connection = self.connect()

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> bytes:
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, self.headers | {"Content-Type": kind})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {content.decode()}")
        return content


def fill(client: Client, services: int) -> None:
    """Nodes, Deployments and Services; returns when every Pod is an endpoint."""
    for number in range(3, 3 + services * PODS_EACH // PODS_A_NODE):
        address = f"172.18.{1 + number // 200}.{number % 200}"
        client.ask("POST", "/api/v1/nodes", node(f"more-{number}", address, number, "lab", timestamp(time.time())))
    for number in range(services):
        name = f"web-{number:04}"
        labels = {"app": name}
        container = {"name": "agnhost", "image": IMAGE, "args": ["netexec"], "ports": [{"containerPort": 8080}]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        client.ask(
            "POST",
            "/apis/apps/v1/namespaces/default/deployments",
            {
                "metadata": {"name": name},
                "spec": {"replicas": PODS_EACH, "selector": {"matchLabels": labels}, "template": template},
            },
        )
        spec = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
        client.ask("POST", "/api/v1/namespaces/default/services", {"metadata": {"name": name}, "spec": spec})
    deadline = time.monotonic() + PATIENCE
    while ready(client) < services * PODS_EACH:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {ready(client)} Pods are endpoints")
        time.sleep(1)


def ready(client: Client) -> int:
    """Endpoints that are ready in the Namespace default, without those of the API server."""
    slices = json.loads(client.ask("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"))["items"]
    return sum(
        bool(end["conditions"]["ready"])
        for one in slices
        if one["metadata"]["name"] != "kubernetes"
        for end in one.get("endpoints") or []
    )


def seconds_of(client: Client, path: str, times: int = 5) -> float:
    """The median time of a GET until its last byte."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        client.ask("GET", path)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def propagation(client: Client, times: int = 20) -> float:
    """Milliseconds from a change of a Pod's label until a watch tells of its Service's EndpointSlice; the median."""
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    version = json.loads(client.ask("GET", path + "?limit=1"))["metadata"]["resourceVersion"]
    watching = client.connect()
    watching.request("GET", f"{path}?watch=true&resourceVersion={version}", headers=client.headers)
    events = watching.getresponse()
    pods = json.loads(client.ask("GET", f"/api/v1/namespaces/default/pods?limit={times}"))["items"]
    taken = []
    for pod in pods:
        wanted = pod["metadata"]["labels"]["app"]
        begun = time.perf_counter()
        client.ask(
            "PATCH",
            f"/api/v1/namespaces/default/pods/{pod['metadata']['name']}",
            {"metadata": {"labels": {"app": "elsewhere"}}},
            "application/merge-patch+json",
        )
        while True:
            event = json.loads(events.readline())
            if event["object"]["metadata"].get("labels", {}).get("kubernetes.io/service-name") == wanted:
                break
        taken.append((time.perf_counter() - begun) * 1000)
    watching.close()
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        process = subprocess.Popen(
            [sys.executable, "-m", "servicelab.embedded.server", "--state", folder], stdout=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            client = Client(state)
            begun = time.perf_counter()
            fill(client, arguments.services)
            print(f"{arguments.services} Services, {arguments.services * PODS_EACH} Pods", flush=True)
            print(f"{'filled and ready, s':28}{time.perf_counter() - begun:10.1f}", flush=True)
            found = {
                "list Services, s": seconds_of(client, "/api/v1/services"),
                "list Pods, s": seconds_of(client, "/api/v1/pods"),
                "label to endpoints, ms": propagation(client),
                "memory, MB": psutil.Process(process.pid).memory_info().rss / 2**20,
            }
        finally:
            process.terminate()
            process.wait(30)
    for what, figure in found.items():
        print(f"{what:28}{figure:10.3f}   limit {LIMITS[what]:g}")
    if arguments.check and any(figure > LIMITS[what] for what, figure in found.items()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
