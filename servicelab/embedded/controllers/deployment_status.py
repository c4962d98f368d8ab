"""A Deployment's status and conditions, which `rollout status` and `wait` read."""

from typing import Any

from servicelab.embedded.clock import seconds_of, timestamp
from servicelab.embedded.controllers.objects import condition
from servicelab.embedded.controllers.rolling import available, bounds_of, wished
from servicelab.embedded.store import Object, copy_of

NEW_AVAILABLE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"


def counted(deployment: Object, newest: Object | None, everything: list[Object]) -> Object:
    """The status' numbers and the Available condition; other conditions as they were."""

    def total(name: str) -> int:
        return sum(int(one.get("status", {}).get(name, 0)) for one in everything)

    ready = total("availableReplicas")
    before = deployment.get("status", {})
    status: Object = {"observedGeneration": deployment["metadata"]["generation"]}
    numbers = {
        "replicas": total("replicas"),
        "updatedReplicas": int(newest.get("status", {}).get("replicas", 0)) if newest else 0,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": ready,
        "unavailableReplicas": max(0, sum(map(wished, everything)) - ready),
    }
    status |= {name: number for name, number in numbers.items() if number}
    status["terminatingReplicas"] = total("terminatingReplicas")
    for name in ("collisionCount", "conditions"):
        if before.get(name):
            status[name] = copy_of({"kept": before[name]})["kept"]
    return status


def set_condition(status: Object, kind: str, value: str, reason: str, message: str, now: float) -> None:
    """Put a condition at the end of the list; its transition time stays while its value does."""
    conditions: list[dict[str, Any]] = status.setdefault("conditions", [])
    before = next((entry for entry in conditions if entry["type"] == kind), None)
    if before is not None and before["status"] == value and before["reason"] == reason:
        return
    since = before["lastTransitionTime"] if before and before["status"] == value else timestamp(now)
    entry = {"lastTransitionTime": since, "lastUpdateTime": timestamp(now), "message": message}
    entry |= {"reason": reason, "status": value, "type": kind}
    status["conditions"] = [other for other in conditions if other["type"] != kind] + [entry]


def judge_available(deployment: Object, status: Object, now: float) -> None:
    """Set the Available condition."""
    minimum = int(deployment["spec"]["replicas"]) - bounds_of(deployment).unavailable
    if status.get("availableReplicas", 0) >= minimum:
        message = "Deployment has minimum availability."
        set_condition(status, "Available", "True", "MinimumReplicasAvailable", message, now)
    else:
        message = "Deployment does not have minimum availability."
        set_condition(status, "Available", "False", "MinimumReplicasUnavailable", message, now)


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether all wished Pods are of the newest template and available, and no others are left."""
    replicas = int(deployment["spec"]["replicas"])
    names = ("updatedReplicas", "replicas", "availableReplicas")
    return all(status.get(name, 0) == replicas for name in names)


def judge_progress(deployment: Object, status: Object, newest: Object | None, now: float) -> float | None:
    """Set the Progressing condition; returns when it will time out if nothing moves."""
    deadline = deployment["spec"].get("progressDeadlineSeconds")
    current = condition({"status": status}, "Progressing")
    done = current is not None and current["reason"] == NEW_AVAILABLE
    if deadline is None or (done and status.get("replicas", 0) == status.get("updatedReplicas", 0)):
        return None
    name = newest["metadata"]["name"] if newest else deployment["metadata"]["name"]
    what = f'ReplicaSet "{name}"' if newest else f'Deployment "{name}"'
    if is_complete(deployment, status):
        set_condition(status, "Progressing", "True", NEW_AVAILABLE, f"{what} has successfully progressed.", now)
        return None
    if _moved(deployment.get("status", {}), status):
        message = f"{what} is progressing."
        set_condition(status, "Progressing", "True", "ReplicaSetUpdated", message, now)
        current = condition({"status": status}, "Progressing")
        if current is not None:
            current["lastUpdateTime"] = timestamp(now)
    current = condition({"status": status}, "Progressing")
    if current is None or current["reason"] in (TIMED_OUT, NEW_AVAILABLE, "DeploymentPaused"):
        return None
    due = seconds_of(current["lastUpdateTime"]) + float(deadline)
    if due <= now:
        set_condition(status, "Progressing", "False", TIMED_OUT, f"{what} has timed out progressing.", now)
        return None
    return due


def _moved(before: Object, after: Object) -> bool:
    def old(status: Object) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old(after) < old(before) or any(after.get(name, 0) > before.get(name, 0) for name in more)


def is_saturated(deployment: Object, newest: Object | None) -> bool:
    """Whether the newest ReplicaSet has all wished Pods, available."""
    replicas = int(deployment["spec"]["replicas"])
    return newest is not None and wished(newest) == replicas and available(newest) == replicas
