"""Plays the scenarios on a real cluster: python -m tests.embedded.controllers.workloads.record KUBECONFIG [NAME …].

Each in a Namespace of its own, which is removed afterwards; what was seen goes to recorded/NAME.json.
"""

import json
import os
import pickle
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

from tests.embedded.controllers.workloads.play import FOLDER, KINDS, Answered, Json, Seen, path_of, play, scenarios
from tests.embedded.controllers.workloads.transcript import transcript
from tests.support.api_client import api_client

AT_A_TIME = 3


class KindStage:
    """A Namespace on a real cluster, watched by one thread per kind."""

    def __init__(self, client: httpx2.Client, namespace: str) -> None:
        self.namespace, self._client = namespace, client
        nodes = send(client, "GET", "/api/v1/nodes").body["items"]
        names = [node["metadata"]["name"] for node in nodes]
        self.cluster = next(name for name in names if name.endswith("-worker")).removesuffix("-worker")
        self._seen: list[tuple[int, Seen]] = []
        self._lock = threading.Lock()
        self._closed = False
        for kind in KINDS:
            threading.Thread(target=self._watch, args=(kind,), daemon=True).start()

    def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answered:
        """See `Stage`."""
        return send(self._client, method, path, body, content_type)

    def changes(self) -> list[Seen]:
        """See `Stage`: of all kinds, in the order of their revisions."""
        with self._lock:
            return [seen for _, seen in sorted(self._seen, key=lambda pair: pair[0])]

    def wait(self, seconds: float) -> None:
        """See `Stage`."""
        time.sleep(seconds)

    def now(self) -> float:
        """See `Stage`."""
        return time.monotonic()

    def close(self) -> None:
        """Remove the Namespace; the watches end with their time."""
        self._closed = True
        send(self._client, "DELETE", f"/api/v1/namespaces/{self.namespace}")

    def _watch(self, kind: str) -> None:
        query = "?watch=true&timeoutSeconds=600&resourceVersion=0"
        try:
            with self._client.stream("GET", path_of(self.namespace, kind) + query, timeout=None) as stream:
                for line in stream.iter_lines():
                    told = json.loads(line)
                    if self._closed:
                        return
                    revision = int(told["object"]["metadata"]["resourceVersion"])
                    with self._lock:
                        self._seen.append((revision, Seen(told["type"], kind, told["object"])))
        except httpx2.TransportError:
            # The API server goes before the watch has noticed the end.
            if not self._closed:
                raise


def send(
    client: httpx2.Client, method: str, path: str, body: Any = None, content_type: str = "application/json"
) -> Answered:
    """One request."""
    content = None if body is None else json.dumps(body)
    answer = client.request(method, path, content=content, headers={"Content-Type": content_type})
    return Answered(answer.status_code, answer.json())


def record(client: httpx2.Client, name: str, scenario: Json) -> list[Json]:
    """Play one scenario."""
    namespace = f"wl-{name}"
    metadata = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    made = send(client, "POST", "/api/v1/namespaces", metadata)
    assert made.code == 201, made
    while send(client, "GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/default").code == 404:
        time.sleep(0.05)
    stage = KindStage(client, namespace)
    try:
        acts = play(scenario, stage)
    finally:
        stage.close()
    if kept := os.environ.get("KEEP_ACTS"):
        (Path(kept) / f"{name}.pickle").write_bytes(pickle.dumps(acts))
    return transcript(acts, namespace, scenario.get("either_worker", False))


def main(kubeconfig: str, names: list[str]) -> None:
    """Record the named scenarios, or all."""
    client = api_client(Path(kubeconfig))
    version = send(client, "GET", "/version").body["gitVersion"]
    everything = scenarios()

    def one(name: str) -> None:
        try:
            steps = record(client, name, everything[name])
        except Exception as problem:
            print(f"{name}: {type(problem).__name__}: {problem}")
            return
        text = json.dumps({"kubernetes": version, "steps": steps}, indent=1, sort_keys=True)
        (FOLDER / "recorded" / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: recorded")

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(one, names or list(everything)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
