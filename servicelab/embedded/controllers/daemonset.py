"""DaemonSets: one Pod on each node that fits, and the way from the old to the new template, node by node."""

from collections.abc import Iterable
from typing import Any

from servicelab.embedded.controllers import fitting
from servicelab.embedded.controllers.controller_revisions import REVISION_LABEL, Revisions
from servicelab.embedded.controllers.events import WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    amount_of,
    is_deleted,
    is_ended,
    is_ready,
    key_of,
    labels_of,
    write_status,
)
from servicelab.embedded.controllers.pod_owner import PodOwner
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import DAEMON_SETS, NODES
from servicelab.embedded.store import Change, ChangeKind, Object

GENERATION = "deprecated.daemonset.template.generation"
GENERATION_LABEL = "pod-template-generation"
TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
"""Taints of troubled nodes (`node.kubernetes.io/…`) on which a DaemonSet's Pods run all the same."""
TOLERATED_ON_HOST_NETWORK = ("network-unavailable", "NoSchedule")


class DaemonSets:
    """Brings the Pods of one DaemonSet one step further; the changes that makes bring the next step."""

    name = "daemonset"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._store = work.store
        self._pods = PodOwner(work, lookup, recorder, DAEMON_SETS, self.name, "daemonset-controller")
        self._revisions = Revisions(work.store, lookup, DAEMON_SETS, REVISION_LABEL)

    def keys_for(self, change: Change) -> Iterable[Key]:
        """DaemonSets themselves, those of changed Pods, and all when a node comes, goes or takes other Pods."""
        if change.resource is NODES:
            is_same = change.before is not None and _as_scheduled(change.before) == _as_scheduled(change.object)
            if is_same and change.kind is ChangeKind.MODIFIED:
                return []
            return [key_of(one) for one in self._store.objects(DAEMON_SETS)]
        return self._pods.keys_for(change)

    def reconcile(self, key: Key) -> None:
        """One step, and the status after it."""
        owner = self._store.get(DAEMON_SETS, *key)
        if owner is None or is_deleted(owner):
            return
        newest = self._revisions.newest(owner, dict(owner["metadata"].get("annotations", {})))
        short = self._revisions.hash_of(newest)
        self._pods.claim(owner)
        self._place(owner, short)
        if owner["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self._update(owner, short)
        self._write_status(key, short)
        in_use = {f"{key[1]}-{labels_of(pod).get(REVISION_LABEL, '')}" for pod in self._pods.of(owner)}
        self._revisions.tidy(owner, in_use | {newest["metadata"]["name"]})

    def _by_node(self, owner: Object) -> dict[str, list[Object]]:
        """Its Pods by the node they are on or are meant for, oldest first; ended ones on their way out do not count."""
        found: dict[str, list[Object]] = {}
        for pod in self._pods.of(owner):
            if not (is_deleted(pod) and is_ended(pod)):
                found.setdefault(_target_of(pod), []).append(pod)
        for pods in found.values():
            pods.sort(key=lambda pod: (pod["metadata"]["creationTimestamp"], int(pod["metadata"]["resourceVersion"])))
        return found

    def _place(self, owner: Object, short: str) -> None:
        """A Pod on each node that should have one and has none; none where none may stay."""
        by_node, missing, surplus = self._by_node(owner), [], []
        may_surge = _limits(owner)[0] > 0
        for node in self._store.objects(NODES):
            name, should_run, may_stay = node["metadata"]["name"], *_wants(owner, node)
            pods = by_node.pop(name, [])
            if not may_stay:
                surplus += pods
                continue
            ended = [pod for pod in pods if is_ended(pod)]
            for pod in ended:
                self._tell_failed(owner, pod, name)
            present = [pod for pod in pods if not is_ended(pod)]
            surplus += ended
            if not pods and should_run:
                missing.append(name)
            elif len(present) > 1 and not may_surge:
                surplus += [pod for pod in present if not is_deleted(pod)][1:]
        for pods in by_node.values():
            surplus += pods  # of nodes that are gone
        for pod in surplus:
            if not is_deleted(pod):
                self._pods.delete(owner, pod)
        self._create(owner, missing, short)

    def _tell_failed(self, owner: Object, pod: Object, node: str) -> None:
        if pod["status"]["phase"] == "Failed" and not is_deleted(pod):
            namespace, name = key_of(pod)
            message = f"Found failed daemon pod {namespace}/{name} on node {node}, will try to kill it"
            self._pods.tell(owner, WARNING, "FailedDaemonPod", message)

    def _create(self, owner: Object, nodes: list[str], short: str) -> None:
        self._pods.create_all(owner, (self._pod(owner, node, short) for node in nodes))

    def _pod(self, owner: Object, node: str, short: str) -> Object:
        pod = self._pods.pod_of(owner, owner["spec"]["template"])
        labels = pod["metadata"].setdefault("labels", {})
        labels |= {REVISION_LABEL: short, GENERATION_LABEL: owner["metadata"]["annotations"][GENERATION]}
        spec = pod["spec"]
        field = {"key": "metadata.name", "operator": "In", "values": [node]}
        required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
        affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = required
        spec["tolerations"] = [*spec.get("tolerations", []), *_tolerations(spec)]
        return pod

    def _update(self, owner: Object, short: str) -> None:
        """Replace old Pods while no more than may are missing, or (maxSurge) beside their replacements."""
        surge, unavailable = _limits(owner, self._wished(owner))
        seconds = owner["spec"].get("minReadySeconds", 0)
        missing = beyond = 0
        broken, sound, waiting, ready_to_go = [], [], [], []
        by_node = self._by_node(owner)
        for node in self._wished_nodes(owner):
            alive = [pod for pod in by_node.get(node, []) if not is_deleted(pod)]
            old = next((pod for pod in alive if labels_of(pod).get(REVISION_LABEL) != short), None)
            new = next((pod for pod in alive if labels_of(pod).get(REVISION_LABEL) == short), None)
            new_is_there = new is not None and self._pods.is_available(owner, new, seconds)
            if old is None:
                missing += not new_is_there
            elif new is not None:
                beyond += not new_is_there
                ready_to_go += [old] if new_is_there else []
            elif self._pods.is_available(owner, old, seconds):
                sound.append(old)
                waiting.append(node)
            else:
                missing += 1
                broken.append(old)
        if surge:
            self._create(owner, [*map(_target_of, broken), *waiting[: max(0, surge - beyond)]], short)
            gone = ready_to_go
        else:
            gone = broken + sound[: max(0, unavailable - missing)]
        for pod in gone:
            self._pods.delete(owner, pod)

    def _wished_nodes(self, owner: Object) -> list[str]:
        return [node["metadata"]["name"] for node in self._store.objects(NODES) if _wants(owner, node)[0]]

    def _wished(self, owner: Object) -> int:
        return len(self._wished_nodes(owner))

    def _write_status(self, key: Key, short: str) -> None:
        owner = self._store.get(DAEMON_SETS, *key)
        if owner is None:
            return
        by_node, wished = self._by_node(owner), set(self._wished_nodes(owner))
        seconds = owner["spec"].get("minReadySeconds", 0)
        first = {node: pods[0] for node, pods in by_node.items() if node in wished}
        ready = [pods for node, pods in by_node.items() if node in wished and any(map(is_ready, pods))]
        available = [pods for pods in ready if any(self._pods.is_available(owner, pod, seconds) for pod in pods)]
        status: dict[str, Any] = {
            "observedGeneration": owner["metadata"]["generation"],
            "desiredNumberScheduled": len(wished),
            "currentNumberScheduled": len(first),
            "numberMisscheduled": sum(1 for node in by_node if node not in wished),
            "numberReady": len(ready),
        }
        counts = {
            "numberAvailable": len(available),
            "numberUnavailable": len(wished) - len(available),
            "updatedNumberScheduled": sum(1 for p in first.values() if labels_of(p).get(REVISION_LABEL) == short),
        }
        write_status(self._store, DAEMON_SETS, owner, status | {name: n for name, n in counts.items() if n})


def _as_scheduled(node: Object) -> tuple[Any, ...]:
    """What decides which Pods a node takes."""
    return node["metadata"].get("labels"), node["spec"].get("taints"), node["spec"].get("unschedulable")


def _target_of(pod: Object) -> str:
    """The node of a Pod, or the one it is meant for."""
    if node := pod["spec"].get("nodeName"):
        return str(node)
    required = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    for term in required.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms", []):
        for field in term.get("matchFields", []):
            return str(field["values"][0])
    return ""


def _tolerations(spec: dict[str, Any]) -> list[dict[str, str]]:
    """What every Pod of a DaemonSet tolerates beside what its template says."""
    names = TOLERATED + ((TOLERATED_ON_HOST_NETWORK,) if spec.get("hostNetwork") else ())
    found = [{"effect": effect, "key": f"node.kubernetes.io/{name}", "operator": "Exists"} for name, effect in names]
    return [one for one in found if one not in spec.get("tolerations", [])]


def _wants(owner: Object, node: Object) -> tuple[bool, bool]:
    """Whether the node should have a Pod, and whether one that is there may stay."""
    spec = owner["spec"]["template"]["spec"]
    if spec.get("nodeName", node["metadata"]["name"]) != node["metadata"]["name"] or not fitting.selects(spec, node):
        return False, False
    tolerated = [*spec.get("tolerations", []), *_tolerations(spec)]
    against = {
        taint["effect"]
        for taint in node["spec"].get("taints", [])
        if not any(fitting.tolerates(toleration, taint) for toleration in tolerated)
    }
    return not against & {"NoSchedule", "NoExecute"}, "NoExecute" not in against


def _limits(owner: Object, wished: int = 1) -> tuple[int, int]:
    """maxSurge and maxUnavailable in Pods; percentages are of the nodes that should have one, rounded up."""
    rolling = owner["spec"]["updateStrategy"].get("rollingUpdate", {})
    surge = amount_of(rolling.get("maxSurge", 0), wished, round_up=True)
    return surge, 0 if surge else amount_of(rolling.get("maxUnavailable", 1), wished, round_up=True)
