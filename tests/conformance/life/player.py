"""Plays a scenario in a fresh Namespace while everything in it is watched."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.life.clusters import Cluster, Poll
from tests.conformance.life.scenarios import Scenario

Json = dict[str, Any]
KINDS = {
    "Namespace": "/api/v1/namespaces",
    "ConfigMap": "/api/v1/configmaps",
    "Secret": "/api/v1/secrets",
    "Pod": "/api/v1/pods",
    "Service": "/api/v1/services",
    "Endpoints": "/api/v1/endpoints",
    "Event": "/api/v1/events",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices",
    "Deployment": "/apis/apps/v1/deployments",
    "ReplicaSet": "/apis/apps/v1/replicasets",
    "StatefulSet": "/apis/apps/v1/statefulsets",
    "DaemonSet": "/apis/apps/v1/daemonsets",
    "Job": "/apis/batch/v1/jobs",
    "PodDisruptionBudget": "/apis/policy/v1/poddisruptionbudgets",
}
PATCHES = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
LONGEST_WAIT = 400.0
"""Seconds of the cluster's clock after which an `until` has failed."""
LAST_EVENTS = 3.0
"""Seconds to listen after the last step: Events are written a little after what they tell of."""


class Failed(Exception):
    """A step could not be done, or what it waits for did not come about."""


@dataclass(frozen=True)
class Seen:
    """One change that a watch told of; `change` is ADDED, MODIFIED or DELETED."""

    kind: str
    change: str
    object: Json


@dataclass
class Player:
    """One run of one scenario. `seen` is what the watches told, in order."""

    cluster: Cluster
    namespace: str
    seen: list[Seen] = field(default_factory=list)
    _worker: str = ""
    _polls: dict[str, Poll] = field(default_factory=dict)
    _present: dict[tuple[str, str], Json] = field(default_factory=dict)

    def play(self, scenario: Scenario) -> list[Seen]:
        """Do all steps; the Namespace is deleted afterwards."""
        try:
            self._open()
            for number, step in enumerate(scenario.steps, 1):
                try:
                    self._do(step)
                except Failed as problem:
                    raise Failed(f"{scenario.name}, step {number}: {problem}") from None
            self._wait(LAST_EVENTS)
        finally:
            self.cluster.send("DELETE", f"{KINDS['Namespace']}/{self.namespace}")
            self.cluster.close()
        return self.seen

    def _open(self) -> None:
        _, nodes = self.cluster.send("GET", "/api/v1/nodes")
        names = [node["metadata"]["name"] for node in nodes["items"]]
        self._worker = min(name for name in names if name.endswith("-worker"))
        made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self._must("POST", KINDS["Namespace"], made)
        for needed in ("serviceaccounts/default", "configmaps/kube-root-ca.crt"):
            path = f"{KINDS['Namespace']}/{self.namespace}/{needed}"
            self._await(needed, lambda path=path: self.cluster.send("GET", path)[0] == 200)
        for kind in KINDS:
            code, found = self.cluster.send("GET", self._path(kind))
            if code == 404:
                continue  # a kind that this cluster does not have: a scenario that needs it fails at its create
            self._polls[kind] = self.cluster.watch(self._watched(kind), found["metadata"]["resourceVersion"])

    def _watched(self, kind: str) -> str:
        return KINDS[kind] if kind == "Namespace" else self._path(kind)

    def _path(self, kind: str, name: str = "", subresource: str = "") -> str:
        root, _, plural = KINDS[kind].rpartition("/")
        if kind == "Namespace":
            return f"{KINDS[kind]}/{self.namespace}"
        path = f"{root}/namespaces/{self.namespace}/{plural}"
        return "/".join(part for part in (path, name, subresource) if part)

    def _do(self, step: Json) -> None:
        for word, what in step.items():
            getattr(self, f"_step_{word}")(what)
        self._listen()

    def _step_create(self, manifests: list[Json]) -> None:
        for manifest in manifests:
            self._must("POST", self._path(manifest["kind"]), self._here(manifest))

    def _step_replace(self, manifest: Json) -> None:
        """A PUT over what stands there."""
        self._must("PUT", self._path(manifest["kind"], manifest["metadata"]["name"]), self._here(manifest))

    def _step_patch(self, what: Json) -> None:
        kind = PATCHES[what.get("type", "strategic")]
        for name in self._named(what):
            path = self._path(what["kind"], name, what.get("subresource", ""))
            self._must("PATCH", path, self._here(what["with"]), kind)

    def _step_scale(self, what: Json) -> None:
        path = self._path(what["kind"], what["name"], "scale")
        self._must("PATCH", path, {"spec": {"replicas": what["to"]}}, PATCHES["merge"])

    def _step_undo(self, what: Json) -> None:
        """What `kubectl rollout undo --to-revision` does: put a ReplicaSet's template into the Deployment."""
        mark = "deployment.kubernetes.io/revision"
        _, found = self.cluster.send("GET", self._path("ReplicaSet"))
        of_it = [
            one
            for one in found["items"]
            if any(owner["name"] == what["name"] for owner in one["metadata"].get("ownerReferences", []))
            and one["metadata"]["annotations"][mark] == str(what["to"])
        ]
        template = of_it[0]["spec"]["template"]
        del template["metadata"]["labels"]["pod-template-hash"]
        change = [{"op": "replace", "path": "/spec/template", "value": template}]
        self._must("PATCH", self._path("Deployment", what["name"]), change, PATCHES["json"])

    def _step_delete(self, what: Json) -> None:
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions"}
        options["propagationPolicy"] = what.get("propagation", "Background")
        if "grace" in what:
            options["gracePeriodSeconds"] = what["grace"]
        for name in self._named(what):
            self._must("DELETE", self._path(what["kind"], name), options)

    def _step_execute(self, what: Json) -> None:
        for name in self._named({"kind": "Pod", **what}):
            self.cluster.execute(self.namespace, name, what["command"])

    def _step_wait(self, seconds: float) -> None:
        self._wait(seconds)

    def _step_until(self, wish: Json) -> None:
        """Wait for what the watches tell: `gone`, or `count` objects (at least one) with all of `where`."""
        self._await(json.dumps(wish), lambda: self._holds(wish))

    def _holds(self, wish: Json) -> bool:
        found = [
            one for one in self._matching(wish) if all(holds(one, *pair) for pair in wish.get("where", {}).items())
        ]
        if wish.get("gone"):
            return not found
        return len(found) == wish["count"] if "count" in wish else bool(found)

    def _matching(self, what: Json) -> list[Json]:
        labels = what.get("labels", {})
        return [
            one
            for (kind, _), one in sorted(self._present.items(), key=lambda item: item[1]["metadata"]["name"])
            if kind == what["kind"]
            and what.get("name", one["metadata"]["name"]) == one["metadata"]["name"]
            and labels.items() <= one["metadata"].get("labels", {}).items()
        ]

    def _named(self, what: Json) -> list[str]:
        """The names a step is about: one `name`, or all (or the first `pick`) with `labels` that are not going."""
        if "name" in what or what["kind"] == "Namespace":
            return [what.get("name", "")]
        self._listen()
        found = [one for one in self._matching(what) if "deletionTimestamp" not in one["metadata"]]
        names = [one["metadata"]["name"] for one in found][: what.get("pick")]
        if not names:
            raise Failed(f"there is nothing to do it to: {what}")
        return names

    def _await(self, description: str, condition: Callable[[], bool]) -> None:
        deadline = self.cluster.now() + LONGEST_WAIT
        while True:
            self._listen()
            if condition():
                return
            if self.cluster.now() >= deadline:
                raise Failed(f"waited {LONGEST_WAIT:g} s in vain: {description}")
            self.cluster.pause(1.0)

    def _wait(self, seconds: float) -> None:
        end = self.cluster.now() + seconds
        while (left := end - self.cluster.now()) > 0:
            self.cluster.pause(left)
            self._listen()

    def _listen(self) -> None:
        for kind, poll in self._polls.items():
            for event in poll():
                self._note(kind, event["type"], event["object"])

    def _note(self, kind: str, change: str, object: Json) -> None:
        metadata = object["metadata"]
        if kind == "Namespace" and metadata["name"] != self.namespace:
            return
        self.seen.append(Seen(kind, change, object))
        if change == "DELETED":
            self._present.pop((kind, metadata["uid"]), None)
        else:
            self._present[kind, metadata["uid"]] = object

    def _here(self, body: Any) -> Any:
        return json.loads(json.dumps(body).replace("NAMESPACE", self.namespace).replace("WORKER", self._worker))

    def _must(self, method: str, path: str, body: object, kind: str = "application/json") -> None:
        code, answer = self.cluster.send(method, path, body, kind)
        if code >= 400:
            raise Failed(f"{method} {path}: {code} {answer.get('message')}")


def holds(object: Json, path: str, wished: Any) -> bool:
    """Whether the value at a path is as wished. `{least: 2}` is for numbers, `{some: true}` for any value."""
    value = value_at(object, path)
    if wished == {"some": True}:
        return value is not None
    if isinstance(wished, dict) and set(wished) == {"least"}:
        return isinstance(value, int) and value >= int(wished["least"])
    return bool(value == wished)


def value_at(object: Any, path: str) -> Any:
    """`status.conditions[Ready].status`: names in brackets choose from a list by `name` or `type`, numbers by place."""
    for name, chosen in re.findall(r"([^.\[\]]+)|\[([^\]]+)\]", path):
        if name:
            object = object.get(name) if isinstance(object, dict) else None
        elif isinstance(object, list) and chosen.isdigit():
            object = object[int(chosen)] if int(chosen) < len(object) else None
        elif isinstance(object, list):
            object = next((entry for entry in object if chosen in (entry.get("name"), entry.get("type"))), None)
    return object
