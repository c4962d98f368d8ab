"""Plays `requests.yaml` against an API server and keeps of each answer what must be equal everywhere.

Run as a program it records what a real cluster says: `python -m tests.embedded.api.recorded_requests KUBECONFIG`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.support.api_client import Send, api_client, sender

HERE = Path(__file__).parent
RECORD = HERE / "recorded.json"
PATCH_TYPE = "application/{}-patch+json"
MASKS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"(in record \()\d+\)", r"\1VERSION)"),
)


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
    client = api_client(Path(sys.argv[1]))
    version = client.get("/version").json()["gitVersion"]
    record = {"kubernetes": version, "answers": play(sender(client))}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"recorded {len(record['answers'])} answers")


if __name__ == "__main__":
    main()
