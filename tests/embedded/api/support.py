"""Short ways to talk to a core in tests."""

import json
from typing import Any

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.watch import Watch
from servicelab.embedded.core import Core

SERVICES = "/api/v1/namespaces/default/services"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"
TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"


def call(core: Core, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status code and decoded answer of a JSON request; header names with `_` for `-`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = core.handle(
        Request.of(method, path, b"" if body is None else json.dumps(body).encode(), {"Accept": "*/*"} | given)
    )
    assert isinstance(answer, Response)
    return answer.status, json.loads(answer.body) if answer.content_type.startswith("application/json") else answer.body


def made(core: Core, path: str, body: Any) -> Any:
    """Create something that must be accepted."""
    code, answer = call(core, "POST", path, body)
    assert code == 201, answer
    return answer


def opened(core: Core, path: str, **headers: str) -> Watch:
    """An open watch."""
    answer = core.handle(Request.of("GET", path, headers={"Accept": "application/json"} | headers))
    assert isinstance(answer, Watch), answer
    return answer


def events(watch: Watch) -> list[tuple[str, Any]]:
    """What a watch has to say by now: type and object."""
    return [(event["type"], event["object"]) for event in map(json.loads, watch.take().splitlines())]


def config_map(name: str, **more: Any) -> dict[str, Any]:
    """A ConfigMap with labels."""
    metadata = {"name": name} | ({"labels": more["labels"]} if "labels" in more else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": more.get("data", {"a": "b"})}


def service(name: str, **spec: Any) -> dict[str, Any]:
    """A Service on port 80."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}]} | spec,
    }


def pod(name: str, *arguments: str) -> dict[str, Any]:
    """A Pod of agnhost."""
    container = {"name": "main", "image": IMAGE, "args": list(arguments or ("pause",))}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}}


def deployment(name: str, replicas: int = 2) -> dict[str, Any]:
    """A Deployment of agnhost."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod(name)["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    }
