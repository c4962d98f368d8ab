"""lightkube, the official Python client and kr8s each make a round trip: create, watch, patch, exec, logs, delete.

Each in its own usual way, against the embedded server and against kind.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
CONTAINER = {"name": "web", "image": IMAGE, "args": ["netexec"]}
SECONDS = 240


class Client(Protocol):
    """What every client is asked to do, with ConfigMaps and one Pod in one namespace."""

    def create(self, kind: str, name: str, **fields: Any) -> None:
        """Make an object."""

    def watch(self, kind: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events of one object, each with its type and the object as plain JSON."""

    def merge(self, name: str, patch: dict[str, Any]) -> dict[str, Any]:
        """Patch a ConfigMap; what it is then."""

    def names(self, kind: str, label: str) -> list[str]:
        """The names of all objects with a label."""

    def run(self, pod: str, command: list[str]) -> str:
        """What a command in a Pod prints."""

    def log(self, pod: str) -> str:
        """What a Pod has logged."""

    def fetch(self, pod: str, path: str) -> str | None:
        """What a Pod's port 8080 answers through a port-forward; None where the client has none."""

    def delete(self, kind: str, name: str) -> None:
        """Remove an object."""

    def is_there(self, kind: str, name: str) -> bool:
        """Whether there is such an object."""


def body(kind: str, name: str, namespace: str, fields: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"trip": name}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


class Lightkube:
    """lightkube; it has no exec, for which the course uses its own (servicelab.cluster)."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        import lightkube
        from lightkube.resources.core_v1 import ConfigMap, Pod

        from servicelab.cluster.websocket_exec import Executor

        config = lightkube.KubeConfig.from_file(kubeconfig).get()
        self.client = lightkube.Client(config=config, namespace=namespace, trust_env=False)
        self.executor = Executor(config)
        self.namespace = namespace
        self.kinds = {"ConfigMap": ConfigMap, "Pod": Pod}

    def create(self, kind, name, **fields):
        self.client.create(self.kinds[kind].from_dict(body(kind, name, self.namespace, fields)))

    def watch(self, kind, name):
        for event, found in self.client.watch(self.kinds[kind], fields={"metadata.name": name}, server_timeout=SECONDS):
            yield event, found.to_dict()

    def merge(self, name, patch):
        from lightkube.types import PatchType

        return self.client.patch(self.kinds["ConfigMap"], name, patch, patch_type=PatchType.MERGE).to_dict()

    def names(self, kind, label):
        return [one.metadata.name for one in self.client.list(self.kinds[kind], labels={"trip": label})]

    def run(self, pod, command):
        return self.executor.run(self.namespace, pod, command, timeout=SECONDS).stdout

    def log(self, pod):
        return "\n".join(self.client.log(pod))

    def fetch(self, pod, path):
        return None

    def delete(self, kind, name):
        self.client.delete(self.kinds[kind], name)

    def is_there(self, kind, name):
        from lightkube import ApiError

        try:
            self.client.get(self.kinds[kind], name)
        except ApiError as problem:
            assert problem.status.code == 404
            return False
        return True


class Official:
    """kubernetes, the official client."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        from kubernetes import client, config

        self.api = client.CoreV1Api(config.new_client_from_config(str(kubeconfig)))
        self.namespace = namespace
        self.words = {"ConfigMap": "config_map", "Pod": "pod"}

    def _call(self, verb, kind):
        return getattr(self.api, f"{verb}_namespaced_{self.words[kind]}")

    def _plain(self, found):
        return self.api.api_client.sanitize_for_serialization(found)

    def create(self, kind, name, **fields):
        self._call("create", kind)(self.namespace, body(kind, name, self.namespace, fields))

    def watch(self, kind, name):
        from kubernetes import watch

        stream = watch.Watch().stream(
            self._call("list", kind),
            self.namespace,
            field_selector=f"metadata.name={name}",
            timeout_seconds=SECONDS,
        )
        for event in stream:
            yield event["type"], self._plain(event["object"])

    def merge(self, name, patch):
        return self._plain(self.api.patch_namespaced_config_map(name, self.namespace, patch))

    def names(self, kind, label):
        found = self._call("list", kind)(self.namespace, label_selector=f"trip={label}")
        return [one.metadata.name for one in found.items]

    def run(self, pod, command):
        from kubernetes.stream import stream

        execute = self.api.connect_get_namespaced_pod_exec
        return stream(execute, pod, self.namespace, command=command, stdout=True, stderr=True, stdin=False, tty=False)

    def log(self, pod):
        return self.api.read_namespaced_pod_log(pod, self.namespace)

    def fetch(self, pod, path):
        from kubernetes.stream import portforward

        forward = portforward(self.api.connect_get_namespaced_pod_portforward, pod, self.namespace, ports="8080")
        socket = forward.socket(8080)
        socket.setblocking(True)
        socket.sendall(f"GET {path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := socket.recv(4096):
            answer += piece
        assert forward.error(8080) is None
        return answer.decode().partition("\r\n\r\n")[2]

    def delete(self, kind, name):
        self._call("delete", kind)(name, self.namespace)

    def is_there(self, kind, name):
        from kubernetes.client import ApiException

        try:
            self._call("read", kind)(name, self.namespace)
        except ApiException as problem:
            assert problem.status == 404
            return False
        return True


class Kr8s:
    """kr8s."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        import kr8s
        from kr8s.objects import ConfigMap, Pod

        self.api = kr8s.api(kubeconfig=str(kubeconfig))
        self.namespace = namespace
        self.kinds = {"ConfigMap": ConfigMap, "Pod": Pod}

    def _get(self, kind, name):
        return self.kinds[kind].get(name, self.namespace, api=self.api)

    def create(self, kind, name, **fields):
        self.kinds[kind](body(kind, name, self.namespace, fields), api=self.api).create()

    def watch(self, kind, name):
        for event, found in self.api.watch(kind, self.namespace, field_selector={"metadata.name": name}):
            yield event, found.raw.to_dict()

    def merge(self, name, patch):
        found = self._get("ConfigMap", name)
        found.patch(patch)
        return found.raw.to_dict()

    def names(self, kind, label):
        found = self.api.get(kind, namespace=self.namespace, label_selector={"trip": label})
        return [one.name for one in found]

    def run(self, pod, command):
        return self._get("Pod", pod).exec(command).stdout.decode()

    def log(self, pod):
        return "\n".join(self._get("Pod", pod).logs())

    def fetch(self, pod, path):
        import urllib.request

        with (
            self._get("Pod", pod).portforward(8080, local_port="auto") as port,
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer,
        ):
            return answer.read().decode()

    def delete(self, kind, name):
        self._get(kind, name).delete()

    def is_there(self, kind, name):
        return self.kinds[kind]({"metadata": {"name": name, "namespace": self.namespace}}, api=self.api).exists()


@pytest.fixture(params=["embedded", pytest.param("kind", marks=pytest.mark.kind)])
def served(request):
    """A cluster and a namespace in it for one test."""
    cluster = request.getfixturevalue("embedded_server" if request.param == "embedded" else "kind_cluster")
    namespace = f"trip-{uuid4().hex[:6]}"
    cluster.rest.send("POST", "/api/v1/namespaces", json={"metadata": {"name": namespace}})
    yield cluster, namespace
    cluster.rest.send("DELETE", f"/api/v1/namespaces/{namespace}")


def is_ready(pod: dict[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


@pytest.mark.parametrize("make", [Lightkube, Official, Kr8s])
def test_round_trip(served, make):
    cluster, namespace = served
    client: Client = make(cluster.kubeconfig, namespace)
    client.create("ConfigMap", "notes", data={"colour": "blue"})
    events = client.watch("ConfigMap", "notes")
    event, found = next(events)
    assert (event, found["data"]) == ("ADDED", {"colour": "blue"})
    assert client.merge("notes", {"data": {"colour": None, "size": "9"}})["data"] == {"size": "9"}
    event, found = next(events)
    assert (event, found["data"]) == ("MODIFIED", {"size": "9"})
    assert client.names("ConfigMap", "notes") == ["notes"]

    client.create("Pod", "web", spec={"terminationGracePeriodSeconds": 1, "containers": [CONTAINER]})
    assert any(is_ready(pod) for _, pod in client.watch("Pod", "web"))
    assert client.run("web", ["hostname"]).strip() == "web"
    cluster.wait_until("the log", lambda: "Started HTTP server on port 8080" in client.log("web"))  # runs, then speaks

    assert client.fetch("web", "/hostname") in ("web", None)

    client.delete("ConfigMap", "notes")
    event, _ = next(events)
    assert event == "DELETED"
    assert not client.is_there("ConfigMap", "notes")
    client.delete("Pod", "web")
    assert any(event == "DELETED" for event, _ in client.watch("Pod", "web"))
    assert not client.is_there("Pod", "web")
