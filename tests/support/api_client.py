"""A plain HTTP client of the API server that a kubeconfig names, for recordings: answers come back as they are."""

from collections.abc import Callable
from pathlib import Path

import httpx2
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig

Send = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]
"""Method, path, body, headers -> status code, body."""


def api_client(kubeconfig: Path, timeout: float = 60.0) -> httpx2.Client:
    """A client for the kubeconfig's current context; `timeout` in seconds."""
    config = KubeConfig.from_file(kubeconfig).get()
    assert config is not None
    return Client(config, ConnectionParams(timeout=httpx2.Timeout(timeout), trust_env=False))


def sender(client: httpx2.Client) -> Send:
    """Sends with a client what a recording sends."""

    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        answer = client.request(method, path, content=body or None, headers=headers)
        return answer.status_code, answer.content

    return send
