"""Record the scenes on a kind cluster of one's own, named `nodes`, with MetalLB: about 15 minutes.

    python -m tests.embedded.controllers.node_life.record KUBECONFIG

MetalLB's pool there must be 172.18.255.100-172.18.255.110. Stops and starts the container `nodes-worker`. What is kept
now was recorded by the same steps, written down less tidily.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from servicelab.cluster.docker import docker
from tests.conformance.life.clusters import RealCluster
from tests.conformance.life.player import Seen
from tests.embedded.controllers.node_life.keeping import Moment, keep
from tests.embedded.controllers.node_life.play import HERE, MERGE, PATHS
from tests.embedded.controllers.node_life.transcript import KINDS, NAMESPACE, NODE

Json = dict[str, Any]
GROUPS = {"apps": ("deployments", "replicasets", "statefulsets", "daemonsets"), "discovery.k8s.io": ("endpointslices",)}
LONGEST = 180.0


class Recording:
    """One sitting: everything its watches tell, with the time."""

    def __init__(self, kubeconfig: Path) -> None:
        self.cluster = RealCluster(kubeconfig)
        self.moments: list[Moment] = []
        self._polls: dict[str, Any] = {}

    def send(self, method: str, path: str, body: object = None) -> Json:
        """One request that must succeed."""
        code, answer = self.cluster.send(method, path, body, MERGE if method == "PATCH" else "application/json")
        assert code < 300, answer
        return answer

    def watch(self) -> None:
        """Begin to listen, with what is there already."""
        for plural, kind in KINDS.items():
            group = next((group for group, plurals in GROUPS.items() if plural in plurals), "")
            path = f"/apis/{group}/v1/{plural}" if group else f"/api/v1/{plural}"
            found = self.send("GET", path)
            for item in found["items"]:
                self._note(kind, "ADDED", {"kind": kind, **item})
            self._polls[kind] = self.cluster.watch(path, found["metadata"]["resourceVersion"])

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Listen for a while, or until something holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            for kind, poll in self._polls.items():
                for event in poll():
                    self._note(kind, event["type"], event["object"])
            time.sleep(0.05)

    def turn(self, way: str) -> None:
        """Stop or start the node's container; Docker takes about ten seconds to stop one."""
        docker(way, NODE, timeout=120).or_raise(f"the node could not be {way}ped")

    def pods(self) -> list[Json]:
        """The Pods there are."""
        found: list[Json] = self.send("GET", PATHS["Pod"].format(NAMESPACE))["items"]
        return found

    def are_ready(self) -> bool:
        """Whether all Pods are Ready."""
        return all(
            any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))
            for pod in self.pods()
        )

    def delete_some(self) -> None:
        """As `Stage` does it."""
        pods = PATHS["Pod"].format(NAMESPACE)
        there = [pod for pod in self.pods() if pod["spec"].get("nodeName") == NODE]
        of_all = next(pod for pod in there if pod["metadata"].get("labels", {}).get("app") == "everywhere")
        self.send("DELETE", f"{pods}/{of_all['metadata']['name']}")
        self.send("DELETE", f"{pods}/steadfast", {"gracePeriodSeconds": 0})
        self.send("PATCH", f"{PATHS['Deployment'].format(NAMESPACE)}/web", {"spec": {"replicas": 6}})

    def _note(self, kind: str, change: str, object: Json) -> None:
        about = object.get("involvedObject", object["metadata"])
        if object["metadata"].get("namespace") == NAMESPACE or about["name"] == NODE:
            self.moments.append((time.time(), Seen(kind, change, object)))


def main(kubeconfig: str) -> None:
    """Play the three scenes and keep what was seen."""
    recording = Recording(Path(kubeconfig))
    recording.send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    for manifest in yaml.safe_load_all((HERE / "manifests.yaml").read_text()):
        recording.send("POST", PATHS[manifest["kind"]].format(NAMESPACE), manifest)
    recording.watch()
    recording.wait(LONGEST, recording.are_ready)
    recording.wait(10)
    beginnings: dict[str, float] = {}
    for name, before, act, after in (
        ("a node is lost for seven minutes", 430.0, lambda: None, 80.0),
        ("a node is lost for a minute", 47.0, recording.delete_some, 55.0),
        ("a node is off for a moment", 12.0, lambda: None, 60.0),
    ):
        beginnings[name] = time.time()
        recording.turn("stop")
        recording.wait(before)
        act()
        recording.wait(47.0 if act == recording.delete_some else 0.0)
        recording.turn("start")
        recording.wait(LONGEST, recording.are_ready)
        recording.wait(after)
    version = recording.send("GET", "/version")["gitVersion"]
    keep({"kubernetes": version, "metallb": "v0.16.2"}, scenes(recording.moments, beginnings))
    print(json.dumps(beginnings))


def scenes(moments: list[Moment], beginnings: dict[str, float]) -> dict[str, tuple[list[Seen], list[Moment]]]:
    """Cut what was seen into scenes: what was there when each began, and what was told until the next."""
    zero = min(beginnings.values())
    found = {}
    for name, begin in beginnings.items():
        end = min((other for other in beginnings.values() if other > begin), default=float("inf"))
        present: dict[str, Seen] = {}
        for moment, one in moments:
            uid = one.object["metadata"]["uid"]
            if moment < begin and one.change == "DELETED":
                present.pop(uid, None)
            elif moment < begin and one.kind != "Event":
                present[uid] = Seen(one.kind, "ADDED", one.object)
        told = [(moment - zero, one) for moment, one in moments if begin <= moment < end]
        found[name] = (list(present.values()), told)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
