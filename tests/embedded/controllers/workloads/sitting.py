"""Plays `sitting.yaml` with kubectl: python -m tests.embedded.controllers.workloads.sitting KUBECONFIG records it."""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST
from tests.conformance.kubectl_session import masked

FOLDER = Path(__file__).parent
RECORD = FOLDER / "sitting.json"
LONGEST_WAIT = 120.0
Step = dict[str, Any]
MASKS = (
    (r"(controller-revision-hash=)\S+", r"\1HASH"),
    (r"(controller-uid[=:] ?)\S+", r"\1UID"),
    (r"(?m)^(Start Time|Completed At|Duration|CreationTimestamp):.*", r"\1: TIME"),
    (r"\b[a-z0-9-]+\.workloads\.svc", "NAME.workloads.svc"),
    (r"(?m)^(node|NODE)\S*/?(\S*) (Ready\S*) .*", r"NODE \3"),
)


def steps() -> list[Step]:
    """The sitting's lines."""
    loaded: list[Step] = yaml.safe_load((FOLDER / "sitting.yaml").read_text().replace("IMAGE", AGNHOST))
    return loaded


def play(kubectl: str, kubeconfig: Path) -> list[dict[str, Any]]:
    """Run the whole sitting; takes about three minutes on kind."""
    nodes = _run(kubectl, kubeconfig, {"run": "get nodes -o name"}).stdout
    worker = re.search(r"node/(\S+-worker)\b", nodes)
    assert worker is not None, nodes
    found = []
    for step in steps():
        here = {
            key: value.replace("WORKER", worker[1]) if isinstance(value, str) else value for key, value in step.items()
        }
        deadline = time.monotonic() + LONGEST_WAIT
        done = _run(kubectl, kubeconfig, here)
        while "until" in step and step["until"] not in done.stdout and time.monotonic() < deadline:
            time.sleep(0.2)  # between two looks at a condition, never instead of one
            done = _run(kubectl, kubeconfig, here)
        found.append({
            "run": step["run"], "exit_code": done.returncode,
            "stdout": _masked(done.stdout, step), "stderr": _masked(done.stderr, step),
        })  # fmt: skip
    return found


def _run(kubectl: str, kubeconfig: Path, step: Step) -> "subprocess.CompletedProcess[str]":
    command = [kubectl, "--kubeconfig", str(kubeconfig), *shlex.split(step["run"])]
    return subprocess.run(
        command, input=step.get("stdin", ""), capture_output=True, text=True, timeout=300, check=False
    )


def _masked(text: str, step: Step) -> str:
    text = masked(text)
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    if step.get("last"):
        text = "\n".join(text.splitlines()[-1:])
    if step.get("sort"):
        text = "\n".join(sorted(set(text.splitlines())))
    return text.rstrip("\n")


def main() -> None:
    """Record what the cluster of the given kubeconfig prints."""
    kubeconfig = Path(sys.argv[1])
    versions = json.loads(_run("kubectl", kubeconfig, {"run": "version -o json"}).stdout)
    record = {
        "kubernetes": versions["serverVersion"]["gitVersion"],
        "kubectl": versions["clientVersion"]["gitVersion"],
        "steps": play("kubectl", kubeconfig),
    }
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
