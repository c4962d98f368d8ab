"""StatefulSets: Pods with names of their own, made, replaced and removed one after the other.

What a step does and in which order is what kind was seen to do (tests/embedded/controllers/workloads).
"""

import re
from collections.abc import Iterable
from typing import Any

from servicelab.embedded.controllers.controller_revisions import REVISION_LABEL, Revisions, template_of
from servicelab.embedded.controllers.deletion import delete
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
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
from servicelab.embedded.controllers.pod_owner import FIRST_RETRY, NotCreated, PodOwner
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import PODS, STATEFUL_SETS
from servicelab.embedded.store import Change, Object

NAME_LABEL, INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
HASH_LABEL = "controller.kubernetes.io/hash"
ORDINAL = re.compile(r"(.*)-([0-9]+)")


class StatefulSets:
    """Brings the Pods of one StatefulSet one step further; the changes that makes bring the next step."""

    name = "statefulset"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store = work, work.store
        self._pods = PodOwner(work, lookup, recorder, STATEFUL_SETS, self.name, "statefulset-controller")
        self._revisions = Revisions(work.store, lookup, STATEFUL_SETS, HASH_LABEL)

    def keys_for(self, change: Change) -> Iterable[Key]:
        """StatefulSets themselves, and those of changed Pods."""
        return self._pods.keys_for(change)

    def reconcile(self, key: Key) -> None:
        """One step, and the status after it."""
        owner = self._store.get(STATEFUL_SETS, *key)
        if owner is None:
            return
        pods = self._pods.claim(owner, lambda pod: ordinal_of(owner, pod) is not None)
        if not is_deleted(owner):
            annotations = dict(owner["metadata"].get("annotations", {}))
            newest = self._revisions.newest(owner, annotations)
            before = owner.get("status", {}).get("currentRevision")
            known = {one["metadata"]["name"]: one for one in self._revisions.of(owner)}
            current = known.get(before or "", newest)
            if not self._pods.is_refused(owner):
                self._step(owner, {str(ordinal_of(owner, pod)): pod for pod in pods}, current, newest)
            self._write_status(key, current["metadata"]["name"], newest["metadata"]["name"])
            in_use = {labels_of(pod).get(REVISION_LABEL, "") for pod in self._pods.of(owner)}
            in_use |= {current["metadata"]["name"], newest["metadata"]["name"]}
            self._revisions.tidy(owner, in_use)

    def _step(self, owner: Object, pods: dict[str, Object], current: Object, newest: Object) -> None:
        """Make what is missing, remove what is too much, replace what is old; one at a time unless Parallel."""
        spec = owner["spec"]
        in_order = spec["podManagementPolicy"] == "OrderedReady"
        start = spec.get("ordinals", {}).get("start", 0)
        wished = range(start, start + spec["replicas"])
        for ordinal in wished:
            pod = pods.get(str(ordinal))
            if pod is None:
                revision = current if self._is_kept(owner, ordinal - start) else newest
                if not self._create(owner, ordinal, revision) or in_order:
                    return
            elif is_ended(pod) and not is_deleted(pod):
                self._delete(owner, pod)  # it makes room for a new one of its name
                return
            elif in_order and not self._is_healthy(owner, pod):
                return
        surplus = sorted((pod for n, pod in pods.items() if int(n) not in wished), key=lambda p: -_number(owner, p))
        if in_order and any(is_deleted(pod) for pod in surplus):
            return
        for pod in surplus:
            # A Pod that is not healthy may go only when it is the first one that is not.
            unhealthy = [one for one in pods.values() if not self._is_healthy(owner, one)]
            first = min(unhealthy, key=lambda one: _number(owner, one), default=pod)
            if in_order and not self._is_healthy(owner, pod) and first is not pod:
                return
            if not is_deleted(pod):
                self._delete(owner, pod)
            if in_order:
                return
        if spec["updateStrategy"]["type"] == "RollingUpdate":
            self._update(owner, [pods.get(str(ordinal)) for ordinal in wished], newest)

    def _update(self, owner: Object, pods: list[Object | None], newest: Object) -> None:
        """Delete old Pods from the last ordinal down, while no more than may are missing."""
        rolling = owner["spec"]["updateStrategy"].get("rollingUpdate", {})
        most = max(1, amount_of(rolling.get("maxUnavailable", 1), owner["spec"]["replicas"], round_up=False))
        missing = sum(1 for pod in pods if pod is None or not self._is_healthy(owner, pod))
        for pod in reversed(pods[rolling.get("partition", 0) :]):
            if missing >= most:
                return
            if pod is None or is_deleted(pod):
                continue
            if labels_of(pod).get(REVISION_LABEL) != newest["metadata"]["name"]:
                self._delete(owner, pod)
                missing += 1

    @staticmethod
    def _is_kept(owner: Object, position: int) -> bool:
        """Whether a Pod that is missing comes back as it was: those below the partition."""
        strategy = owner["spec"]["updateStrategy"]
        partition = strategy.get("rollingUpdate", {}).get("partition", 0)
        return bool(strategy["type"] == "RollingUpdate" and position < partition)

    def _is_healthy(self, owner: Object, pod: Object) -> bool:
        seconds = owner["spec"].get("minReadySeconds", 0)
        return not is_deleted(pod) and self._pods.is_available(owner, pod, seconds)

    def _create(self, owner: Object, ordinal: int, revision: Object) -> bool:
        if self._pods.is_closing(owner):
            return False
        name, title = f"{owner['metadata']['name']}-{ordinal}", owner["metadata"]["name"]
        pod = self._pods.pod_of(owner, template_of(revision))
        labels = pod["metadata"].setdefault("labels", {})
        labels |= {NAME_LABEL: name, INDEX_LABEL: str(ordinal), REVISION_LABEL: revision["metadata"]["name"]}
        pod["metadata"]["name"] = pod["spec"]["hostname"] = name
        if service := owner["spec"].get("serviceName"):
            pod["spec"]["subdomain"] = service
        if self._store.get(PODS, *key_of(pod)) is not None:
            problem = f'pods "{name}" already exists'
        else:
            try:
                self._pods.create(pod)
            except NotCreated as error:
                problem = str(error)
            else:
                message = f"Create Pod {name} in StatefulSet {title} successful"
                self._pods.tell(owner, NORMAL, "SuccessfulCreate", message)
                return True
        message = f"Create Pod {name} in StatefulSet {title} failed error: {problem}"
        self._pods.tell(owner, WARNING, "FailedCreate", message)
        self._work.add_at(self.name, key_of(owner), self._work.clock.now() + FIRST_RETRY)
        return False

    def _delete(self, owner: Object, pod: Object) -> None:
        namespace, name = key_of(pod)
        delete(self._store, PODS, namespace, name)
        message = f"Delete Pod {name} in StatefulSet {owner['metadata']['name']} successful"
        self._pods.tell(owner, NORMAL, "SuccessfulDelete", message)

    def _write_status(self, key: Key, current: str, newest: str) -> None:
        owner = self._store.get(STATEFUL_SETS, *key)
        if owner is None:
            return
        pods, wished = self._pods.of(owner), owner["spec"]["replicas"]
        seconds = owner["spec"].get("minReadySeconds", 0)
        alive = [labels_of(pod).get(REVISION_LABEL) for pod in pods if not is_deleted(pod)]
        counts = {
            "replicas": len(pods),
            "readyReplicas": sum(map(is_ready, pods)),
            "availableReplicas": sum(1 for pod in pods if self._pods.is_available(owner, pod, seconds)),
            "updatedReplicas": alive.count(newest),
            "currentReplicas": alive.count(current),
        }
        is_rolling = owner["spec"]["updateStrategy"]["type"] == "RollingUpdate"
        if is_rolling and all(counts[name] == wished for name in ("updatedReplicas", "readyReplicas", "replicas")):
            current, counts["currentReplicas"] = newest, counts["updatedReplicas"]
        status: dict[str, Any] = {"observedGeneration": owner["metadata"]["generation"], "collisionCount": 0}
        always = ("replicas", "availableReplicas")
        status |= {name: count for name, count in counts.items() if count or name in always}
        write_status(self._store, STATEFUL_SETS, owner, status | {"currentRevision": current, "updateRevision": newest})


def ordinal_of(owner: Object, pod: Object) -> int | None:
    """The number in a Pod's name; None when the name is none of this StatefulSet's."""
    found = ORDINAL.fullmatch(pod["metadata"]["name"])
    return int(found.group(2)) if found and found.group(1) == owner["metadata"]["name"] else None


def _number(owner: Object, pod: Object) -> int:
    return ordinal_of(owner, pod) or 0
