"""A Pod's status as the kubelet writes it: phase and conditions follow from the containers' states."""

from typing import Any

from servicelab.embedded.store import Object

Status = dict[str, Any]
CREATING = {"waiting": {"reason": "ContainerCreating"}}
INITIALIZING = {"waiting": {"reason": "PodInitializing"}}
LOST = {
    "exitCode": 137,
    "finishedAt": None,
    "message": "The container could not be located when the pod was terminated",
    "reason": "ContainerStatusUnknown",
    "startedAt": None,
}
"""The end of a container that never began."""
DEADLINE_EXCEEDED = "DeadlineExceeded"
ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def new_container_status(container: dict[str, Any], state: dict[str, Any]) -> Status:
    """A container that waits for its first start."""
    status: Status = {
        "image": container["image"],
        "imageID": "",
        "lastState": {},
        "name": container["name"],
        "ready": False,
        "restartCount": 0,
        "started": False,
        "state": state,
    }
    if mounts := [mount_status(mount) for mount in container.get("volumeMounts", [])]:
        status["volumeMounts"] = mounts
    return status


def mount_status(mount: dict[str, Any]) -> Status:
    """What a container's status says of one of its mounts."""
    status = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        status |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return status


def all_containers(status: Status) -> list[Status]:
    """The statuses of init containers and containers."""
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def stop_waiting(container: Status) -> bool:
    """A container of a Pod that is being stopped waits for nothing any more. Whether that is to be told."""
    if "waiting" not in container["state"]:
        return False
    before = container["state"]
    container["state"] = dict(container["lastState"]) or CREATING
    return bool(container["state"] != before)


def give_up(pod: Object, status: Status) -> None:
    """Containers that never began are lost, as the kubelet says of a Pod that it has stopped; unless it was not yet
    their turn."""
    waiting = [entry for entry in all_containers(status) if "waiting" in entry["state"]]
    if waiting:
        status["phase"] = "Failed"
    for entry in waiting if is_initialized(pod, status) else ():
        entry["state"] = {"terminated": dict(LOST)}


def is_running(container: Status) -> bool:
    """Whether the container runs now."""
    return "running" in container["state"]


def exit_code(container: Status) -> int | None:
    """The code the container ended with, unless it runs or was never started."""
    ended = container["state"].get("terminated")
    return None if ended is None else int(ended["exitCode"])


def is_initialized(pod: Object, status: Status) -> bool:
    """Whether all init containers have done their work."""
    wanted = len(pod["spec"].get("initContainers", []))
    ended = [exit_code(container) == 0 for container in status.get("initContainerStatuses", [])]
    return len(ended) == wanted and all(ended)


def phase_of(pod: Object, status: Status) -> str:
    """Pending, Running, Succeeded or Failed."""
    containers = status.get("containerStatuses", [])
    if status.get("reason") == DEADLINE_EXCEEDED:
        return "Failed"
    policy = pod["spec"].get("restartPolicy", "Always")
    if policy == "Never" and any(exit_code(c) not in (None, 0) for c in status.get("initContainerStatuses", [])):
        return "Failed"
    if not is_initialized(pod, status) or not containers:
        return "Pending"
    codes = [exit_code(container) for container in containers]
    is_stopping = "deletionTimestamp" in pod["metadata"]
    if all(code is not None for code in codes) and (policy != "Always" or is_stopping):
        if all(code == 0 for code in codes):
            return "Succeeded"
        if policy == "Never" or is_stopping:
            return "Failed"
    started = any(is_running(c) or exit_code(c) is not None or c["lastState"] for c in containers)
    waiting_only = all("waiting" in c["state"] and not c["lastState"] for c in containers)
    return "Running" if started and not waiting_only else "Pending"


def write_conditions(pod: Object, status: Status, has_network: bool, now: str) -> None:
    """Set the five conditions from the rest of the status."""
    containers = status.get("containerStatuses", [])
    phase = status["phase"]
    unready = [container["name"] for container in containers if not container["ready"]]
    initialized: Status = {"status": "True"}
    if not is_initialized(pod, status):
        waiting = [c["name"] for c in status.get("initContainerStatuses", []) if exit_code(c) != 0]
        message = f"containers with incomplete status: [{' '.join(waiting)}]"
        initialized = {"status": "False", "reason": "ContainersNotInitialized", "message": message}
    ready: Status = {"status": "True"}
    if phase == "Succeeded":
        initialized = {"status": "True", "reason": "PodCompleted"}
        ready = {"status": "False", "reason": "PodCompleted"}
    elif phase == "Failed":
        ready = {"status": "False", "reason": "PodFailed"}
    elif unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        ready = {"status": "False", "reason": "ContainersNotReady", "message": message}
    network: Status = {"status": "True" if has_network else "False"}
    known = {entry["type"]: entry for entry in status.get("conditions", [])}
    wished = {
        "PodReadyToStartContainers": network,
        "Initialized": initialized,
        "Ready": ready,
        "ContainersReady": ready,
        "PodScheduled": {"status": "True"},
    }
    for gate in pod["spec"].get("readinessGates", []):
        entry = known.get(gate["conditionType"])
        if ready["status"] == "True" and (entry is None or entry["status"] != "True"):
            message = f'corresponding condition of pod readiness gate "{gate["conditionType"]}" does not exist.'
            if entry is not None:
                said = f'"{gate["conditionType"]}" is not "True", but {entry["status"]}'
                message = f"the status of pod readiness gate {said}"
            wished["Ready"] = {"status": "False", "reason": "ReadinessGatesNotReady", "message": message}
    generation = pod["metadata"].get("generation", 1)
    others = [entry for kind, entry in known.items() if kind not in wished]
    status["conditions"] = [_entry(kind, wished[kind], known.get(kind), generation, now) for kind in ORDER] + others


def _entry(kind: str, said: Status, before: Status | None, generation: int, now: str) -> Status:
    changed = before is None or before["status"] != said["status"]
    since = now if before is None or changed else before["lastTransitionTime"]
    head: Status = {"lastProbeTime": None, "lastTransitionTime": since, "observedGeneration": generation}
    return {**head, **said, "type": kind}
