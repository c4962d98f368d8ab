"""What a Job's numbers mean: pure arithmetic on its spec, its status and its Pods."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from servicelab.embedded.controllers.objects import is_deleted, is_ended, labels_of
from servicelab.embedded.store import Object

INDEX = "batch.kubernetes.io/job-completion-index"
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""Seconds after a Pod's failure until the next one is made; doubled with each failure in a row."""
MESSAGES = {
    "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    "DeadlineExceeded": "Job was active longer than specified deadline",
    "CompletionsReached": "Reached expected number of succeeded pods",
    "JobSuspended": "Job suspended",
    "JobResumed": "Job resumed",
}
"""What a condition says by its reason."""


def is_active(pod: Object) -> bool:
    """Whether a Pod counts as one that works."""
    return not is_ended(pod) and not is_deleted(pod)


def phase(pod: Object) -> str:
    """`status.phase`."""
    return str(pod["status"].get("phase", ""))


def has_failed(job: Object, pod: Object) -> bool:
    """Whether a Pod counts as failed: also one that somebody deletes, unless only failed Pods are to be replaced."""
    if phase(pod) == "Failed":
        return True
    return is_deleted(pod) and phase(pod) != "Succeeded" and job["spec"]["podReplacementPolicy"] != "Failed"


def why_failed(job: Object, active: Iterable[Object], failed: int, now: float) -> str:
    """The reason of the Failed condition; empty while the Job may go on."""
    spec, limit = job["spec"], job["spec"]["backoffLimit"]
    if failed > limit:
        return "BackoffLimitExceeded"
    if spec["template"]["spec"]["restartPolicy"] == "OnFailure":
        restarts = sum(
            status.get("restartCount", 0)
            for pod in active
            for kind in ("containerStatuses", "initContainerStatuses")
            for status in pod["status"].get(kind, [])
        )
        if restarts and restarts >= limit:
            return "BackoffLimitExceeded"
    due = deadline(job)
    return "DeadlineExceeded" if due is not None and due <= now else ""


def deadline(job: Object) -> float | None:
    """When `activeDeadlineSeconds` are over, in seconds since 1970; None without, or while it does not run."""
    seconds, began = job["spec"].get("activeDeadlineSeconds"), job.get("status", {}).get("startTime")
    return None if seconds is None or not began else datetime.fromisoformat(began).timestamp() + float(seconds)


def is_complete(job: Object, succeeded: int, active: int) -> bool:
    """Whether enough Pods have succeeded; without `completions` one is enough, once the others have ended too."""
    wanted = job["spec"].get("completions")
    return succeeded > 0 and active == 0 if wanted is None else succeeded >= wanted


def wanted_active(job: Object, succeeded: int, active: int) -> int:
    """How many Pods should work now."""
    completions, parallelism = job["spec"].get("completions"), int(job["spec"]["parallelism"])
    if completions is None:
        return active if succeeded else parallelism
    return max(0, min(int(completions) - succeeded, parallelism))


def pause_after(failures: int) -> float:
    """Seconds from the last of so many failures in a row to the next Pod."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) if failures else 0.0


def index_of(pod: Object) -> int | None:
    """The completion index of a Pod of an Indexed Job."""
    text = labels_of(pod).get(INDEX, "")
    return int(text) if text.isdigit() else None


def read_indexes(text: str) -> set[int]:
    """`0-2,5` as numbers."""
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def write_indexes(indexes: Iterable[int]) -> str:
    """Numbers as `0-2,5`; two in a row are written as `0,1`."""
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def indexed(pod: Object, job: Object, index: int) -> Object:
    """A new Pod of an Indexed Job with what tells it its index."""
    metadata, name = pod["metadata"], f"{job['metadata']['name']}-{index}"
    metadata["generateName"] = f"{name}-"
    for place in ("labels", "annotations"):
        metadata.setdefault(place, {})[INDEX] = str(index)
    pod["spec"]["hostname"] = name
    field = {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}
    variable: dict[str, Any] = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": field}}
    for kind in ("initContainers", "containers"):
        for container in pod["spec"].get(kind, []):
            container.setdefault("env", []).append(variable)
    return pod
