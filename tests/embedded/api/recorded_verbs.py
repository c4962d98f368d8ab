"""What PUT of a new object and DELETE answer, kind by kind: python -m tests.embedded.api.recorded_verbs KUBECONFIG."""

import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servicelab.embedded.resources import RESOURCES

RECORD = Path(__file__).parent / "recorded_verbs.json"
NAMESPACE = "verbs"
BY_KIND = {resource.kind: resource for resource in RESOURCES}
METADATA = {"labels": {"app": "verbs"}}
POD = {"containers": [{"name": "c", "image": "registry.k8s.io/e2e-test-images/agnhost:2.63.0", "args": ["pause"]}]}
NOWHERE = {"metadata": METADATA, "spec": {**POD, "nodeSelector": {"disk": "none"}}}
SELECTOR = {"matchLabels": {"app": "verbs"}}
SPECS: dict[str, dict[str, Any]] = {
    "ConfigMap": {"data": {"a": "b"}},
    "Secret": {"data": {"a": "Yg=="}},
    "ServiceAccount": {},
    "Endpoints": {},
    "EndpointSlice": {"addressType": "IPv4", "endpoints": []},
    "Service": {"spec": {"ports": [{"port": 80}]}},
    "Deployment": {"spec": {"replicas": 0, "selector": SELECTOR, "template": NOWHERE}},
    "ReplicaSet": {"spec": {"replicas": 0, "selector": SELECTOR, "template": NOWHERE}},
    "StatefulSet": {"spec": {"replicas": 0, "selector": SELECTOR, "template": NOWHERE}},
    "DaemonSet": {"spec": {"selector": SELECTOR, "template": NOWHERE}},
    "ControllerRevision": {"revision": 1, "data": {"a": "b"}},
    "Job": {"spec": {"suspend": True, "template": {"spec": {**POD, "restartPolicy": "Never"}}}},
    "Lease": {"spec": {"holderIdentity": "me"}},
    "NetworkPolicy": {"spec": {"podSelector": SELECTOR}},
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "nobody"}}}},
    "IPAddress": {"spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "nobody"}}},
    "IPAddressPool": {"spec": {"autoAssign": False, "addresses": ["198.51.100.128/28"]}},
    "L2Advertisement": {"spec": {"ipAddressPools": ["verbs"]}},
}
NAMES = {"IPAddress": "2001:db8::77"}
NAMESPACES = {"IPAddressPool": "metallb-system", "L2Advertisement": "metallb-system"}
Send = Callable[..., tuple[int, Any]]


def play(send: Send, namespace: str) -> dict[str, Any]:
    """Per kind: code and kind of the answers to PUT of what is not there, POST, and DELETE."""
    found = {}
    for kind, spec in SPECS.items():
        resource, name = BY_KIND[kind], NAMES.get(kind, "verbs")
        prefix = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
        middle = f"/namespaces/{NAMESPACES.get(kind, namespace)}" if resource.namespaced else ""
        path = f"{prefix}{middle}/{resource.plural}"
        body = {"apiVersion": resource.api_version, "kind": kind, "metadata": {"name": name}, **spec}
        steps = [
            send("PUT", f"{path}/{name}?dryRun=All", body),
            send("POST", path, body),
            send("POST", path, body),
            send("DELETE", f"{path}/{name}"),
        ]
        found[kind] = [[code, answer["kind"], answer.get("message", "")] for code, answer in steps]
    return found


def main(kubeconfig: str) -> None:
    """Record kind."""
    from tests.embedded.admission.record import Cluster

    cluster, namespace = Cluster(Path(kubeconfig)), f"{NAMESPACE}-{uuid.uuid4().hex[:6]}"
    assert cluster.send("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})[0] == 201
    try:
        answers = play(lambda *request: cluster.send(*request)[:2], namespace)
    finally:
        cluster.send("DELETE", f"/api/v1/namespaces/{namespace}")
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    text = json.dumps({"kubernetes": version, "answers": answers}, indent=1, sort_keys=True)
    RECORD.write_text(text.replace(namespace, NAMESPACE) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
