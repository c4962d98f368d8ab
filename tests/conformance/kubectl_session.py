"""Plays `kubectl/session.yaml` against a cluster and masks what differs from run to run.

Run as a program it records what a real cluster prints: `python -m tests.conformance.kubectl_session KUBECONFIG`.
"""

import json
import re
import shlex
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent / "kubectl"
RECORD = HERE / "recorded.json"
LONGEST_WAIT = 30.0

MASKS: tuple[tuple[str, str], ...] = (
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\b\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b[A-Z]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+", "TIME"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"\b(hello|extra|second)-[0-9a-z]{6,10}-[0-9a-z]{5}\b", r"\1-HASH-ID"),
    (r"\b(hello|extra|second)-[0-9a-f]{7,10}\b", r"\1-HASH"),
    (r"\b(hello|extra|second)-[0-9a-z]{5}\b", r"\1-ID"),
    (r"pod-template-hash=[0-9a-z]+", "pod-template-hash=HASH"),
    (r"\b(10|172)\.\d+\.\d+\.\d+\b", "ADDRESS"),
    (r"(ADDRESS)(:\d+)?(,ADDRESS(?::\d+)?)+", r"\1\2,…"),
    (r"\b[a-z0-9][a-z0-9-]*-(control-plane|worker2?)\b", "NODE"),
    (r"\b(\d+d)?(\d+h)?(\d+m)?\d+m?s\b", "AGE"),
    (r"\b\d+d(\d+h)?\b|\b\d+m\b", "AGE"),
    (r"curl: \(28\) .*", "curl: (28) timed out"),
    (r"\bafter \d+ ms\b", "after N ms"),
    (r":3\d{4}/", ":NODEPORT/"),
    (r'"(buildDate|gitCommit|goVersion|platform|compiler)": "[^"]*"', r'"\1": "…"'),
    (r"(?m)^Waiting for .*\n", ""),
    (r"(?s)\nDESCRIPTION:.*", "\nDESCRIPTION: …"),
    (r"GET /(healthz|hostname)", "GET /PATH"),
    (r"[ \t]+", " "),
)
"""What differs between two runs of the same session on the same cluster; column widths go with the spaces."""


@dataclass(frozen=True)
class Printed:
    """What one command printed, masked."""

    run: str
    exit_code: int
    stdout: str
    stderr: str


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def steps() -> list[dict[str, str]]:
    """The session's lines."""
    loaded: list[dict[str, str]] = yaml.safe_load((HERE / "session.yaml").read_text())
    return loaded


def play(kubectl: str, kubeconfig: Path) -> list[Printed]:
    """Run the whole session; takes about a minute on kind."""
    return [_play_one(kubectl, kubeconfig, step) for step in steps()]


def _play_one(kubectl: str, kubeconfig: Path, step: dict[str, str]) -> Printed:
    command = [kubectl, "--kubeconfig", str(kubeconfig), *shlex.split(step["run"])]
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
        if "until" not in step or step["until"] in done.stdout + done.stderr or time.monotonic() > deadline:
            return Printed(step["run"], done.returncode, masked(done.stdout), masked(done.stderr))
        time.sleep(0.2)  # between two looks at a condition, never instead of one


def main() -> None:
    """Record what the cluster of the given kubeconfig prints."""
    kubeconfig, kubectl = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "kubectl"
    version = subprocess.run(
        [kubectl, "--kubeconfig", str(kubeconfig), "version", "-o", "json"], capture_output=True, text=True, check=True
    )
    versions = json.loads(version.stdout)
    record = {
        "kubernetes": versions["serverVersion"]["gitVersion"],
        "kubectl": versions["clientVersion"]["gitVersion"],
        "steps": [asdict(printed) for printed in play(kubectl, kubeconfig)],
    }
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"recorded {len(record['steps'])} steps in {RECORD.name}")


if __name__ == "__main__":
    main()
