"""Record the cases on a real cluster named `workshop`.

    python -m tests.embedded.controllers.metallb.record KUBECONFIG [CASE ...]

Makes pools whose names begin with `test-` in metallb-system, for its own Namespace alone, and removes them again.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.conformance.life.clusters import RealCluster
from tests.embedded.controllers.metallb.steps import EVENTS, NAMESPACE, PATHS, cases, pods, requests, shown

Json = dict[str, Any]
SETTLED_AFTER = 2.5
"""Seconds without a change after which MetalLB is taken to have nothing to do."""
MERGE = "application/merge-patch+json"


class Recorder:
    """One sitting on a real cluster."""

    def __init__(self, kubeconfig: str) -> None:
        self._cluster = RealCluster(Path(kubeconfig))

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        """One request."""
        kind = MERGE if method == "PATCH" else "application/json"
        return self._cluster.send(method, path, body, kind)

    def play(self, steps: list[Json]) -> list[Json]:
        """What is seen after each step of a case."""
        self.clear()
        self.begin()
        states = []
        for step in steps:
            codes = [self.send(*one)[0] for one in requests(step)]
            states.append({"code": codes[-1], **self.settled()})
        return states

    def begin(self) -> None:
        """A Namespace with its two Pods ready."""
        metadata = {"name": NAMESPACE}
        self.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        self._until(lambda: self.send("GET", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default")[0] == 200)
        for pod in pods():
            assert self.send("POST", PATHS["pod"], pod)[0] == 201
        self._until(lambda: self.state()[1] == ["Running", "Running"])

    def state(self) -> tuple[Json, list[str]]:
        """What is compared, and the phases of the Pods."""
        lists = [self.send("GET", path)[1]["items"] for path in (PATHS["service"], PATHS["pool"], EVENTS, PATHS["pod"])]
        return shown(*lists[:3]), [pod["status"]["phase"] for pod in lists[3]]

    def settled(self) -> Json:
        """The state once it has not changed for a while."""
        before, since = self.state()[0], time.monotonic()
        while time.monotonic() - since < SETTLED_AFTER:
            now = self.state()[0]
            if now != before:
                before, since = now, time.monotonic()
            time.sleep(0.2)
        return before

    def clear(self) -> None:
        """Remove what a case made."""
        self.send("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
        for kind in ("pool", "advertisement"):
            for one in self.send("GET", PATHS[kind])[1]["items"]:
                if one["metadata"]["name"].startswith("test-"):
                    self.send("DELETE", f"{PATHS[kind]}/{one['metadata']['name']}")
        self._until(lambda: self.send("GET", f"/api/v1/namespaces/{NAMESPACE}")[0] == 404)

    @staticmethod
    def _until(condition: Any) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.2)


def main(kubeconfig: str, *only: str) -> None:
    """Record all cases, or those named."""
    path = Path(__file__).parent / "recorded.json"
    recorder = Recorder(kubeconfig)
    kept = json.loads(path.read_text())["cases"] if path.exists() else {}
    versions = {"kubernetes": recorder.send("GET", "/version")[1]["gitVersion"], "metallb": "v0.16.2"}
    try:
        for name, steps in cases().items():
            if not only or name in only:
                kept[name] = recorder.play(steps)
                text = json.dumps({**versions, "cases": {one: kept[one] for one in cases() if one in kept}}, indent=1)
                path.write_text(text + "\n")
                print(name, flush=True)
    finally:
        recorder.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
