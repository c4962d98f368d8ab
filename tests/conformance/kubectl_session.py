"""Plays `kubectl/session.yaml` against a cluster and masks what differs from run to run.

Run as a program it records what a real cluster prints: `python -m tests.conformance.kubectl_session KUBECONFIG`.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "kubectl"
Step = dict[str, Any]
LONGEST_WAIT = 30.0

MASKS: tuple[tuple[str, str], ...] = (
    (r'resourceVersion("?): "\d+"', r'resourceVersion\1: "N"'),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "TIME"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}", "TIME"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC", "TIME"),
    (r"\b(LIVE|MERGED)-\d+", r"\1"),
    (r"\bkube-api-access-[0-9a-z]{5}\b", "kube-api-access-ID"),
    (r"\b(docker\.io/library/import-[\d-]+@)?(sha256:)?[0-9a-f]{64}\b", "DIGEST"),
    (r"(?m)^ *cni\.projectcalico\.org/podIP: .*\n", ""),
    (r"(?m)^(Annotations: +)cni\.projectcalico\.org/podIP: .*", r"\1<none>"),
    (r"(?m)^Forwarding from \[::1\]:.*\n", ""),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\b\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b[A-Z]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+", "TIME"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"\b(hello|extra|second)-[0-9a-z]{6,10}-[0-9a-z]{5}\b", r"\1-HASH-ID"),
    (r"\b(hello|extra|second)-[0-9a-f]{7,10}\b", r"\1-HASH"),
    (r"\b(hello|extra|second|once)-[0-9a-z]{5}\b", r"\1-ID"),
    (r"pod-template-hash=[0-9a-z]+", "pod-template-hash=HASH"),
    (r"\b(10|172)\.\d+\.\d+\.\d+\b", "ADDRESS"),
    (r"(ADDRESS)(:\d+)?(,ADDRESS(?::\d+)?)+", r"\1\2,…"),
    (r"\b[a-z0-9][a-z0-9-]*-(control-plane|worker2?)\b", "NODE"),
    (r"\b(\d+d)?(\d+h)?(\d+m)?\d+m?s\b", "AGE"),
    (r"\b\d+d(\d+h)?\b|\b\d+m\b", "AGE"),
    (r"curl: \(28\) .*", "curl: (28) timed out"),
    (r"\bafter \d+ ms\b", "after N ms"),
    (r"(https://127\.0\.0\.1):\d+", r"\1:PORT"),
    (r":3\d{4}/", ":NODEPORT/"),
    (r'"(buildDate|gitCommit|goVersion|platform|compiler)": "[^"]*"', r'"\1": "…"'),
    (r"(?m)^Waiting for .*\n", ""),
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


def record_of(version: str) -> Path:
    """Where what a kubectl of this version (`v1.36.3`) printed on kind is kept."""
    return HERE / f"recorded-{'.'.join(version.removeprefix('v').split('.')[:2])}.json"


def records() -> list[Path]:
    """What was recorded, one file for each kubectl."""
    return sorted(HERE.glob("recorded-*.json"))


def version_of(kubectl: str) -> str:
    """The release of a kubectl: `1.36`."""
    said = subprocess.run([kubectl, "version", "--client", "-o", "json"], capture_output=True, text=True, check=True)
    version = json.loads(said.stdout)["clientVersion"]["gitVersion"]
    return ".".join(version.removeprefix("v").split(".")[:2])


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    text = without_prose(text)
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n")


def without_prose(text: str) -> str:
    """What `kubectl explain` prints without the descriptions, which the embedded cluster does not have."""
    head, heading, rest = text.partition("\nDESCRIPTION:")
    kept = [line for line in rest.splitlines() if line.strip() and ("\t<" in line or not line.startswith("    "))]
    return "\n".join([head, heading.strip(), *kept]) if heading else text


def steps() -> list[Step]:
    """The session's lines."""
    loaded: list[Step] = yaml.safe_load((HERE / "session.yaml").read_text())
    return loaded


def play(kubectl: str, kubeconfig: Path) -> list[Printed]:
    """Run the whole session; takes about four minutes on kind."""
    return [_play_one(kubectl, kubeconfig, step) for step in steps()]


def _play_one(kubectl: str, kubeconfig: Path, step: Step) -> Printed:
    command = [kubectl, "--kubeconfig", str(kubeconfig), *shlex.split(step["run"])]
    environment = os.environ | step.get("env", {})
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        done = (
            subprocess.run(
                command,
                cwd=HERE,
                env=environment,
                input=step.get("stdin", ""),
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
            if "ask" not in step
            else _through_a_tunnel(command, step["ask"])
        )
        if "until" not in step or step["until"] in done.stdout + done.stderr or time.monotonic() > deadline:
            out, error = masked(done.stdout), masked(done.stderr)
            if step.get("sort"):
                out = "\n".join(sorted(out.splitlines()))
            for pattern, replacement in step.get("masks", {}).items():
                error = re.sub(pattern, replacement, error)
            return Printed(step["run"], done.returncode, out, error)
        time.sleep(0.2)  # between two looks at a condition, never instead of one


def _through_a_tunnel(command: list[str], path: str) -> subprocess.CompletedProcess[str]:
    """A port-forward or proxy that is asked once and then stopped. What came through it stands after its own words."""
    forward = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert forward.stdout is not None
    greeting = forward.stdout.readline()
    port = re.search(r"127\.0\.0\.1:(\d+)", greeting)
    came = "nothing"
    # kubectl proxy has no word of its own for Ctrl-C; a shell may have told it to ignore it.
    stop = signal.SIGINT if "port-forward" in command else signal.SIGTERM
    try:
        if port is not None:
            with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}{path}", timeout=10) as answer:
                came = answer.read().decode()
            forward.send_signal(stop)
    except urllib.error.HTTPError as refusal:
        came = f"{refusal.code} {refusal.reason}"
        forward.send_signal(stop)
    except OSError:
        pass  # the program did not answer: kubectl ends by itself and says why
    try:
        out, error = forward.communicate(timeout=30)
    finally:
        forward.kill()
    text = f"{greeting}{out}came: {came}\n"
    for number in [port[1]] if port else []:
        text, error = text.replace(number, "PORT"), error.replace(number, "PORT")
    return subprocess.CompletedProcess(command, forward.returncode, text, error)


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
    path = record_of(record["kubectl"])
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(f"recorded {len(record['steps'])} steps in {path.name}")


if __name__ == "__main__":
    main()
