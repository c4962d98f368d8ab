"""Records kind's tables of kinds and the objects they show: python -m tests.embedded.api.tables.record KUBECONFIG.

Makes a Namespace of its own with what manifests.yaml says, waits for the controllers, and removes it.
"""

import json
import sys
import time
import uuid
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST
from servicelab.embedded.resources import (
    CONTROLLER_REVISIONS,
    CUSTOM,
    CUSTOM_RESOURCE_DEFINITIONS,
    DAEMON_SETS,
    IP_ADDRESSES,
    JOBS,
    LEASES,
    NETWORK_POLICIES,
    POD_DISRUPTION_BUDGETS,
    RESOURCES,
    SECRETS,
    SERVICE_CIDRS,
    STATEFUL_SETS,
    Resource,
)
from tests.embedded.admission.record import Cluster

HERE = Path(__file__).parent
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
KINDS = (STATEFUL_SETS, DAEMON_SETS, CONTROLLER_REVISIONS, JOBS, SECRETS, LEASES, NETWORK_POLICIES)
KINDS += (POD_DISRUPTION_BUDGETS, IP_ADDRESSES, SERVICE_CIDRS, CUSTOM_RESOURCE_DEFINITIONS)
KINDS += CUSTOM
BY_KIND = {resource.kind: resource for resource in RESOURCES}
METALLB = "metallb-system"
PATIENCE = 90
"""Seconds."""


def root(resource: Resource, namespace: str) -> str:
    """Where the objects of a kind are."""
    prefix = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    middle = f"/namespaces/{namespace}" if resource.namespaced else ""
    return f"{prefix}{middle}/{resource.plural}"


def await_settled(cluster: Cluster, namespace: str) -> None:
    """Until the StatefulSet is ready and the Jobs that end have ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ready = cluster.send("GET", f"{root(STATEFUL_SETS, namespace)}/web")[1]["status"].get("readyReplicas", 0)
        jobs = cluster.send("GET", root(JOBS, namespace))[1]["items"]
        ended = {
            job["metadata"]["name"]
            for job in jobs
            for condition in job.get("status", {}).get("conditions", [])
            if condition["type"] in ("Complete", "Failed")
        }
        if ready == 2 and {"done", "failed", "late"} <= ended:
            return
        time.sleep(0.5)
    raise SystemExit("the cluster did not settle")


def table_of(cluster: Cluster, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The time of the answer, and each row with its object."""
    headers = {"Accept": TABLE, "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body)
    answer = cluster.client.request(method, path, content=content, headers=headers)
    table = answer.json()
    assert table["kind"] == "Table", table
    now = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    kept = [{"cells": row["cells"], "object": without_noise(row["object"])} for row in table["rows"] or ()]
    return {"now": now, "rows": kept}


def rows(cluster: Cluster, resource: Resource, namespace: str, custom: list[Any]) -> dict[str, Any]:
    """The table of a kind. MetalLB's objects are only tried, for what they would do to the cluster."""
    if resource in CUSTOM:
        path = f"{root(resource, METALLB)}?dryRun=All&includeObject=Object"
        tables = [table_of(cluster, "POST", path, one) for one in custom if one["kind"] == resource.kind]
        return {"now": tables[-1]["now"], "rows": [row for table in tables for row in table["rows"]]}
    table = table_of(cluster, "GET", f"{root(resource, namespace)}?includeObject=Object")
    if resource is CUSTOM_RESOURCE_DEFINITIONS:
        table["rows"] = [row for row in table["rows"] if row["cells"][0].endswith("metallb.io")][:2]
    if resource is IP_ADDRESSES:
        shown = ("/kubernetes", f"/{namespace}/web")
        table["rows"] = [row for row in table["rows"] if row["cells"][1].endswith(shown)]
    return table


def without_noise(object: dict[str, Any]) -> dict[str, Any]:
    """Without what no table shows."""
    for key in ("managedFields", "annotations", "uid"):
        object["metadata"].pop(key, None)
    if object["kind"] == "CustomResourceDefinition":
        object.pop("spec")
    return object


def main(kubeconfig: str) -> None:
    """Record everything."""
    cluster = Cluster(Path(kubeconfig))
    namespace = f"tables-{uuid.uuid4().hex[:6]}"
    manifests = yaml.safe_load((HERE / "manifests.yaml").read_text(encoding="utf-8").replace("IMAGE", AGNHOST))
    custom = [manifest for manifest in manifests if BY_KIND[manifest["kind"]] in CUSTOM]
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    assert cluster.send("POST", "/api/v1/namespaces", space)[0] == 201
    try:
        for manifest in manifests:
            if manifest in custom:
                continue
            code, answer, _ = cluster.send("POST", root(BY_KIND[manifest["kind"]], namespace), manifest)
            assert code == 201, answer
        await_settled(cluster, namespace)
        tables = {resource.qualified: rows(cluster, resource, namespace, custom) for resource in KINDS}
    finally:
        cluster.send("DELETE", f"/api/v1/namespaces/{namespace}")
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    found = json.dumps({"kubernetes": version, "tables": tables}, indent=1, sort_keys=True).replace(namespace, "tables")
    (HERE / "recorded.json").write_text(found + "\n", encoding="utf-8")
    print({name: len(table["rows"]) for name, table in tables.items()})


if __name__ == "__main__":
    main(sys.argv[1])
