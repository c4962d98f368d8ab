"""Plays steps.yaml on a server, or records kind: python -m tests.embedded.controllers.service_addresses.play CONFIG."""

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NAMESPACE = "address-steps"
ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses"
PATIENCE, STEADY = 20.0, 3.0
"""Seconds: at most for one step, and without a change before kind is taken to have done all it does."""
Send = Callable[..., Any]
"""Method, path, body, content type -> code, answer."""


def play(send: Send, namespace: str, settled: Callable[[Callable[[], Any]], Any]) -> list[dict[str, Any]]:
    """After each step: its code and message, and the IPAddresses of the steps."""

    def shown() -> list[Any]:
        items = [one for one in send("GET", ADDRESSES)[1]["items"] if one["metadata"]["name"].startswith("10.96.201.")]
        kept = [{"metadata": _kept(one["metadata"]), "spec": one["spec"]} for one in items]
        return json.loads(
            json.dumps(sorted(kept, key=lambda one: one["metadata"]["name"])).replace(namespace, NAMESPACE)
        )

    found = []
    services = f"/api/v1/namespaces/{namespace}/services"
    for step in yaml.safe_load((HERE / "steps.yaml").read_text(encoding="utf-8").replace("NAMESPACE", namespace)):
        if "post" in step:
            code, answer = send("POST", services, {"apiVersion": "v1", "kind": "Service", **step["post"]})
        elif "address" in step:
            body = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", **step["address"]}
            code, answer = send("POST", ADDRESSES, body)
        elif "patch" in step:
            code, answer = send("PATCH", f"{services}/{step['patch']}", step["body"], "application/merge-patch+json")
        else:
            code, answer = send("DELETE", step["delete"])
        message = answer["message"] if code >= 400 else ""
        found.append({"step": step["name"], "code": code, "message": message, "addresses": settled(shown)})
    return found


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: metadata[key] for key in ("name", "labels", "finalizers", "ownerReferences") if key in metadata}


def steady(look: Callable[[], Any]) -> Any:
    """What `look` says once it says the same for a while."""
    last, since, end = look(), time.monotonic(), time.monotonic() + PATIENCE
    while time.monotonic() < min(since + STEADY, end):
        time.sleep(0.2)
        if (now := look()) != last:
            last, since = now, time.monotonic()
    return last


def main(kubeconfig: str) -> None:
    """Record kind."""
    from tests.embedded.admission.record import Cluster

    cluster, namespace = Cluster(Path(kubeconfig)), f"{NAMESPACE}-{uuid.uuid4().hex[:6]}"
    assert cluster.send("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})[0] == 201
    try:
        steps = play(lambda *request: cluster.send(*request)[:2], namespace, steady)
    finally:
        cluster.send("DELETE", f"/api/v1/namespaces/{namespace}")
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    text = json.dumps({"kubernetes": version, "steps": steps}, indent=1, sort_keys=True)
    (HERE / "recorded.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
