"""Plays Pods whose command is a shell or a client, with kubectl, and notes what a learner sees of each.

`python -m tests.conformance.runs.play KUBECONFIG` records a kind cluster in recorded.json.
"""

import json
import os
import re
import select
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
RECORDED = HERE / "recorded.json"
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
NAMESPACE = "runs"
PATIENCE = 60
"""Seconds anything may take."""


def cases() -> dict[str, Any]:
    """What is played: `pods` and `jobs` by manifest, `runs` by `kubectl run`."""
    found: dict[str, Any] = yaml.safe_load((HERE / "cases.yaml").read_text())
    return found


def play(kubeconfig: str, namespace: str = NAMESPACE, seconds: float | None = None) -> dict[str, Any]:
    """Play all cases in a Namespace of their own; what was seen, by case. `seconds` instead of those of the cases."""
    cluster = _Cluster(kubeconfig, namespace)
    cluster.kubectl("create", "namespace", namespace, plain=True)
    try:
        cluster.apply(_servers())
        cluster.wait("pod/web", "condition=Ready")
        cluster.until(lambda: any(one["endpoints"] for one in cluster.get("endpointslices")["items"]))
        time.sleep(2)  # kube-proxy writes its rules; nothing in the API says when it has
        given = cases()
        given["seconds"] = seconds or given["seconds"]
        seen = _played(cluster, given)
        with ThreadPoolExecutor(4) as several:
            done = several.map(lambda item: _run(cluster, *item), given["runs"].items())
            seen |= {f"run {name}": one for name, one in zip(given["runs"], done, strict=True)}
        return seen
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false", plain=True)


class _Cluster:
    def __init__(self, kubeconfig: str, namespace: str) -> None:
        self.environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": kubeconfig}
        self.namespace = namespace

    def kubectl(self, *words: str, stdin: str = "", plain: bool = False) -> "subprocess.CompletedProcess[str]":
        place = [] if plain else ["-n", self.namespace]
        return subprocess.run(
            ["kubectl", *place, *words],
            input=stdin, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def apply(self, objects: list[dict[str, Any]]) -> None:
        said = self.kubectl(
            "create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )
        assert said.returncode == 0, said.stderr

    def get(self, *what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", *what, "-o", "json").stdout)
        return found

    def wait(self, what: str, condition: str) -> None:
        self.kubectl("wait", what, f"--for={condition}", f"--timeout={PATIENCE - 5}s")

    def until(self, is_so: Any) -> None:
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "this never became so"
            time.sleep(0.5)


def _servers() -> list[dict[str, Any]]:
    container = {"name": "web", "image": IMAGE, "args": ["netexec"], "readinessProbe": {"tcpSocket": {"port": 8080}}}
    ports = [{"port": 80, "targetPort": 8080}]
    return [
        {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"containers": [container]},
        },
        _service("web", {"selector": {"app": "web"}, "ports": ports}),
        _service("none", {"selector": {"app": "nobody"}, "ports": ports}),
    ]  # fmt: skip


def _service(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def _played(cluster: _Cluster, given: dict[str, Any]) -> dict[str, Any]:
    pods = {f"p-{number}": case for number, case in enumerate(given["pods"].values())}
    jobs = {f"j-{number}": case for number, case in enumerate(given["jobs"].values())}
    cluster.apply([_pod(name, case) for name, case in pods.items()] + [_job(name, case) for name, case in jobs.items()])
    time.sleep(given["seconds"])  # what is looked at is where they are after this time
    found = {one["metadata"]["name"]: one for one in cluster.get("pods")["items"]}
    seen = {
        f"pod {name}": _outcome(cluster, found[f"p-{number}"], case)
        for number, (name, case) in enumerate(given["pods"].items())
    }
    for number, name in enumerate(given["jobs"]):
        job = cluster.get("job", f"j-{number}")["status"]
        owned = [one for one in found.values() if one["metadata"].get("labels", {}).get("job-name") == f"j-{number}"]
        seen[f"job {name}"] = {
            "succeeded": job.get("succeeded", 0),
            "failed": job.get("failed", 0),
            "conditions": sorted(one["type"] for one in job.get("conditions", [])),
            "logs": sorted(cluster.kubectl("logs", one["metadata"]["name"]).stdout for one in owned),
        }
    return seen


def _container(case: dict[str, Any]) -> dict[str, Any]:
    fields = {name: case[name] for name in ("command", "args", "stdin", "stdinOnce", "tty") if name in case}
    return {"name": "c", "image": IMAGE, **fields}


def _pod(name: str, case: dict[str, Any]) -> dict[str, Any]:
    spec = {"restartPolicy": case.get("restartPolicy", "Never"), "containers": [_container(case)]}
    if "init" in case:
        spec["initContainers"] = [{"name": "i", "image": IMAGE, "command": case["init"]}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _job(name: str, case: dict[str, Any]) -> dict[str, Any]:
    template = {"spec": {"restartPolicy": "Never", "containers": [_container(case)]}}
    spec = {"template": template, "backoffLimit": 0, "completions": case.get("completions", 1)}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def _outcome(cluster: _Cluster, pod: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    status = pod["status"]["containerStatuses"][0]
    first = {}
    if "init" in case:
        state = pod["status"]["initContainerStatuses"][0]["state"]
        said = cluster.kubectl("logs", pod["metadata"]["name"], "-c", "i").stdout
        first = {"init": state.get("terminated", {}).get("exitCode", "waits"), "init log": _plain(said)}
        if case.get("restartPolicy", "Never") != "Never":
            del first["init"]
    kind, state = next(iter(status["state"].items()))
    log = cluster.kubectl("logs", pod["metadata"]["name"], "-c", status["name"])
    outcome = {
        "phase": pod["status"]["phase"],
        "state": kind,
        "reason": state.get("reason", ""),
        "exitCode": state.get("exitCode"),
        "log": _plain(log.stdout),
    }
    if case.get("restartPolicy", "Never") != "Never":
        outcome["restarts"] = min(status["restartCount"], 1)
        if outcome["restarts"]:  # whether it waits or has just ended depends on the moment of the look
            outcome = {name: outcome[name] for name in ("phase", "log", "restarts")}
    outcome |= first
    if case.get("ticks"):  # how far it has come depends on the moment of the look
        lines = outcome.pop("log").split("\n")
        outcome["log begins"] = lines[:3]
        outcome["goes on"] = len(lines) > 5
    return outcome


def _plain(text: str) -> str:
    text = re.sub(r"\b10\.\d+\.\d+\.\d+\b", "ADDRESS", text.replace("\r\n", "\n"))
    text = re.sub(r"after \d+ ms", "after N ms", text)
    text = re.sub(r"from \S+ namespace", "from NS namespace", text)
    text = re.sub(r"pod \S+/(\w+) terminated", r"pod NS/\1 terminated", text)
    text = re.sub(r"-n \S+", "-n NS", text)
    return re.sub(r"\(the embedded cluster's shell has no [^)]*\)\n", "", text)


def _run(cluster: _Cluster, name: str, case: dict[str, Any]) -> dict[str, Any]:
    words = ["kubectl", "-n", cluster.namespace, "run", case["name"], f"--image={IMAGE}", *case["words"]]
    if "typed" in case:
        text, code = _under_terminal(words, case["typed"], cluster.environment)
        return {"screen": _screen(text), "exit code": code}
    said = subprocess.run(
        words, input=case.get("stdin", ""), env=cluster.environment,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    seen: dict[str, Any] = {"stdout": _plain(said.stdout), "stderr": _said(said.stderr), "exit code": said.returncode}
    if "--rm" not in case["words"]:

        def ended() -> bool:
            return cluster.get("pod", case["name"])["status"]["phase"] in ("Succeeded", "Failed")

        cluster.until(ended)
        seen |= _outcome(cluster, cluster.get("pod", case["name"]), case)
    return seen


def _said(text: str) -> str:
    """Standard error without what hangs on how quick kubectl was to attach."""
    lines = [line for line in _plain(text).splitlines() if not line.startswith(CHANCE)]
    return "\n".join(lines)


CHANCE = ("All commands and output from this session", "If you don't see a command prompt", "warning: couldn't attach")


def _under_terminal(words: list[str], typed: list[list[str]], environment: dict[str, str]) -> tuple[str, int]:
    """Run under a terminal; for each pair wait until the screen ends with the first and type the second."""
    import pty  # not there on Windows

    pid, descriptor = pty.fork()
    if pid == 0:
        os.execvpe(words[0], words, {**environment, "TERM": "dumb"})
    text, end, rest = "", time.monotonic() + PATIENCE, list(typed)
    while time.monotonic() < end:
        if rest and text.endswith(rest[0][0]):
            os.write(descriptor, rest.pop(0)[1].encode())
        if not select.select([descriptor], [], [], 0.3)[0]:
            continue
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            piece = b""
        if not piece:
            break
        text += piece.decode()
        # Before each prompt the shell asks where the cursor is, and clears what is below.
        text = text.replace("\x1b[6n", "").replace("\x1b[J", "")  # the shell asks where the cursor is
    os.close(descriptor)
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _screen(text: str) -> list[str]:
    lines = [line.rstrip() for line in _plain(text).split("\n")]
    return [line for line in lines if line and not line.startswith(CHANCE)]


if __name__ == "__main__":
    recorded = play(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else NAMESPACE)
    RECORDED.write_text(json.dumps({"kubernetes": "v1.36.3", "agnhost": "2.63.0", "seen": recorded}, indent=1) + "\n")
