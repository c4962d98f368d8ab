"""A scenario: requests one after the other, each followed until the Namespace has come to rest.

The same scenario is played on kind (record.py) and on the embedded cluster (test_workloads.py); what each saw of it
becomes a transcript (transcript.py).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from servicelab.embedded.controllers.programs import AGNHOST

FOLDER = Path(__file__).parent
Json = dict[str, Any]
KINDS = {
    "Pod": ("v1", "pods"),
    "Service": ("v1", "services"),
    "Deployment": ("apps/v1", "deployments"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "ControllerRevision": ("apps/v1", "controllerrevisions"),
    "Job": ("batch/v1", "jobs"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices"),
    "Event": ("v1", "events"),
}
"""apiVersion and plural of what is watched."""
LONGEST_STEP = 240.0
"""Seconds a step may take until what it waits for is there."""
QUIET = 4.0
"""Seconds without a change of anything but Events after which a step is over."""


@dataclass(frozen=True)
class Seen:
    """One change, as a watch tells it: ADDED, MODIFIED or DELETED."""

    type: str
    kind: str
    object: Json


@dataclass(frozen=True)
class Answered:
    """What a request of a step was answered."""

    code: int
    body: Json


@dataclass
class Act:
    """One step as it was played: its answers, and everything that changed until the Namespace was at rest."""

    name: str
    is_ordered: bool = False
    """Whether it is also compared which Pod did what before which other."""
    is_together: bool = False
    """Whether several act at once, so that no order is compared."""
    answers: list[Answered] = field(default_factory=list)
    changes: list[Seen] = field(default_factory=list)


class Stage(Protocol):
    """A Namespace of a cluster in which a scenario is played."""

    namespace: str
    cluster: str
    """The first part of its nodes' names."""

    def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answered:
        """One request."""

    def changes(self) -> list[Seen]:
        """Everything that was seen to change so far, in order."""

    def wait(self, seconds: float) -> None:
        """Let time pass; less than `seconds` when something happens before."""

    def now(self) -> float:
        """Seconds."""


def scenarios() -> dict[str, Json]:
    """All scenarios by name."""
    found: dict[str, Json] = {}
    for file in sorted((FOLDER / "scenarios").glob("*.yaml")):
        for scenario in yaml.safe_load(file.read_text(encoding="utf-8").replace("IMAGE", AGNHOST)):
            found[f"{file.stem}-{scenario['name']}"] = scenario
    return found


def play(scenario: Json, stage: Stage) -> list[Act]:
    """Do all steps."""
    acts = []
    for step in scenario["steps"]:
        before = len(stage.changes())
        act = Act(step["step"], scenario.get("ordered", False), step.get("together", False))
        for wish in step.get("do", []):
            act.answers.append(_do(stage, wish))
        _follow(stage, step)
        act.changes = stage.changes()[before:]
        acts.append(act)
    return acts


def path_of(namespace: str, target: str, cluster: str = "") -> str:
    """The path of `Kind` or `Kind/name` or `Kind/name/subresource`; of `Node/worker` in the cluster of that name."""
    kind, _, rest = target.partition("/")
    if kind == "Node":
        return f"/api/v1/nodes/{cluster}-{rest}"
    version, plural = KINDS[kind]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{plural}" + (f"/{rest}" if rest else "")


def _do(stage: Stage, wish: Json) -> Answered:
    verb, what = next(iter(wish.items()))
    if verb == "create":
        manifest = {"apiVersion": KINDS[what["kind"]][0], **what}
        return stage.send("POST", path_of(stage.namespace, what["kind"]), manifest)
    if verb == "patch":
        kind = "application/strategic-merge-patch+json"
        target = path_of(stage.namespace, _chosen(stage, what), stage.cluster)
        return stage.send("PATCH", target, wish["with"], kind)
    if verb == "delete":
        return stage.send("DELETE", path_of(stage.namespace, _chosen(stage, what)), wish.get("options", {}))
    if verb == "evict":
        target = _chosen(stage, what)
        name = {"name": target.partition("/")[2], "namespace": stage.namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": name} | wish.get("with", {})
        return stage.send("POST", path_of(stage.namespace, f"{target}/eviction"), body)
    raise ValueError(f"no such wish: {verb}")


def _chosen(stage: Stage, target: str) -> str:
    """`Pod/*` is the first Pod by name that is not being deleted; `Pod/*@worker` the one on that node."""
    if "*" not in target:
        return target
    kind, _, rest = target.partition("/")
    node = rest.partition("@")[2]
    for (found, name), one in sorted(standing(stage.changes()).items()):
        if found == kind and "deletionTimestamp" not in one["metadata"] and (
            not node or one["spec"].get("nodeName", "").endswith(f"-{node}")
        ):  # fmt: skip
            return f"{kind}/{name}"
    raise AssertionError(f"no {target} to choose")


def standing(changes: Iterable[Seen]) -> dict[tuple[str, str], Json]:
    """What is there after these changes, by kind and name."""
    found: dict[tuple[str, str], Json] = {}
    for change in changes:
        key = (change.kind, change.object["metadata"]["name"])
        if change.type == "DELETED":
            found.pop(key, None)
        else:
            found[key] = change.object
    return found


def _follow(stage: Stage, step: Json) -> None:
    """Wait until what the step names is there, and then until nothing changes any more."""
    began = rested = stage.now()
    until, quiet, count = step.get("until", {}), step.get("quiet", QUIET), -1
    while stage.now() - rested < quiet or not _is_there(standing(stage.changes()), until):
        assert stage.now() - began < LONGEST_STEP, f"{step['step']}: waited too long for {json.dumps(until)}"
        stage.wait(0.2)
        if _count(stage) != count:
            rested, count = stage.now(), _count(stage)


def _count(stage: Stage) -> int:
    return sum(1 for change in stage.changes() if change.kind != "Event")


def _is_there(there: dict[tuple[str, str], Json], until: Json) -> bool:
    for target, wished in until.items():
        kind, _, name = target.partition("/")
        if not name:
            if sum(1 for found, _ in there if found == kind) != wished:
                return False
            continue
        found = there.get((kind, name))
        if (wished is None) != (found is None) or (found is not None and not _holds(found, wished)):
            return False
    return True


def _holds(found: Any, wished: Any) -> bool:
    """Whether all that is wished is in what was found; null stands for what is absent or 0."""
    if isinstance(wished, dict):
        return isinstance(found, dict) and all(_holds(found.get(key), value) for key, value in wished.items())
    if wished is None:
        return not found
    return bool(found == wished)
