"""Plays the request sequences of `cases.yaml` against an API server and keeps what must be equal everywhere.

Run as a program it records what a real cluster says (about three minutes, in a Namespace that it makes and deletes):

    python -m tests.embedded.api.field_ownership.recording KUBECONFIG
"""

import json
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.support.api_client import Send, api_client, sender

HERE = Path(__file__).parent
RECORD = HERE / "recorded.json"
NAMESPACE = "field-ownership"
PLAYED_AT_ONCE = 12
PATCHES = {
    "APPLY": "application/apply-patch+yaml",
    "MERGE": "application/merge-patch+json",
    "STRATEGIC": "application/strategic-merge-patch+json",
    "JSON": "application/json-patch+json",
}
KINDS = {
    "services": ("v1", "Service"),
    "configmaps": ("v1", "ConfigMap"),
    "pods": ("v1", "Pod"),
    "endpoints": ("v1", "Endpoints"),
    "serviceaccounts": ("v1", "ServiceAccount"),
    "deployments": ("apps/v1", "Deployment"),
    "replicasets": ("apps/v1", "ReplicaSet"),
    "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice"),
    "secrets": ("v1", "Secret"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "daemonsets": ("apps/v1", "DaemonSet"),
    "jobs": ("batch/v1", "Job"),
    "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy"),
    "poddisruptionbudgets": ("policy/v1", "PodDisruptionBudget"),
    "leases": ("coordination.k8s.io/v1", "Lease"),
    "scale": ("autoscaling/v1", "Scale"),
}
AGENT = "recorder/1.0 (test)"
MASKED = {"uid": "UID", "resourceVersion": "VERSION", "clusterIP": "IP", "clusterIPs": "IPS", "healthCheckNodePort": 1}
"""Fields whose values every cluster chooses for itself."""
STATUS_TEXTS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"kube-api-access-[a-z0-9]{5}", "kube-api-access-MASK"),
    (r'("(?:current|update)Revision": ?"[a-z0-9-]+-)[a-z0-9]+', r"\1HASH"),
    (r'(ReplicaSet \\"[a-z0-9-]+-)[a-z0-9]+', r"\1HASH"),
)
"""Method, path, body, headers -> status code, body."""
NextMoment = Callable[[], float]
"""Waits (or moves the clock) until a new second has begun and all controllers are done; that second since 1970."""


def cases() -> dict[str, list[list[Any]]]:
    """All sequences, by what they are about."""
    loaded: dict[str, list[list[Any]]] = yaml.safe_load((HERE / "cases.yaml").read_text())["cases"]
    return loaded


def object_name(case: str) -> str:
    """The name all objects of a sequence have."""
    return "x-" + re.sub(r"[^a-z0-9]+", "-", case.lower())[:50].strip("-")


def play(case: str, send: Send, next_moment: NextMoment) -> list[dict[str, Any]]:
    """Send the requests of one sequence; what was said, times replaced by the number of the step they are from."""
    name, moments, said = object_name(case), [], []
    for method, path, *rest in cases()[case]:
        moments.append(next_moment())
        path = path.replace("NAME", name)
        headers = {"Content-Type": PATCHES.get(method, "application/json"), "User-Agent": AGENT}
        if len(rest) > 1:
            headers["User-Agent"] = rest[1]["agent"]
        code, answer = send(
            "PATCH" if method in PATCHES else method, url_of(path), _body(method, path, name, rest), headers
        )
        text = answer.decode()
        for pattern, mask in STATUS_TEXTS:
            text = re.sub(pattern, mask, text)
        decoded = json.loads(text)
        decoded.pop("metadata") if decoded["kind"] == "Status" else _mask(decoded, moments)
        said.append({"request": f"{method} {path}", "code": code, "answer": decoded})
    return said


def url_of(path: str) -> str:
    """The whole path of what a step names below the namespace."""
    if path.startswith("/"):
        return path
    api_version = KINDS[re.split(r"[/?]", path)[0]][0]
    prefix = "apis" if "/" in api_version else "api"
    return f"/{prefix}/{api_version}/namespaces/{NAMESPACE}/{path}"


def _body(method: str, path: str, name: str, rest: list[Any]) -> bytes:
    if not rest or rest[0] is None:
        return b""
    body = rest[0]
    if isinstance(body, str):
        return body.replace("NAME", name).encode()
    if method in ("POST", "PUT", "APPLY"):
        words = re.split(r"[/?]", path)
        api_version, kind = KINDS["scale" if "scale" in words else next(word for word in words if word in KINDS)]
        metadata = dict(body.get("metadata") or {})
        if "generateName" not in metadata:
            metadata.setdefault("name", name)
        body = {"apiVersion": api_version, "kind": kind, **body, "metadata": metadata}
    return json.dumps(body).replace("NAME", name).encode()


def _mask(answer: dict[str, Any], moments: list[float]) -> None:
    """Replace in place what differs from run to run."""

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in MASKED and item != "None":
                    value[key] = MASKED[key]
                elif isinstance(item, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item):
                    value[key] = _step_of(item, moments)
                elif key != "fieldsV1":
                    walk(item)

    walk(answer)
    for port in (answer.get("spec") or {}).get("ports", []):
        if "nodePort" in port:
            port["nodePort"] = 1
    if answer["metadata"].get("generateName"):
        answer["metadata"]["name"] = answer["metadata"]["generateName"] + "MASK"
    if "managedFields" in answer["metadata"]:
        answer["metadata"]["managedFields"].sort(key=_place)


def _place(entry: dict[str, Any]) -> tuple[str, ...]:
    """Where an entry stands if all writes of one step are done in the same second."""
    return tuple(entry.get(key, "") for key in ("operation", "time", "manager", "apiVersion", "subresource"))


def _step_of(text: str, moments: list[float]) -> str:
    second = datetime.fromisoformat(text).timestamp()
    steps = [index for index, moment in enumerate(moments) if moment <= second]
    return f"step {steps[-1]}" if steps else text


def record(kubeconfig: Path) -> dict[str, Any]:
    """What the cluster of the kubeconfig says to all sequences."""
    send = sender(api_client(kubeconfig))

    def next_moment() -> float:
        """Controllers of a cluster that is not overloaded are done well within three seconds."""
        second = int(time.time() + 3) + 1
        while time.time() < second:
            time.sleep(second - time.time())
        return second

    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    headers = {"Content-Type": "application/json"}
    code, answer = send("POST", "/api/v1/namespaces", json.dumps(namespace).encode(), headers)
    assert code == 201, answer
    try:
        next_moment()
        with ThreadPoolExecutor(PLAYED_AT_ONCE) as pool:
            played = dict(zip(cases(), pool.map(lambda case: play(case, send, next_moment), cases()), strict=True))
    finally:
        send("DELETE", f"/api/v1/namespaces/{NAMESPACE}", b"", headers)
    version = json.loads(send("GET", "/version", b"", {})[1])["gitVersion"]
    return {"kubernetes": version, "cases": played}


def _written(recorded: dict[str, Any]) -> str:
    """JSON with one line for each answer."""
    sequences = []
    for case, steps in recorded["cases"].items():
        lines = ",\n".join(f"   {json.dumps(step, ensure_ascii=False, sort_keys=True)}" for step in steps)
        sequences.append(f"  {json.dumps(case)}: [\n{lines}\n  ]")
    version = json.dumps(recorded["kubernetes"])
    return '{"kubernetes": ' + version + ', "cases": {\n' + ",\n".join(sequences) + "\n}}\n"


def main() -> None:
    """Record the cluster of the given kubeconfig."""
    recorded = record(Path(sys.argv[1]))
    RECORD.write_text(_written(recorded))
    print(f"recorded {len(recorded['cases'])} sequences, {sum(map(len, recorded['cases'].values()))} requests")


if __name__ == "__main__":
    main()
