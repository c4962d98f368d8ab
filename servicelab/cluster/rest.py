"""The Kubernetes API as plain JSON, for work on kinds that are not known beforehand."""

import json as json_module
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import SingleConfig

from servicelab.cluster.base import MachineError

Object = dict[str, Any]
NOT_FOUND = 404
TOO_MANY = 429
STARTING = "storage is (re)initializing"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PATIENCE = 30.0
"""Seconds to wait for an API server that is still starting."""


class Refused(MachineError):
    """The API server said no: `code` is HTTP's, str() is the server's message."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class Rest:
    """One connection to an API server."""

    def __init__(
        self, config: SingleConfig, transport: httpx2.BaseTransport | None = None, timeout: float = 30
    ) -> None:
        self.server = config.cluster.server
        self._client = Client(
            config, ConnectionParams(timeout=httpx2.Timeout(timeout), trust_env=False, transport=transport)
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """One request. Refused when the server answers with an error, MachineError when it does not answer.

        An API server that has just started asks for patience with custom kinds (429): it is asked again.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._sent(method, path, json=json, content=content, params=query, headers=headers)
            if answer.status_code != TOO_MANY or STARTING not in answer.text or time.monotonic() > deadline:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.is_success:
            return answer
        try:
            status = answer.json()
            raise Refused(answer.status_code, status.get("reason", ""), status.get("message", answer.text))
        except ValueError:
            raise Refused(answer.status_code, "", answer.text.strip() or answer.reason_phrase) from None

    def _sent(self, method: str, path: str, **what: Any) -> httpx2.Response:
        try:
            return self._client.request(method, path, **what)
        except httpx2.TransportError as problem:
            raise MachineError(
                f"the cluster's API at {self.server} does not answer: {problem}",
                "Start the cluster with `lab cluster start`.",
            ) from problem

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Object:
        """An object, or a list of them."""
        found: Object = self.send("GET", path, query=query).json()
        return found

    def find(self, path: str) -> Object | None:
        """An object, or a list of them; None where the server has nothing."""
        try:
            return self.get(path)
        except Refused as refusal:
            if refusal.code != NOT_FOUND:
                raise
            return None

    def items(self, path: str, query: Mapping[str, str] | None = None) -> list[Object]:
        """The objects of a list."""
        return self.get(path, query).get("items") or []

    def watch(self, path: str, version: str, seconds: int) -> Iterator[tuple[str, Object]]:
        """What happens to the objects of a list after its `version`, as it happens, for so many seconds: `ADDED`,
        `MODIFIED` or `DELETED`, and the object. Refused when the version is too old; MachineError when the server ends.
        """
        asked = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        patience = httpx2.Timeout(PATIENCE, read=seconds + PATIENCE)
        try:
            with self._client.stream("GET", path, params=asked, timeout=patience) as answer:
                if not answer.is_success:
                    raise Refused(answer.status_code, "", answer.read().decode("utf-8", "replace"))
                for line in answer.iter_lines():
                    event = json_module.loads(line)
                    if event["type"] == "ERROR":
                        told = event["object"]
                        raise Refused(told.get("code", 0), told.get("reason", ""), told.get("message", ""))
                    yield event["type"], event["object"]
        except httpx2.TransportError as problem:
            raise MachineError(f"the cluster's API at {self.server} does not answer: {problem}") from problem

    def resources(self) -> Iterator[tuple[str, Object]]:
        """All kinds of objects the server has, each in the first version that has it: the path of group and version,
        and what discovery (apidiscovery.k8s.io/v2) says: `resource` (its plural), `scope`, `verbs`."""
        for root in ("/api", "/apis"):
            for group in self.send("GET", root, headers={"Accept": DISCOVERY}).json()["items"]:
                seen: set[str] = set()
                for version in group["versions"]:
                    path = "/".join(filter(None, (root, group["metadata"].get("name"), version["version"])))
                    resources = [one for one in version["resources"] if one["resource"] not in seen]
                    seen.update(one["resource"] for one in resources)
                    yield from ((path, one) for one in resources)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
