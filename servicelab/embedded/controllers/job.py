"""Jobs: Pods that are to end well, as often as wished; and Jobs that go some time after their end."""

from collections.abc import Iterable
from typing import Any

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.controllers import job_rules
from servicelab.embedded.controllers.deletion import Propagation, delete
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.lookup import Lookup
from servicelab.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    in_seconds,
    is_deleted,
    is_ended,
    is_ready,
    key_of,
    write_status,
)
from servicelab.embedded.controllers.pod_owner import PodOwner
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import JOBS, PODS
from servicelab.embedded.store import Change, Object, copy_of

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer that keeps a Pod until it is counted."""
OURS = "kubernetes.io/job-controller"
"""What `managedBy` says of Jobs that are this controller's; others are left alone, as on kind."""


class Jobs:
    """Counts what has ended, ends or suspends the Job, makes the Pods that are missing."""

    name = "job"

    def __init__(self, work: Work, lookup: Lookup, recorder: Recorder) -> None:
        self._work, self._store, self._lookup = work, work.store, lookup
        self._pods = PodOwner(work, lookup, recorder, JOBS, self.name, "job-controller")
        self._failures: dict[str, tuple[int, float]] = {}
        """By uid: failures since the last success, and when the last one was."""

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Jobs themselves, and those of changed Pods."""
        return self._pods.keys_for(change)

    def reconcile(self, key: Key) -> None:
        """One step, and the status after it."""
        job = self._store.get(JOBS, *key)
        if job is None or is_deleted(job):
            self._let_go(key)
            return
        if _finished(job):
            self._retire(job)
            return
        if job["spec"].get("managedBy", OURS) != OURS or self._pods.is_refused(job):
            return
        pods = self._pods.claim(job)
        status = copy_of(job.get("status", {}))
        self._count(job, pods, status)
        target = condition({"status": status}, "FailureTarget") or condition({"status": status}, "SuccessCriteriaMet")
        if target is None:
            target = self._judge(job, self._pods.of(job), status)
        job = write_status(self._store, JOBS, job, status)
        if target is not None:
            self._end(job, target)
        elif job["spec"].get("suspend"):
            self._suspend(job)
        else:
            self._manage(job)
        self._write_counts(key)

    def _count(self, job: Object, pods: list[Object], status: dict[str, Any]) -> None:
        """Add to the status what has ended since the last look, and let those Pods go."""
        uid = job["metadata"]["uid"]
        known = job_rules.read_indexes(status.get("completedIndexes", ""))
        for pod in [pod for pod in pods if TRACKING in pod["metadata"].get("finalizers", [])]:
            if job_rules.phase(pod) == "Succeeded":
                index = job_rules.index_of(pod)
                is_new = index is None or index not in known
                known |= set() if index is None else {index}
                status["succeeded"] = status.get("succeeded", 0) + is_new
                self._failures.pop(uid, None)
            elif job_rules.has_failed(job, pod):
                status["failed"] = status.get("failed", 0) + 1
                self._failures[uid] = (self._failures.get(uid, (0, 0.0))[0] + 1, self._work.clock.now())
            else:
                continue
            self._untrack(pod)
        if known:
            status["completedIndexes"] = job_rules.write_indexes(known)

    def _judge(self, job: Object, pods: list[Object], status: dict[str, Any]) -> dict[str, Any] | None:
        """Whether the Job is to end now; its condition then stands in the status."""
        active = [pod for pod in pods if job_rules.is_active(pod)]
        now = self._work.clock.now()
        if reason := job_rules.why_failed(job, active, status.get("failed", 0), now):
            return self._say(status, "FailureTarget", "True", reason)
        if job_rules.is_complete(job, status.get("succeeded", 0), len(active)) and not job["spec"].get("suspend"):
            return self._say(status, "SuccessCriteriaMet", "True", "CompletionsReached")
        return None

    def _end(self, job: Object, target: dict[str, Any]) -> None:
        """No more Pods; the Job has ended when the last one has."""
        pods = self._pods.of(job)
        is_failure = target["type"] == "FailureTarget"
        status = copy_of(job["status"])
        for pod in filter(job_rules.is_active, pods):
            self._pods.delete(job, pod)
            if is_failure:
                status["failed"] = status.get("failed", 0) + 1
            self._untrack(self._store.get(PODS, *key_of(pod)))
        if not any(is_deleted(pod) and not is_ended(pod) for pod in self._pods.of(job)):
            if not is_failure:
                status["completionTime"] = timestamp(self._work.clock.now())
            said = self._say(status, "Failed" if is_failure else "Complete", "True", target.get("reason", ""))
            if is_failure:
                self._pods.tell(job, WARNING, said["reason"], said["message"])
            else:
                self._pods.tell(job, NORMAL, "Completed", "Job completed")
        write_status(self._store, JOBS, job, status)

    def _suspend(self, job: Object) -> None:
        for pod in filter(job_rules.is_active, self._pods.of(job)):
            self._drop(job, pod)
        status = copy_of(job["status"])
        status.pop("startTime", None)
        known = condition(job, "Suspended")
        if known is None or known["status"] != "True":
            self._say(status, "Suspended", "True", "JobSuspended")
            self._pods.tell(job, NORMAL, "Suspended", job_rules.MESSAGES["JobSuspended"])
        write_status(self._store, JOBS, job, status)

    def _manage(self, job: Object) -> None:
        """Have as many Pods work as should."""
        status = copy_of(job["status"])
        known = condition(job, "Suspended")
        if known is not None and known["status"] == "True":
            self._say(status, "Suspended", "False", "JobResumed")
            self._pods.tell(job, NORMAL, "Resumed", job_rules.MESSAGES["JobResumed"])
        status.setdefault("startTime", timestamp(self._work.clock.now()))
        job = write_status(self._store, JOBS, job, status)
        if (due := job_rules.deadline(job)) is not None:
            self._work.add_at(self.name, key_of(job), due)
        pods = self._pods.of(job)
        active = [pod for pod in pods if job_rules.is_active(pod)]
        wanted = job_rules.wanted_active(job, status.get("succeeded", 0), len(active))
        for pod in sorted(active, key=_worth)[: max(0, len(active) - wanted)]:
            self._drop(job, pod)
        if job["spec"]["podReplacementPolicy"] == "Failed":
            wanted -= sum(1 for pod in pods if is_deleted(pod) and not is_ended(pod))
        if len(active) < wanted and not self._is_pausing(job):
            self._pods.create_all(job, self._new_pods(job, active, wanted - len(active)))

    def _is_pausing(self, job: Object) -> bool:
        failures, last = self._failures.get(job["metadata"]["uid"], (0, 0.0))
        again = last + job_rules.pause_after(failures)
        if again <= self._work.clock.now():
            return False
        self._work.add_at(self.name, key_of(job), again)
        return True

    def _new_pods(self, job: Object, active: list[Object], count: int) -> list[Object]:
        new = [self._pods.pod_of(job, job["spec"]["template"]) for _ in range(count)]
        for pod in new:
            pod["metadata"]["finalizers"] = [TRACKING, *pod["metadata"].get("finalizers", [])]
        if job["spec"]["completionMode"] != "Indexed":
            return new
        taken = {job_rules.index_of(pod) for pod in active}
        taken |= job_rules.read_indexes(job["status"].get("completedIndexes", ""))
        free = (index for index in range(job["spec"]["completions"]) if index not in taken)
        return [job_rules.indexed(pod, job, index) for pod, index in zip(new, free, strict=False)]

    def _drop(self, job: Object, pod: Object) -> None:
        """Delete a Pod that is too much; it does not count as failed."""
        self._untrack(pod)
        self._pods.delete(job, pod)

    def _untrack(self, pod: Object | None) -> None:
        if pod is None or TRACKING not in pod["metadata"].get("finalizers", []):
            return
        changed = copy_of(pod)
        changed["metadata"]["finalizers"].remove(TRACKING)
        if not changed["metadata"]["finalizers"]:
            del changed["metadata"]["finalizers"]
        self._store.update(PODS, changed)

    def _let_go(self, key: Key) -> None:
        """The Job is gone or going: nobody counts its Pods any more."""
        for pod in self._lookup.pods_in(key[0]):
            owner = controller_of(pod)
            if owner is not None and (owner["kind"], owner["name"]) == (JOBS.kind, key[1]):
                self._untrack(pod)

    def _retire(self, job: Object) -> None:
        """The Job has ended: count nothing more, and delete it when its time has come."""
        for pod in self._pods.of(job):
            self._untrack(pod)
        self._failures.pop(job["metadata"]["uid"], None)
        kept, finished = job["spec"].get("ttlSecondsAfterFinished"), _finished(job)
        if kept is not None and finished is not None:
            due = seconds_of(finished.get("lastTransitionTime") or in_seconds(self._store)) + kept
            if due <= self._work.clock.now():
                delete(self._store, JOBS, *key_of(job), Propagation.FOREGROUND)
            else:
                self._work.add_at(self.name, key_of(job), due)
        self._write_counts(key_of(job))

    def _say(self, status: dict[str, Any], kind: str, value: str, reason: str) -> dict[str, Any]:
        """Set a condition; returns it."""
        now = timestamp(self._work.clock.now())
        said = {"type": kind, "status": value, "reason": reason, "message": job_rules.MESSAGES.get(reason, "")}
        said |= {"lastProbeTime": now, "lastTransitionTime": now}
        kept = [entry for entry in status.get("conditions", []) if entry["type"] != kind]
        status["conditions"] = [*kept, said]
        return said

    def _write_counts(self, key: Key) -> None:
        job = self._store.get(JOBS, *key)
        if job is None:
            return
        pods, status = self._pods.of(job), copy_of(job["status"])
        active = [pod for pod in pods if job_rules.is_active(pod)]
        status |= {"active": len(active), "ready": sum(map(is_ready, active)), "uncountedTerminatedPods": {}}
        status["terminating"] = sum(1 for pod in pods if is_deleted(pod) and not is_ended(pod))
        if not active:
            del status["active"]
        write_status(self._store, JOBS, job, status)


def _finished(job: Object) -> dict[str, Any] | None:
    """The condition Complete or Failed, once it holds."""
    for kind in ("Complete", "Failed"):
        entry = condition(job, kind)
        if entry is not None and entry["status"] == "True":
            return entry
    return None


def _worth(pod: Object) -> tuple[bool, bool, float, str]:
    """Which of too many Pods goes first: not yet on a node, not ready, younger."""
    created = seconds_of(pod["metadata"]["creationTimestamp"])
    return bool(pod["spec"].get("nodeName")), is_ready(pod), -created, pod["metadata"]["name"]
