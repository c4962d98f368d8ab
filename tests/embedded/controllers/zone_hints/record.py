"""Record on a kind cluster of one's own: `python -m tests.embedded.controllers.zone_hints.record KUBECONFIG NAME`.

Labels nodes (and removes the labels again), so never to be run on a cluster that others use.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.embedded.controllers.zone_hints.steps import NAMESPACE, STEPS, shown

HERE = Path(__file__).parent
SETTLED_AFTER = 3.0
"""Seconds without a change of any slice after which the controller is taken to have nothing to do."""


def main(kubeconfig: str, cluster_name: str) -> None:
    """Run all steps and write `recorded.json`."""

    def kubectl(*words: str, stdin: str = "") -> str:
        command = ["kubectl", "--kubeconfig", kubeconfig, *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True, timeout=120).stdout

    def slices() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(kubectl("get", "endpointslices", "-n", NAMESPACE, "-o", "json"))[
            "items"
        ]
        return found

    def settled() -> dict[str, dict[str, Any]]:
        before, since = slices(), time.monotonic()
        while time.monotonic() - since < SETTLED_AFTER:
            now = slices()
            if now != before:
                before, since = now, time.monotonic()
        return shown(before, cluster_name)

    manifests = yaml.safe_load_all(_manifests(cluster_name))
    services = [one["metadata"]["name"] for one in manifests if one["kind"] == "Service"]
    kubectl("create", "namespace", NAMESPACE)
    try:
        kubectl("apply", "-f", "-", stdin=_manifests(cluster_name))
        kubectl("wait", "-n", NAMESPACE, "--for=condition=Ready", "pod/a", "pod/b", "--timeout=90s")
        states = []
        for kind, name, change in STEPS:
            if kind == "label":
                body = json.dumps({"metadata": {"labels": change}})
                kubectl("patch", "node", name.replace("NODE", cluster_name), "--type=merge", "-p", body)
            elif kind == "patch":
                kubectl("patch", "service", "-n", NAMESPACE, name, "--type=merge", "-p", json.dumps({"spec": change}))
            else:
                body = json.dumps({"metadata": {"annotations": change}})
                for service in services:
                    kubectl("patch", "service", "-n", NAMESPACE, service, "--type=merge", "-p", body)
            states.append(settled())
        version = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
        text = json.dumps({"kubernetes": version, "states": states}, indent=1)
        (HERE / "recorded.json").write_text(text + "\n")
    finally:
        kubectl("delete", "namespace", NAMESPACE)


def _manifests(cluster_name: str) -> str:
    return (HERE / "manifests.yaml").read_text().replace("NODE", cluster_name)


if __name__ == "__main__":
    main(*sys.argv[1:])
