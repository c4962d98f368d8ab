"""Records what a real cluster answers to the admission cases: python -m tests.embedded.admission.record KUBECONFIG.

Makes a Namespace of its own, applies each case (creates as dry runs where nothing has to stand there first), writes
cases/*.json, and removes the Namespace.
"""

import base64
import json
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import yaml

from tests.embedded.admission.recording import FOLDER, NAMESPACE, THEMES, Case, cases, comparable, without_difference

PLURALS = {
    "Service": "services",
    "Pod": "pods",
    "ConfigMap": "configmaps",
    "Namespace": "namespaces",
    "ServiceAccount": "serviceaccounts",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "EndpointSlice": "endpointslices",
    "Endpoints": "endpoints",
}


class Cluster:
    """A few requests against an API server, with the client certificate of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.server = cluster["server"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            for key in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(user[key]))
            file.flush()
            self.context.load_cert_chain(file.name)

    def send(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, Any, list[str]]:
        """Code, answer and warnings."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context) as answer:
                return answer.status, json.load(answer), _warnings(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), _warnings(error.headers)


def _warnings(headers: Any) -> list[str]:
    found = headers.get_all("Warning") or []
    return [json.loads(warning.split(" ", 2)[2]) for warning in found]


def path_of(manifest: dict[str, Any], namespace: str, named: bool) -> str:
    """Where a manifest's object or collection is."""
    version, plural = manifest["apiVersion"], PLURALS[manifest["kind"]]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    middle = "" if manifest["kind"] == "Namespace" else f"/namespaces/{namespace}"
    return f"{root}{middle}/{plural}" + (f"/{manifest['metadata']['name']}" if named else "")


def record(cluster: Cluster, case: Case, namespace: str) -> dict[str, Any]:
    """Apply one case and tidy up after it."""

    def here(manifest: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(manifest).replace(f'"{NAMESPACE}"', f'"{namespace}"'))
        return found

    for manifest in case.before:
        code, answer, _ = cluster.send("POST", path_of(manifest, namespace, False), here(manifest))
        assert code == 201, answer
    if case.create is not None:
        # A dry run does not look whether addresses and node ports are free, so Services are really made.
        is_service = case.create["kind"] == "Service"
        path = path_of(case.create, namespace, False) + ("" if is_service else "?dryRun=All")
        code, answer, warnings = cluster.send("POST", path, here(case.create))
        if is_service and code == 201:
            cluster.send("DELETE", path_of(case.create, namespace, True))
    elif case.put is not None:
        code, answer, warnings = cluster.send("PUT", path_of(case.put, namespace, True), here(case.put))
    else:
        path = path_of(case.before[-1], namespace, True)
        code, answer, warnings = cluster.send("PATCH", path, case.patch, "application/merge-patch+json")
    for manifest in case.before:
        path = path_of(manifest, namespace, True)
        cluster.send("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
        while cluster.send("GET", path)[0] != 404:
            time.sleep(0.05)
    text = json.dumps(answer).replace(namespace, NAMESPACE)
    if code < 400:
        return {"code": code, "object": comparable(case, json.loads(text)), "warnings": warnings}
    status = {key: value for key, value in json.loads(text).items() if key in ("message", "reason", "details")}
    for said in (status, *status.get("details", {}).get("causes", [])):
        said["message"] = without_difference(said["message"])
    return {"code": code, "status": status, "warnings": warnings}


def record_all(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """All cases, by theme and name, in a Namespace of their own."""
    namespace = f"cases-{uuid.uuid4().hex[:6]}"
    metadata = {"name": namespace}
    cluster.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    while cluster.send("GET", account)[0] == 404:
        time.sleep(0.05)
    try:
        return {theme: {case.name: record(cluster, case, namespace) for case in cases(theme)} for theme in THEMES}
    finally:
        cluster.send("DELETE", f"/api/v1/namespaces/{namespace}")


def main(kubeconfig: str) -> None:
    """Record everything."""
    cluster = Cluster(Path(kubeconfig))
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    for theme, found in record_all(cluster).items():
        text = json.dumps({"kubernetes": version, "cases": found}, indent=1, sort_keys=True, ensure_ascii=False)
        (FOLDER / f"{theme}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{theme}: {len(found)} cases from {version}")


if __name__ == "__main__":
    main(sys.argv[1])
