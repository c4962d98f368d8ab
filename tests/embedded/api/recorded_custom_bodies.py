"""How bodies of custom objects are read: python -m tests.embedded.api.recorded_custom_bodies KUBECONFIG."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent / "recorded_custom_bodies.json"
POOLS = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools?dryRun=All"
STRICT = "&fieldValidation=Strict"
HEAD = '"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":{"name":"bodies"}'
SPEC = '"spec":{"addresses":["198.51.100.96/28"]}'
BODIES: dict[str, tuple[str, str]] = {
    "plain": ("", f"{{{HEAD},{SPEC}}}"),
    "repeated and unknown, strict": (
        STRICT,
        f'{{{HEAD},"spec":{{"addresses":[],"addresses":["198.51.100.96/28"],"x":1,'
        '"serviceAllocation":{"b":1,"a":2,"priority":1,"priority":2}},"size":1}',
    ),
    "repeated and unknown": ("", f'{{{HEAD},"spec":{{"addresses":[],"addresses":["198.51.100.96/28"],"x":1}}}}'),
    "unknown in metadata, strict": (
        STRICT,
        f'{{"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":{{"name":"bodies","x":1}},{SPEC}}}',
    ),
    "spec as text": ("", f'{{{HEAD},"spec":"x"}}'),
    "spec as list": ("", f'{{{HEAD},"spec":[]}}'),
    "metadata as text": ("", f'{{"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":"q",{SPEC}}}'),
    "no metadata": ("", f'{{"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool",{SPEC}}}'),
    "no apiVersion": ("", f'{{"kind":"IPAddressPool","metadata":{{"name":"bodies"}},{SPEC}}}'),
    "no kind": ("", f'{{"apiVersion":"metallb.io/v1beta1","metadata":{{"name":"bodies"}},{SPEC}}}'),
    "neither": ("", f'{{"metadata":{{"name":"bodies"}},{SPEC}}}'),
    "another kind": ("", '{"apiVersion":"metallb.io/v1beta1","kind":"L2Advertisement","metadata":{"name":"bodies"}}'),
    "an unknown kind": ("", '{"apiVersion":"metallb.io/v1beta1","kind":"Pool","metadata":{"name":"bodies"}}'),
    "another version": ("", '{"apiVersion":"metallb.io/v1","kind":"IPAddressPool","metadata":{"name":"bodies"}}'),
    "another group": ("", '{"apiVersion":"v1","kind":"Service","metadata":{"name":"bodies"}}'),
    "a list": ("", "[]"),
    "half a body": ("", "{"),
    "nothing": ("", ""),
}
Send = Callable[[str, bytes], tuple[int, Any, list[str]]]


def ask(send: Send) -> dict[str, Any]:
    """By body: code, what is said of it or stored, and warnings."""
    found = {}
    for name, (query, body) in BODIES.items():
        code, answer, warnings = send(POOLS + query, body.encode())
        said = {key: answer[key] for key in ("reason", "message", "details", "spec") if key in answer}
        found[name] = {"code": code, "answer": said, "warnings": warnings}
    return found


def main(kubeconfig: str) -> None:
    """Record kind."""
    from tests.embedded.admission.record import Cluster, warnings_in

    cluster = Cluster(Path(kubeconfig))

    def send(path: str, body: bytes) -> tuple[int, Any, list[str]]:
        answer = cluster.client.post(path, content=body, headers={"Content-Type": "application/json"})
        return answer.status_code, answer.json(), warnings_in(answer.headers.get_list("Warning"))

    answers = ask(send)
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    text = json.dumps({"kubernetes": version, "answers": answers}, indent=1, sort_keys=True)
    RECORD.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
