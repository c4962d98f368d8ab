"""The scenes of node failure, played on an embedded cluster with simulated time."""

import json
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.core import Core, fresh_core
from servicelab.embedded.resources import PODS
from servicelab.embedded.store import Change
from tests.conformance.life.player import Seen
from tests.embedded.controllers.node_life.transcript import CLUSTER, KINDS, NAMESPACE, NODE, account

Json = dict[str, Any]
HERE = Path(__file__).parent
POOL = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools"
PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Service": "/api/v1/namespaces/{}/services",
}
MERGE = "application/merge-patch+json"


class Stage:
    """An embedded cluster with everything of manifests.yaml, and what its watches tell."""

    def __init__(self) -> None:
        self.core: Core = fresh_core(seed=1, cluster_name=CLUSTER)
        self.seen: list[tuple[float, Seen]] = []
        self.core.store.on_change(self._note)
        self.send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.send("PATCH", f"{POOL}/pool", {"spec": {"addresses": ["172.18.255.100-172.18.255.110"]}})
        for manifest in yaml.safe_load_all((HERE / "manifests.yaml").read_text()):
            self.send("POST", PATHS[manifest["kind"]].format(NAMESPACE), manifest)
        self.core.pass_time(60)
        self.stopped_at = self.core.clock.now()

    def send(self, method: str, path: str, body: object = None) -> Json:
        """One request that must succeed."""
        kind = MERGE if method == "PATCH" else "application/json"
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.core.handle(Request.of(method, path, content, {"Content-Type": kind}))
        assert isinstance(answer, Response)
        assert answer.status < 300, answer.body
        found: Json = answer.json()
        return found

    def turn(self, way: str, name: str = NODE) -> None:
        """Stop or start a node's machine."""
        self.send("POST", f"/lab/v1/nodes/{name}/{way}")

    def scene(self, *acts: Any) -> Json:
        """The account of what happens while `acts` (seconds to wait, or things to do) go by."""
        beginning = len(self.seen)
        for act in acts:
            if callable(act):
                act()
            else:
                self.core.pass_time(act)
        present: dict[str, Seen] = {}
        for _, one in self.seen[:beginning]:
            uid = one.object["metadata"]["uid"]
            if one.change == "DELETED":
                present.pop(uid, None)
            elif one.kind != "Event":
                present[uid] = Seen(one.kind, "ADDED", one.object)
        return account(present.values(), [one for _, one in self.seen[beginning:]])

    def all_scenes(self) -> dict[str, Json]:
        """The three scenes, with the pauses they had when they were recorded."""
        return {
            "a node is lost for seven minutes": self.scene(
                lambda: self.turn("stop"), 440.0, lambda: self.turn("start"), 80.0
            ),
            "a node is lost for a minute": self.scene(
                lambda: self.turn("stop"), 58.0, self._delete_some, 47.0, lambda: self.turn("start"), 55.0
            ),
            "a node is off for a moment": self.scene(lambda: self.turn("stop"), 24.0, lambda: self.turn("start"), 60.0),
        }

    def _delete_some(self) -> None:
        """One Pod of the lost node is deleted, another by force; then more of the Deployment's are wished."""
        pods = PATHS["Pod"].format(NAMESPACE)
        there = [pod for pod in self.core.store.objects(PODS, NAMESPACE) if pod["spec"].get("nodeName") == NODE]
        of_all = next(pod for pod in there if pod["metadata"].get("labels", {}).get("app") == "everywhere")
        self.send("DELETE", f"{pods}/{of_all['metadata']['name']}")
        self.send("DELETE", f"{pods}/steadfast", {"gracePeriodSeconds": 0})
        self.send("PATCH", f"{PATHS['Deployment'].format(NAMESPACE)}/web", {"spec": {"replicas": 6}})

    def _note(self, change: Change) -> None:
        if change.resource.kind in KINDS.values():
            object = {"kind": change.resource.kind, **change.object}
            self.seen.append((self.core.clock.now(), Seen(change.resource.kind, str(change.kind), object)))
