"""Plays `requests.yaml` against an API server and keeps of each answer what must be equal everywhere.

Run as a program it records what a real cluster says: `python -m tests.embedded.api.recorded_requests KUBECONFIG`.
"""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
RECORD = HERE / "recorded.json"
PATCH_TYPE = "application/{}-patch+json"
MASKS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"(in record \()\d+\)", r"\1VERSION)"),
)
Send = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]
"""Method, path, body, headers -> status code, body."""


def requests() -> list[dict[str, Any]]:
    """All requests, in order; each one may depend on what those before it left."""
    loaded: list[dict[str, Any]] = yaml.safe_load((HERE / "requests.yaml").read_text())
    return loaded


def play(send: Send) -> list[dict[str, Any]]:
    """Send all; what was said."""
    return [_said(request, send) for request in requests()]


def _said(request: dict[str, Any], send: Send) -> dict[str, Any]:
    body = request["text"].encode() if "text" in request else b""
    if "body" in request:
        body = json.dumps(request["body"]).encode()
    kind = request.get("type", "application/json")
    headers = {"Content-Type": kind if "/" in kind else PATCH_TYPE.format(kind)} if request["method"] != "GET" else {}
    code, answer = send(request["method"], request["path"], body, headers)
    said: dict[str, Any] = {"request": f"{request['method']} {request['path']}", "code": code}
    try:
        decoded = json.loads(answer)
    except ValueError:
        return said | {"text": answer.decode(errors="replace")}
    said["kind"] = decoded.get("kind")
    if said["kind"] == "Status":
        text = json.dumps({key: decoded.get(key) for key in ("status", "reason", "message", "details")})
        for pattern, replacement in MASKS:
            text = re.sub(pattern, replacement, text)
        said |= json.loads(text)
    return said


def main() -> None:
    """Record the cluster of the given kubeconfig."""
    from tools.derive_api_facts import Cluster

    cluster = Cluster(Path(sys.argv[1]))

    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(cluster.server + path, method=method, data=body or None, headers=headers)
        try:
            with urllib.request.urlopen(request, context=cluster.tls, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    version = cluster.get("/version")["gitVersion"]
    record = {"kubernetes": version, "answers": play(send)}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"recorded {len(record['answers'])} answers")


if __name__ == "__main__":
    main()
