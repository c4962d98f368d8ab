"""What a learner can observe of a played scenario, without chosen names, addresses, identities and times."""

import json
import re
from typing import Any

from tests.embedded.controllers.workloads.play import Act, Json, Seen, standing

STATUS_OF = ("StatefulSet", "DaemonSet", "Job", "PodDisruptionBudget")
SAID_BY = (
    "statefulset-controller",
    "daemonset-controller",
    "job-controller",
    "controllermanager",
    "disruption-controller",
    "taint-eviction-controller",
)
"""Whose Events are compared; those of the scheduler and the kubelets have their own recordings."""
TIMES = frozenset({
    "lastTransitionTime", "lastProbeTime", "startTime", "completionTime", "creationTimestamp", "uid",
    "resourceVersion", "managedFields", "disruptedPods",
})  # fmt: skip
NODE = re.compile(r"\b(?:workshop|lab|test-[0-9a-f]{8})-(control-plane|worker2?)\b")
HASH_LABELS = ("controller.kubernetes.io/hash", "controller-revision-hash", "pod-template-hash")
PASSING = ("running", "ready", "unready")
"""What the life of a program that ends by itself may be too short for."""
IN_ORDER = ("created", "ready", "succeeded", "failed", "terminating", "gone")


def transcript(acts: list[Act], namespace: str, either_worker: bool = False) -> list[Json]:
    """One entry per step, and one for what is there in the end. `either_worker`: which of the two it is, is chance."""
    everything = [change for act in acts for change in act.changes]
    masks = Masks(everything, namespace, either_worker)
    pods = PodStates()
    steps, so_far = [], []
    said: dict[tuple[str, str], str] = {}
    for act in acts:
        so_far += act.changes
        there = standing(so_far)
        told = [entry for change in act.changes if change.kind == "Pod" for entry in pods.see(change)]
        conditions = _condition_order(act.changes, said)
        step: Json = {
            "step": act.name,
            "answers": [_answer(answer.code, answer.body) for answer in act.answers],
            "pods": _by_pod(told, masks),
            "conditions": {} if act.is_together else conditions,
            "events": sorted({_event(c.object) for c in act.changes if c.kind == "Event" and _is_ours(c.object)}),
            "statuses": {
                f"{kind}/{name}": _settled(one.get("status", {}))
                for (kind, name), one in there.items()
                if kind in STATUS_OF
            },
            "revisions": {
                name: one["revision"] for (kind, name), one in sorted(there.items()) if kind == "ControllerRevision"
            },
            "endpoints": _endpoints(there),
        }
        if act.is_ordered and not act.is_together:
            step["order"] = [f"{name} {state}" for name, _, state in told if state in IN_ORDER]
        steps.append({key: value for key, value in step.items() if value})
    present = [one for (kind, _), one in sorted(standing(everything).items()) if kind == "Pod"]
    end: Json = {"step": "in the end", "pods": sorted((_form(pod) for pod in present), key=json.dumps)}
    steps.append(end | {"revisions": _revisions(everything)})
    masked: list[Json] = _sorted(masks.apply(steps))
    return masked


class Masks:
    """Chosen names and what stands for them in a transcript."""

    def __init__(self, changes: list[Seen], namespace: str, either_worker: bool) -> None:
        self._words: dict[str, str] = {namespace: "NAMESPACE"}
        hashes: dict[str, str] = {}
        for change in changes:
            metadata = change.object["metadata"]
            labels = metadata.get("labels") or {}
            for label in HASH_LABELS:
                word = labels.get(label, "").rpartition("-")[2]
                if word and word not in hashes:
                    hashes[word] = f"HASH{len(hashes) + 1}"
            if change.kind in ("Pod", "Job"):
                self._words[metadata["uid"]] = "UID"
            if change.kind == "Pod" and metadata.get("generateName"):
                node = NODE.search(change.object["spec"].get("nodeName", ""))
                owner = (metadata.get("ownerReferences") or [{}])[0].get("kind")
                place = f"-{node.group(1)}" if node and owner == "DaemonSet" else ""
                if either_worker:
                    place = place.rstrip("2")
                if owner != "StatefulSet":
                    self._words[metadata["name"]] = f"{metadata['generateName']}POD{place}"
        self._words |= hashes

    def name(self, name: str) -> str:
        """What stands for the name of a Pod."""
        return str(self.apply(name))

    def apply(self, value: Any) -> Any:
        """The value with everything masked."""
        text = json.dumps(value)
        for word in sorted(self._words, key=len, reverse=True):
            text = text.replace(word, self._words[word])
        for word in sorted(self._words, key=len, reverse=True):  # hashes inside of masked names
            text = text.replace(word, self._words[word])
        text = NODE.sub(r"\1", text)
        text = re.sub(r"in record \(\d+\)", "in record (VERSION)", text)
        return json.loads(re.sub(r"10\.244\.\d+\.\d+", "ADDRESS", text))


class PodStates:
    """Tells when a Pod enters a state that `kubectl get pods --watch` shows."""

    def __init__(self) -> None:
        self._last: dict[str, set[str]] = {}

    def see(self, change: Seen) -> list[tuple[str, str, str]]:
        """(name, uid, state) for each state the Pod enters with this change."""
        metadata = change.object["metadata"]
        uid, name = metadata["uid"], metadata["name"]
        before = self._last.get(uid)
        now = set() if change.type == "DELETED" else self._states(change.object)
        entered = ["created"] if before is None else []
        before = before or set()
        if "terminating" in before:
            now.add("terminating")  # what ends after that is told by "gone"
        elif "ready" in before and "ready" not in now and now & {"running"}:
            entered.append("unready")
        if "terminating" not in now | before:
            order = ("running", "ready", "restarted", "succeeded", "failed")
            entered += [state for state in order if state in now - before]
            entered += sorted(state for state in now - before if state.startswith("restarted "))
        elif "terminating" not in before:
            entered.append("terminating")
        if change.type == "DELETED":
            entered = ["gone"]
        self._last[uid] = now
        return [(name, uid, state) for state in entered]

    @staticmethod
    def _states(pod: Json) -> set[str]:
        status, found = pod.get("status", {}), set()
        if "deletionTimestamp" in pod["metadata"]:
            found.add("terminating")
        if status.get("phase") in ("Running", "Succeeded", "Failed"):
            found.add(status["phase"].lower())
        if any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", [])):
            found.add("ready")
        restarts = sum(c["restartCount"] for c in status.get("containerStatuses", []))
        if restarts:
            found.add(f"restarted {restarts}")
        return found


def _by_pod(told: list[tuple[str, str, str]], masks: Masks) -> dict[str, list[str]]:
    """What each Pod went through, by masked name; several Pods may have one."""
    lives: dict[tuple[str, str], list[str]] = {}
    for name, uid, state in told:
        lives.setdefault((masks.name(name), uid), []).append(state)
    found: dict[str, list[str]] = {}
    for (name, _), states in lives.items():
        if any(state.split()[0] in ("succeeded", "failed", "restarted") for state in states):
            states = [state for state in states if state not in PASSING]
        found.setdefault(name, []).append(", ".join(states))
    return {name: sorted(lines) for name, lines in found.items()}


def _answer(code: int, body: Json) -> Json:
    if code < 400:
        return {"code": code}
    return {"code": code, "reason": body.get("reason"), "message": body.get("message"), "details": body.get("details")}


def _condition_order(changes: list[Seen], last: dict[tuple[str, str], str]) -> dict[str, list[str]]:
    """Which conditions workloads got or changed, in order; `last` is what was said before, and is kept up to date."""
    found: dict[str, list[str]] = {}
    for change in changes:
        if change.kind not in STATUS_OF or change.type == "DELETED":
            continue
        name = f"{change.kind}/{change.object['metadata']['name']}"
        for entry in change.object.get("status", {}).get("conditions") or []:
            said = f"{entry['type']}={entry['status']} {entry.get('reason', '')}"
            if last.get((name, entry["type"])) != said:
                last[(name, entry["type"])] = said
                found.setdefault(name, []).append(said)
    return found


def _is_ours(event: Json) -> bool:
    return (event.get("source") or {}).get("component") in SAID_BY or event.get("reportingComponent") in SAID_BY


def _event(event: Json) -> str:
    about = event["involvedObject"]
    return f"{about['kind']}/{about['name']} {event['type']} {event['reason']}: {event['message']}"


def _revisions(changes: list[Seen]) -> dict[str, Json]:
    """All that there ever were, as they were made."""
    return {
        change.object["metadata"]["name"]: {
            "labels": change.object["metadata"].get("labels"),
            "annotations": change.object["metadata"].get("annotations"),
            "owners": [owner["kind"] for owner in change.object["metadata"].get("ownerReferences", [])],
            "data": change.object["data"],
        }
        for change in changes
        if change.kind == "ControllerRevision" and change.type == "ADDED"
    }


def _endpoints(there: dict[tuple[str, str], Json]) -> dict[str, list[str]]:
    """The endpoints of each Service, without Pods that have ended: when their slice is next looked at is chance."""
    found: dict[str, list[str]] = {}
    for (kind, _), one in there.items():
        if kind != "EndpointSlice":
            continue
        lines = found.setdefault(one["metadata"]["labels"]["kubernetes.io/service-name"], [])
        for entry in one.get("endpoints") or []:
            pod = there.get(("Pod", entry["targetRef"]["name"]), {})
            if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                continue
            conditions = " ".join(sorted(key for key, value in entry["conditions"].items() if value))
            lines.append(f"{entry.get('hostname', '-')} {entry['targetRef']['name']} {conditions}")
    return {service: sorted(lines) for service, lines in found.items()}


def _settled(status: Any) -> Any:
    if isinstance(status, dict):
        return {key: _settled(value) for key, value in status.items() if key not in TIMES}
    return [_settled(value) for value in status] if isinstance(status, list) else status


def _form(pod: Json) -> Json:
    """What a workload gives its Pods, and how they ended."""
    metadata, spec = pod["metadata"], pod["spec"]
    found: Json = {key: metadata.get(key) for key in ("name", "generateName", "labels", "finalizers")}
    annotations = metadata.get("annotations") or {}
    found["annotations"] = {
        key: value for key, value in annotations.items() if "calico" not in key and "cni" not in key
    }
    found["owners"] = [{k: v for k, v in one.items() if k != "uid"} for one in metadata.get("ownerReferences", [])]
    found |= {key: spec.get(key) for key in ("hostname", "subdomain", "restartPolicy", "tolerations", "affinity")}
    found["env"] = [container.get("env") for container in spec["containers"]]
    found["phase"] = pod["status"].get("phase")
    told = ("Ready", "DisruptionTarget")
    conditions = pod["status"].get("conditions", [])
    found["conditions"] = sorted(
        f"{c['type']}={c['status']} {c.get('reason', '')}" for c in conditions if c["type"] in told
    )
    return {key: value for key, value in found.items() if value}


def _sorted(steps: Any) -> Any:
    """Lists of Events, Pods and endpoints in order again, now that their names are masked."""
    for step in steps:
        for key in ("events", "pods"):
            if isinstance(step.get(key), list):
                step[key].sort(key=json.dumps)
        for lines in step.get("endpoints", {}).values():
            lines.sort()
        if "events" in step:
            step["events"] = sorted(set(step["events"]))
    return steps
