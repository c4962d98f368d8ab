"""The scheduler: a node for each new Pod, spread evenly; the reason when there is none."""

from collections import Counter
from collections.abc import Iterable

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers import fitting
from servicelab.embedded.controllers.crowd import Crowd, Crowds
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.objects import Key, controller_of, is_deleted, is_ended, key_of, write_status
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NODES, PODS
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

COMPONENT = "default-scheduler"
NOT_MODELLED = (
    "the embedded cluster does not place Pods by required podAffinity or podAntiAffinity; use a kind cluster for that"
)


class Scheduler:
    """Binds Pods to nodes. Prefers the node with the fewest Pods of the same controller, then the emptiest."""

    name = "scheduler"

    def __init__(self, work: Work, recorder: Recorder) -> None:
        self._store, self._recorder = work.store, recorder
        self._crowds = Crowds(work.store)
        self._waiting: dict[Key, None] = {}

    def keys_for(self, change: Change) -> Iterable[Key]:
        """New Pods without a node; the waiting ones again when room may have appeared."""
        if change.resource is PODS:
            if change.kind is ChangeKind.DELETED or is_ended(change.object):
                self._waiting.pop(key_of(change.object), None)
                return list(self._waiting)
            if not change.object["spec"].get("nodeName"):
                return [key_of(change.object)]
        elif change.resource is NODES and self._node_matters(change):
            return list(self._waiting)
        return []

    @staticmethod
    def _node_matters(change: Change) -> bool:
        before, now = change.before, change.object
        if before is None:
            return True
        same_labels = before["metadata"].get("labels") == now["metadata"].get("labels")
        return not (same_labels and before["spec"] == now["spec"])

    def reconcile(self, key: Key) -> None:
        """Bind one Pod, or say why not."""
        pod = self._store.get(PODS, *key)
        if pod is None or pod["spec"].get("nodeName") or is_deleted(pod) or is_ended(pod):
            self._waiting.pop(key, None)
            return
        if pod["spec"].get("schedulerName", COMPONENT) != COMPONENT or pod["spec"].get("schedulingGates"):
            return
        nodes = list(self._store.objects(NODES))
        reasons: Counter[str] = Counter()
        fitting_nodes = []
        for node in nodes:
            there = self._crowds.on(node["metadata"]["name"])
            reason = NOT_MODELLED if _has_pod_affinity(pod) else fitting.why_not(pod, node, there)
            if reason is None:
                fitting_nodes.append((self._score(pod, there), node["metadata"]["name"]))
            else:
                reasons[reason] += 1
        if fitting_nodes:
            self._bind(pod, min(fitting_nodes)[1])
        else:
            self._report(pod, len(nodes), reasons)

    @staticmethod
    def _score(pod: Object, there: Crowd) -> tuple[int, int]:
        controller = controller_of(pod)
        return there.of[controller["uid"]] if controller else 0, there.staying

    def _bind(self, pod: Object, node: str) -> None:
        self._waiting.pop(key_of(pod), None)
        changed = copy_of(pod)
        changed["spec"]["nodeName"] = node
        now = timestamp(self._store.clock.now())
        _set_scheduled(changed, now, {"status": "True"})
        self._store.update(PODS, changed)
        namespace, name = key_of(pod)
        message = f"Successfully assigned {namespace}/{name} to {node}"
        self._recorder.record(COMPONENT, PODS, pod, NORMAL, "Scheduled", message)

    def _report(self, pod: Object, count: int, reasons: Counter[str]) -> None:
        self._waiting[key_of(pod)] = None
        if reasons.get(NOT_MODELLED):
            message = NOT_MODELLED
        elif count == 0:
            message = "no nodes available to schedule pods"
        else:
            parts = sorted(f"{number} {reason}" for reason, number in reasons.items())
            preemption = _preemption(count, reasons)
            message = f"0/{count} nodes are available: {', '.join(parts)}. {preemption}"
        changed = copy_of(pod)
        now = timestamp(self._store.clock.now())
        _set_scheduled(changed, now, {"status": "False", "reason": "Unschedulable", "message": message})
        written = write_status(self._store, PODS, pod, changed["status"])
        if written is not pod:
            self._recorder.record(COMPONENT, PODS, pod, WARNING, "FailedScheduling", message)


def _has_pod_affinity(pod: Object) -> bool:
    affinity = pod["spec"].get("affinity", {})
    return any(
        affinity.get(kind, {}).get("requiredDuringSchedulingIgnoredDuringExecution")
        for kind in ("podAffinity", "podAntiAffinity")
    )


def _preemption(count: int, reasons: Counter[str]) -> str:
    """Removing other Pods helps where a node only lacks room; no Pod here has a lower priority to be removed."""
    head = f"no new claims to deallocate, preemption: 0/{count} nodes are available: "
    room = sum(n for reason, n in reasons.items() if reason in (fitting.TOO_MANY, fitting.NO_FREE_PORTS))
    parts = []
    if room:
        parts.append(f"{room} No preemption victims found for incoming pod")
    if count - room:
        parts.append(f"{count - room} Preemption is not helpful for scheduling")
    return head + ", ".join(sorted(parts)) + "."


def _set_scheduled(pod: Object, now: str, said: dict[str, str]) -> None:
    entry = {"lastProbeTime": None, "lastTransitionTime": now, "type": "PodScheduled", **said}
    if said["status"] != "True":  # a binding leaves it to the kubelet
        entry["observedGeneration"] = pod["metadata"].get("generation", 1)
    conditions = pod["status"].setdefault("conditions", [])
    for index, existing in enumerate(conditions):
        if existing["type"] == "PodScheduled":
            if existing["status"] == entry["status"]:
                entry["lastTransitionTime"] = existing["lastTransitionTime"]
            conditions[index] = entry
            return
    conditions.append(entry)
