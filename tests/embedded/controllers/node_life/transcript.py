"""What a learner can observe while a node is stopped and started: the same account of a real and an embedded cluster.

The objects of one Namespace are told as tests/conformance/life/outcome.py tells them; beside them the stopped node's
own condition and taints, and the Events about nodes and evictions, which name their object without its uid.

Left out as chance: how many Pods a controller counted in the moment between two deletions; whether a readiness probe
was quicker than its program; that MetalLB's speaker on a node that starts takes itself for the only one, for half a
second, about a minute later.
"""

import re
from collections.abc import Iterable
from typing import Any

from tests.conformance.life.outcome import Outcome
from tests.conformance.life.player import Seen

Json = dict[str, Any]
NAMESPACE, NODE, CLUSTER = "nodes", "nodes-worker", "nodes"
KINDS = {
    "nodes": "Node",
    "pods": "Pod",
    "services": "Service",
    "endpoints": "Endpoints",
    "events": "Event",
    "endpointslices": "EndpointSlice",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
}
OF_MACHINE = ("CgroupV1",)
"""Events that tell of the machine under a real node, or (kube-proxy's) of a program the embedded one does not show."""
COUNTED_IN_PASSING = ("replicas", "fullyLabeledReplicas", "updatedReplicas", "currentReplicas")
SOURCES = ("kubelet", "node-controller", "taint-eviction-controller")


def account(before: Iterable[Seen], seen: Iterable[Seen]) -> Json:
    """The account of one scene: `before` is what was there when it began, `seen` what watches told."""
    seen = list(seen)
    own = [one for one in (*before, *seen) if _is_own(one)]
    return {
        "objects": _without_passing_counts(Outcome(own, NAMESPACE).told()),
        "node": _node(seen),
        "node events": sorted({text for one in seen if (text := _node_event(one))}),
    }


def _is_own(one: Seen) -> bool:
    if one.kind == "Event":
        by_chance = one.object["reason"] == "Unhealthy" and "connection refused" in one.object["message"]
        if by_chance or (one.object["reason"] == "nodeAssigned" and f'"{NODE}"' in one.object["message"]):
            return False
    return one.kind != "Node" and one.object["metadata"].get("namespace") == NAMESPACE


def _without_passing_counts(told: Json) -> Json:
    names = {f"status.{name}" for name in COUNTED_IN_PASSING}
    return {
        role: [{name: value[-1:] if name in names else value for name, value in one.items()} for one in histories]
        for role, histories in told.items()
    }


def _node(seen: Iterable[Seen]) -> list[Json]:
    """Ready and taints of the node, as often as they change."""
    told: list[Json] = []
    for one in seen:
        if one.kind != "Node" or one.object["metadata"]["name"] != NODE:
            continue
        ready = next(entry for entry in one.object["status"]["conditions"] if entry["type"] == "Ready")
        taints = [f"{taint['key']}:{taint['effect']}" for taint in one.object["spec"].get("taints", [])]
        now = {"ready": [ready["status"], ready["reason"], ready["message"]], "taints": taints}
        if not told or told[-1] != now:
            told.append(now)
    return told


def _node_event(one: Seen) -> str:
    event = one.object
    if one.kind != "Event" or one.change == "DELETED" or event["reason"] in OF_MACHINE:
        return ""
    about, source = event["involvedObject"], event.get("source", {}).get("component")
    is_of_node = about["kind"] == "Node" and about["name"] == NODE and source in SOURCES
    if not is_of_node and not (about.get("namespace") == NAMESPACE and source == SOURCES[-1]):
        return ""
    text = f"{about['kind']} {about['name']}: {event['type']} {event['reason']} from {source}: {event['message']}"
    return re.sub(r"\b(web|everywhere)(-[a-z0-9]+)+\b", r"one of \1", text)
