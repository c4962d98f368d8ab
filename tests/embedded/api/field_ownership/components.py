"""What Kubernetes' own components own of a running Deployment with a Service.

Run as a program it records a real cluster, in a Namespace that it makes and deletes:

    python -m tests.embedded.api.field_ownership.components KUBECONFIG
"""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.embedded.api.field_ownership.recording import HERE
from tests.embedded.api.support import deployment, service
from tests.support.api_client import Send, api_client, sender

RECORD = HERE / "components.json"
NAMESPACE = "field-ownership-components"
CORE, APPS = f"/api/v1/namespaces/{NAMESPACE}", f"/apis/apps/v1/namespaces/{NAMESPACE}"
LISTS = {
    "deployments": f"{APPS}/deployments",
    "replicasets": f"{APPS}/replicasets",
    "pods": f"{CORE}/pods",
    "services": f"{CORE}/services",
    "endpoints": f"{CORE}/endpoints",
    "endpointslices": f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices",
    "events": f"{CORE}/events",
    "configmaps": f"{CORE}/configmaps",
    "serviceaccounts": f"{CORE}/serviceaccounts",
}
NETWORK_PLUGIN = "curl"
"""As what the network plug-in of the recorded cluster writes to Pods; the embedded cluster has none."""


def play(send: Send, wait_until_it_runs: Callable[[], None]) -> dict[str, Any]:
    """Make it, wait, and say per kind and object who owns what, with masked uids and addresses."""
    headers = {"Content-Type": "application/json", "User-Agent": "recorder/1.0"}
    wished = service("web", selector={"app": "web"})
    for path, body in ((LISTS["deployments"], deployment("web", 1)), (LISTS["services"], wished)):
        code, answer = send("POST", path, json.dumps(body).encode(), headers)
        assert code == 201, answer
    wait_until_it_runs()
    said = {}
    for plural, path in LISTS.items():
        items = json.loads(send("GET", path, b"", {})[1])["items"]
        said[plural] = sorted(_owners(item) for item in items)
    return said


def _owners(item: dict[str, Any]) -> list[str]:
    lines = []
    for entry in item["metadata"].get("managedFields", []):
        if entry["manager"] != NETWORK_PLUGIN:
            fields = json.dumps(entry["fieldsV1"], sort_keys=True)
            fields = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", fields)
            fields = re.sub(r"\d+\.\d+\.\d+\.\d+", "ADDRESS", fields)
            way = f"{entry['manager']} {entry['operation']} {entry.get('subresource', '')}".strip()
            lines.append(f"{way}: {fields}")
    about = [f"{item['involvedObject']['kind']} {item['reason']}"] if "involvedObject" in item else []
    return about + sorted(lines)


def main() -> None:
    """Record the cluster of the given kubeconfig."""
    send = sender(api_client(Path(sys.argv[1])))

    def wait_until_it_runs() -> None:
        deadline = time.time() + 120
        while time.time() < deadline:
            status = json.loads(send("GET", f"{LISTS['deployments']}/web", b"", {})[1]).get("status", {})
            if status.get("availableReplicas") == 1:
                break
            time.sleep(1)
        time.sleep(5)  # the last writes of controllers

    headers = {"Content-Type": "application/json"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    code, answer = send("POST", "/api/v1/namespaces", json.dumps(namespace).encode(), headers)
    assert code == 201, answer
    try:
        time.sleep(3)
        said = play(send, wait_until_it_runs)
    finally:
        send("DELETE", f"/api/v1/namespaces/{NAMESPACE}", b"", headers)
    version = json.loads(send("GET", "/version", b"", {})[1])["gitVersion"]
    record = {"kubernetes": version, "owners": said}
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    print(f"recorded the owners of {sum(map(len, said.values()))} objects")


if __name__ == "__main__":
    main()
