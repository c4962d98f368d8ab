"""Requests through `kubectl port-forward`: it listens on the recorder's own loopback address."""

import subprocess
from collections.abc import Callable

TRIES = 3
LIMIT = 5
"""Seconds after which a forwarded request counts as not answered."""

Requests = list[tuple[str, str, str]]


def ask_by_port_forward(space: str, what: str, port: int, read: Callable[[str], Requests]) -> Requests:
    """Ask `/hostname` and `/clientip` through a forward to `pod/NAME` or `svc/NAME`."""
    words = ["kubectl", "port-forward", "-n", space, what, f":{port}", "--address=127.0.0.1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout is not None
            first = forward.stdout.readline()
            if not first:
                # kubectl finds no Pod or no such port and ends: nothing listens on this machine.
                return [("refused", "", "")]
            local = first.split("->")[0].strip().rpartition(":")[2]
            url = f"http://127.0.0.1:{local}"
            found: Requests = []
            for _ in range(TRIES):
                curl = [
                    "curl",
                    "-sS",
                    "--fail-early",
                    "-m",
                    str(LIMIT),
                    "-w",
                    "\\n",
                    f"{url}/hostname",
                    f"{url}/clientip",
                ]
                done = subprocess.run(curl, capture_output=True, text=True, check=False, timeout=30)
                found += read(done.stdout + done.stderr)
                if found[-1][0] != "answered":
                    # kubectl ends with the first connection that it cannot make.
                    break
            return found
        finally:
            forward.terminate()
