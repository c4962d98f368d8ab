"""One face for a real API server and for the embedded core, as the player needs it: requests, watches, time."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx2
from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster.embedded_cluster import ThrowawayCluster
from servicelab.cluster.websocket_exec import Executor
from servicelab.embedded.api.messages import Exec, Request, Response
from tests.support.api_client import api_client

Json = dict[str, Any]
Poll = Callable[[], list[Json]]
"""Gives the watch events that came since it was last called."""
GLANCE = 0.1
"""Seconds between two looks at a real cluster's watches."""


class Broken(Exception):
    """A watch of the real cluster ended before its time: what was recorded is not complete."""


class Cluster(Protocol):
    """Where a scenario is played."""

    def send(self, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple[int, Json]:
        """One request: HTTP code and answer."""

    def watch(self, path: str, revision: str) -> Poll:
        """All changes below `path` after `revision`."""

    def now(self) -> float:
        """Seconds of the cluster's own clock."""

    def pause(self, longest: float) -> None:
        """Let time pass until something may have happened, at most `longest` seconds."""

    def execute(self, namespace: str, pod: str, command: Sequence[str]) -> None:
        """Run a command in a Pod's first container; how it ends does not matter."""

    def close(self) -> None:
        """End all watches."""


class RealCluster:
    """An API server at the other end of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = api_client(kubeconfig)
        config = KubeConfig.from_file(kubeconfig).get()
        assert config is not None
        self._executor = Executor(config)

    def send(self, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple[int, Json]:
        content = None if body is None else json.dumps(body)
        answer = self._client.request(method, path, content=content, headers={"Content-Type": kind})
        return answer.status_code, answer.json() if answer.text.startswith("{") else {"message": answer.text}

    def watch(self, path: str, revision: str) -> Poll:
        query = {"watch": "true", "resourceVersion": revision, "timeoutSeconds": "1800"}
        came: queue.SimpleQueue[Json] = queue.SimpleQueue()

        def listen() -> None:
            try:
                with self._client.stream("GET", path, params=query, timeout=None) as answer:
                    for line in answer.iter_lines():
                        came.put(json.loads(line))
            except (httpx2.TransportError, ValueError):
                pass  # the process ends, or the connection did: the latter is told below
            came.put({"type": "BROKEN"})

        threading.Thread(target=listen, daemon=True).start()
        return lambda: list(self._taken(came))

    def _taken(self, came: "queue.SimpleQueue[Json]") -> Iterator[Json]:
        while not came.empty():
            event = came.get()
            if event["type"] in ("BROKEN", "ERROR"):
                raise Broken(str(event))
            yield event

    def now(self) -> float:
        return time.monotonic()

    def pause(self, longest: float) -> None:
        time.sleep(min(GLANCE, longest))

    def execute(self, namespace: str, pod: str, command: Sequence[str]) -> None:
        self._executor.run(namespace, pod, command, timeout=30.0)

    def close(self) -> None:
        """Watches are daemon threads' and end with the process."""


class EmbeddedCore:
    """A throw-away embedded cluster: time passes when the player waits."""

    def __init__(self, seed: int) -> None:
        self._cluster = ThrowawayCluster(seed)
        self._core = self._cluster.core

    def send(self, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple[int, Json]:
        content = b"" if body is None else json.dumps(body).encode()
        answer = self._core.handle(Request.of(method, path, content, {"Content-Type": kind}))
        assert isinstance(answer, Response)
        return answer.status, answer.json()

    def watch(self, path: str, revision: str) -> Poll:
        query = urlencode({"watch": "true", "resourceVersion": revision, "timeoutSeconds": 100_000})
        stream = self._core.handle(Request.of("GET", f"{path}?{query}"))
        assert not isinstance(stream, Response | Exec)
        return lambda: [json.loads(line) for line in stream.take().splitlines()]

    def now(self) -> float:
        return self._core.clock.now()

    def pause(self, longest: float) -> None:
        due = self._core.next_due()
        step = longest if due is None else min(longest, max(0.0, due - self.now()))
        self._core.pass_time(step)

    def execute(self, namespace: str, pod: str, command: Sequence[str]) -> None:
        self._cluster.execute(namespace, pod, command)

    def close(self) -> None:
        self._cluster.close()
