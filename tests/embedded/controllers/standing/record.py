"""Records the standing Namespace on a real cluster: python -m tests.embedded.controllers.standing.record KUBECONFIG."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.embedded.admission.record import Cluster, path_of
from tests.embedded.admission.recording import BY_KIND
from tests.embedded.controllers.standing.recording import FOLDER, KINDS, NAMESPACE, comparable, manifests

SECONDS = 60
"""Long enough for probes to have failed three times and for nothing to be on its way."""


def objects(cluster: Cluster, kind: str) -> list[dict[str, Any]]:
    """All objects of a kind in the Namespace."""
    resource = BY_KIND[kind]
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    path = f"{root}/namespaces/{NAMESPACE}/{resource.plural}"
    items: list[dict[str, Any]] = cluster.send("GET", path)[1]["items"]
    return [{**item, "kind": kind, "apiVersion": resource.api_version} for item in items]


def main(kubeconfig: str) -> None:
    """Apply, wait, record, remove."""
    cluster = Cluster(Path(kubeconfig))
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    cluster.send(
        "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    )
    account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
    while cluster.send("GET", account)[0] == 404:
        time.sleep(0.05)
    try:
        for manifest in manifests():
            code, answer, _ = cluster.send("POST", path_of(manifest, NAMESPACE, False), manifest)
            assert code == 201, answer
        time.sleep(SECONDS)
        found = comparable(one for kind in KINDS for one in objects(cluster, kind))
        text = json.dumps({"kubernetes": version, "objects": found}, indent=1, sort_keys=True)
        (FOLDER / "recorded.json").write_text(text + "\n", encoding="utf-8")
    finally:
        cluster.send("DELETE", f"/api/v1/namespaces/{NAMESPACE}")


if __name__ == "__main__":
    main(sys.argv[1])
