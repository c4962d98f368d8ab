"""Healthy clusters, from which the broken ones are made: each a list of objects with the placeholders of the flows.

Service `web` leads to the Pods `a` and `b` (or to a Deployment `web`); `c1` asks from their namespace, `far` from
another.
"""

from collections.abc import Iterator
from typing import Any

from tests.network.flows.states import IMAGE, Json, client, pod, service

HTTP = [{"name": "http", "containerPort": 8080}]


def asking() -> list[Json]:
    return [client("c1", 1), client("far", 2, "other")]


def pods(*, ports: list[Json] | None = None) -> list[Json]:
    return [pod("a", 1, ports=ports), pod("b", 2, ports=ports)]


def deployment(name: str = "web", replicas: int = 2, labels: Json | None = None, **spec: Any) -> Json:
    labels = labels or {"app": "web"}
    container = {"name": "main", "image": IMAGE, "args": ["netexec", "--http-port=8080"], "ports": [dict(HTTP[0])]}
    template = {
        "metadata": {"labels": dict(labels)},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], **spec},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {"replicas": replicas, "selector": {"matchLabels": dict(labels)}, "template": template},
    }


def clusterip() -> list[Json]:
    return [*pods(), *asking(), service("web", "80:8080")]


def named() -> list[Json]:
    return [*pods(ports=HTTP), *asking(), service("web", "http=80:http")]


def nodeport() -> list[Json]:
    return [*pods(), *asking(), service("web", "80:8080", type="NodePort")]


def balanced() -> list[Json]:
    return [*pods(), *asking(), service("web", "80:8080", type="LoadBalancer")]


def headless() -> list[Json]:
    return [*pods(), *asking(), service("web", "80:8080", clusterIP="None")]


def deployed() -> list[Json]:
    return [deployment(), *asking(), service("web", "80:http")]


def udp() -> list[Json]:
    return [*pods(), *asking(), service("web", "53:8081/UDP")]


BASES = {one.__name__: one for one in (clusterip, named, nodeport, balanced, headless, deployed, udp)}


def web(objects: list[Json]) -> Json:
    """The spec of the Service `web`."""
    return next(one for one in objects if one["kind"] == "Service" and one["metadata"]["name"] == "web")["spec"]


def behind(objects: list[Json]) -> Iterator[Json]:
    """What the Pods behind the Service are made from: Pods, or the Deployment's template."""
    for one in objects:
        made = one["spec"]["template"] if one["kind"] == "Deployment" else one
        if one["kind"] in ("Pod", "Deployment") and made["metadata"]["labels"].get("app") != "client":
            yield made


def containers(objects: list[Json]) -> Iterator[Json]:
    for one in behind(objects):
        yield one["spec"]["containers"][0]
