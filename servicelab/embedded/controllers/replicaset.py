"""ReplicaSets: as many Pods as wished; adopts Pods that match, releases those that no longer do."""

from collections.abc import Iterable

from servicelab.embedded.clock import seconds_of
from servicelab.embedded.controllers.events import Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    condition,
    in_seconds,
    is_deleted,
    is_ended,
    is_ready,
    labels_of,
    write_status,
)
from servicelab.embedded.controllers.pod_owner import PodOwner
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import REPLICA_SETS
from servicelab.embedded.store import Change, Object


class ReplicaSets:
    """Keeps the wished number of Pods."""

    name = "replicaset"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store = work, work.store
        self._pods = PodOwner(work, lookup, recorder, REPLICA_SETS, self.name, "replicaset-controller")

    def keys_for(self, change: Change) -> Iterable[Key]:
        """ReplicaSets themselves, and those of changed Pods."""
        return self._pods.keys_for(change)

    def reconcile(self, key: Key) -> None:
        """Tell what is there, then create or delete Pods; the next look tells of those."""
        replica_set = self._store.get(REPLICA_SETS, *key)
        if replica_set is None:
            return
        pods = self._pods.claim(replica_set)
        alive = [pod for pod in pods if not is_deleted(pod) and not is_ended(pod)]
        difference = 0 if is_deleted(replica_set) else replica_set["spec"]["replicas"] - len(alive)
        if difference <= 0:
            self._pods.forget_failure(replica_set)
        self._write_status(replica_set, pods)
        if difference > 0:
            template = replica_set["spec"]["template"]
            self._pods.create_all(replica_set, (self._pods.pod_of(replica_set, template) for _ in range(difference)))
            if self._pods.failure_of(replica_set):
                self._write_status(self._store.get(REPLICA_SETS, *key) or replica_set, pods)
        elif difference < 0:
            self._delete(replica_set, alive, -difference)
        # The Deployment is to see what was told before it changes again.
        self._work.postpone(self.name, key)

    def _delete(self, replica_set: Object, alive: list[Object], count: int) -> None:
        on_node: dict[str, int] = {}
        for pod in alive:
            node = pod["spec"].get("nodeName", "")
            on_node[node] = on_node.get(node, 0) + 1
        for pod in sorted(alive, key=lambda pod: self._worth(pod, on_node))[:count]:
            self._pods.delete(replica_set, pod)

    @staticmethod
    def _worth(pod: Object, on_node: dict[str, int]) -> tuple[bool, int, bool, int, float, float, str]:
        """Who goes first: unbound, pending, unready, cheaper by annotation, crowded nodes, later ready, later made."""
        phases = {"Pending": 0, "Unknown": 1, "Running": 2}
        node = pod["spec"].get("nodeName", "")
        cost = pod["metadata"].get("annotations", {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
        ready = condition(pod, "Ready")
        since = seconds_of(ready["lastTransitionTime"]) if ready is not None and is_ready(pod) else 0.0
        return (
            bool(node),
            phases.get(pod.get("status", {}).get("phase", ""), 2),
            is_ready(pod),
            int(cost) if cost.lstrip("-").isdigit() else 0,
            -on_node[node] - since / 1e12,
            -seconds_of(pod["metadata"]["creationTimestamp"]),
            pod["metadata"]["name"],
        )

    def _write_status(self, replica_set: Object, owned: list[Object]) -> None:
        spec = replica_set["spec"]
        alive = [pod for pod in owned if not is_deleted(pod) and not is_ended(pod)]
        ready = [pod for pod in alive if is_ready(pod)]
        labels = spec["template"].get("metadata", {}).get("labels", {}).items()
        seconds = spec.get("minReadySeconds", 0)
        available = [pod for pod in ready if self._pods.is_available(replica_set, pod, seconds)]
        status: Object = {"replicas": len(alive), "observedGeneration": replica_set["metadata"]["generation"]}
        status["terminatingReplicas"] = sum(1 for pod in owned if is_deleted(pod) and not is_ended(pod))
        counts = {
            "fullyLabeledReplicas": sum(1 for pod in alive if labels <= labels_of(pod).items()),
            "readyReplicas": len(ready),
            "availableReplicas": len(available),
        }
        status |= {name: count for name, count in counts.items() if count}
        if failure := self._pods.failure_of(replica_set):
            known = condition(replica_set, "ReplicaFailure")
            since = known["lastTransitionTime"] if known else in_seconds(self._store)
            entry = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": failure}
            status["conditions"] = [entry | {"lastTransitionTime": since}]
        write_status(self._store, REPLICA_SETS, replica_set, status)
