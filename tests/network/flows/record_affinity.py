"""Records how long `sessionAffinity: ClientIP` lasts, on kind: `python -m tests.network.flows.record_affinity`.

Needs KUBECONFIG of a kind cluster. Writes affinity_over_time.json: one client's requests, each with the seconds since
the one before and the Pod that answered.
"""

import argparse
from pathlib import Path

from tests.network.flows import record
from tests.network.flows.states import THREE, State, client, service

FILE = Path(__file__).parent / "affinity_over_time.json"
SECONDS = 4
BRIEFLY, SHORTER, LONGER = 0, 2, 6
WAITS = [BRIEFLY] * 5 + [SHORTER] * 6 + [LONGER] * 12
"""Six times two seconds are longer than the timeout: each request must begin it anew."""
STATE = State(
    "affinity-over-time",
    "a Service that remembers a client for four seconds",
    [
        *THREE,
        client("c1", 1),
        service(
            "web",
            "80:8080",
            sessionAffinity="ClientIP",
            sessionAffinityConfig={"clientIP": {"timeoutSeconds": SECONDS}},
        ),
    ],
    [],
)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    names = record.Names(STATE, "")
    try:
        record.build(STATE, names)
        waits = " ".join(map(str, WAITS))
        loop = f"for wait in {waits}; do sleep $wait; curl -sS -m 3 {names.fill('{svc:web}')}/hostname; echo; done"
        answered = record.command(*record.inside("pod/c1", names), "sh", "-c", loop).split()
        whole = {
            "about": STATE.about,
            "recorded_on": record.versions(),
            "objects": record.snapshot(names),
            "requests": [
                {"seconds": wait, "by": f"{names.space}/{pod}"} for wait, pod in zip(WAITS, answered, strict=True)
            ],
        }
        FILE.write_text(record.written(whole))
        print(answered)
    finally:
        record.kubectl("delete", "namespace", names.space, names.other, "--wait=false", check=False)


if __name__ == "__main__":
    main()
