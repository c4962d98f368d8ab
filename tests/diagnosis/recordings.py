"""What was recorded of the broken clusters on a real kind cluster, and how it is read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from servicelab.diagnosis import Question, Seen, Snapshot
from servicelab.network.listeners import Listener
from servicelab.network.places import parse_place, parse_target
from servicelab.network.prediction import verdict_json
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome, Verdict

FOLDER = Path(__file__).parent / "recorded"
COMMON = FOLDER / "common.json"
"""What all cases of a recording share: the nodes, and what is in the namespaces of the system."""
DROPPED = ("managedFields", "ownerReferences", "generateName", "generation", "resourceVersion", "uid")
EVENT_PARTS = ("kind", "metadata", "involvedObject", "reason", "message", "lastTimestamp", "eventTime", "series")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Recorded:
    """One case: the cause that must be named, and everything to name it from."""

    name: str
    cause: str
    snapshot: Snapshot
    question: Question
    seen: Seen


def slim(object_: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what no diagnosis looks at."""
    metadata = {key: value for key, value in object_["metadata"].items() if key not in DROPPED}
    if object_["kind"] == "Event":
        kept = {key: object_[key] for key in EVENT_PARTS if object_.get(key)}
        return kept | {"metadata": {key: metadata[key] for key in ("name", "namespace")}}
    metadata.get("annotations", {}).pop(LAST_APPLIED, None)
    found = {**object_, "metadata": metadata}
    if object_["kind"] == "Node":
        found["status"] = {key: object_["status"][key] for key in ("addresses", "conditions")}
    if object_["kind"] == "DaemonSet":
        containers = object_["spec"]["template"]["spec"]["containers"]
        images = [{"name": one["name"], "image": one["image"]} for one in containers]
        found["spec"] = {"template": {"spec": {"containers": images}}}
        found.pop("status", None)
    if object_["kind"] == "Pod":
        found["spec"] = {key: value for key, value in object_["spec"].items() if key not in ("volumes", "tolerations")}
        for one in (*found["spec"]["containers"], *found["spec"].get("initContainers", ())):
            one.pop("volumeMounts", None)
    return found


def seen_json(seen: Seen) -> dict[str, Any]:
    """Observations as plain JSON."""
    return {
        "verdict": verdict_json(seen.verdict),
        "by_address": verdict_json(seen.by_address),
        "direct": {pod: verdict_json(one) for pod, one in seen.direct.items()},
        "nearby": {pod: verdict_json(one) for pod, one in seen.nearby.items()},
        "sockets": {pod: [[one.protocol, one.port, one.address] for one in some] for pod, some in seen.sockets.items()},
    }


def _verdict(said: Any) -> Verdict | None:
    return Verdict(**{**said, "outcome": Outcome(said["outcome"])}) if said else None


def read_seen(json: Mapping[str, Any]) -> Seen:
    """What `seen_json` wrote."""
    direct, nearby = ({pod: one for pod, said in json[key].items() if (one := _verdict(said)) is not None}
                      for key in ("direct", "nearby"))  # fmt: skip
    sockets = {pod: tuple(Listener(protocol, port, "", address) for protocol, port, address in some)
               for pod, some in json["sockets"].items()}  # fmt: skip
    return Seen(_verdict(json["verdict"]), _verdict(json["by_address"]), direct, nearby, sockets)


@cache
def common() -> dict[str, Any]:
    """The shared part, with the versions that it was recorded on."""
    found: dict[str, Any] = json.loads(COMMON.read_text())
    return found


def recorded() -> Iterator[Recorded]:
    """All recorded cases."""
    for path in sorted(FOLDER.glob("*.json")):
        if path != COMMON:
            yield read(json.loads(path.read_text()))


def told_of(name: str) -> dict[str, Any]:
    """One case as it was recorded."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def read(told: Mapping[str, Any]) -> Recorded:
    """One record with the shared part."""
    objects = [*common()["objects"], *told["objects"]]
    state = ClusterState.from_objects(objects, common()["outside_address"])
    asked = told["question"]
    target = parse_target(asked["target"]) if asked["target"] else None
    question = Question(parse_place(asked["source"]), asked["service"], target)
    return Recorded(told["name"], told["cause"], Snapshot.of(objects, state), question, read_seen(told["seen"]))
