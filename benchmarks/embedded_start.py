"""How long the embedded cluster takes from the start of its process until it answers, DNS and system Services included.

    python benchmarks/embedded_start.py [--starts N] [--limit SECONDS]

Each start is timed twice: with an empty directory (certificates are made) and with the directory of the run before.
Prints medians; exit code 1 when one is over the limit.
"""

import argparse
import json
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PATIENCE = 20.0
LOOK_EVERY = 0.005


def start_seconds(state: Path) -> float:
    """Start the server, wait until kube-dns has ready endpoints, end it."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "servicelab.embedded.server", "--state", str(state)], stdout=subprocess.DEVNULL
    )
    try:
        while not _dns_is_ready(state):
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise SystemExit("the embedded cluster did not start")
            time.sleep(LOOK_EVERY)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _dns_is_ready(state: Path) -> bool:
    ready_file = state / "server.json"
    if not ready_file.exists():
        return False
    port = json.loads(ready_file.read_text())["port"]
    tls = ssl.create_default_context(cafile=str(state / "ca.crt"))
    token = (state / "token").read_text().strip()
    base = f"https://127.0.0.1:{port}"
    address = _get(f"{base}/api/v1/namespaces/kube-system/services/kube-dns", tls, token)["spec"]["clusterIP"]
    selector = "labelSelector=kubernetes.io/service-name%3Dkube-dns"
    slices = _get(f"{base}/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?{selector}", tls, token)
    ready = [end for one in slices["items"] for end in one["endpoints"] if end["conditions"]["ready"]]
    return address == "10.96.0.10" and bool(ready)


def _get(url: str, tls: ssl.SSLContext, token: str) -> dict:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, context=tls, timeout=5) as answer:
        return json.load(answer)


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--limit", type=float, default=1.0, help="seconds a median may take")
    arguments = parser.parse_args()
    first, again = [], []
    for _ in range(arguments.starts):
        with tempfile.TemporaryDirectory() as folder:
            first.append(start_seconds(Path(folder)))
            again.append(start_seconds(Path(folder)))
    medians = {"first start": statistics.median(first), "later start": statistics.median(again)}
    for name, seconds in medians.items():
        print(f"{name}: median {seconds:.3f} s of {arguments.starts}")
    if max(medians.values()) > arguments.limit:
        sys.exit(f"over the limit of {arguments.limit} s")


if __name__ == "__main__":
    main()
