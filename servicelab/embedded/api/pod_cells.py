"""The cells of the Pod table: STATUS sums up phase, conditions and container states as kube-apiserver does."""

from collections.abc import Mapping
from typing import Any

from servicelab.embedded.api.ages import age, duration, seconds_of
from servicelab.embedded.store import Object

NONE = "<none>"


def pod_cells(pod: Object, now: float) -> list[Any]:
    """Name, readiness, status, restarts, age, address, node, nominated node, readiness gates."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    statuses = status.get("containerStatuses") or []
    ready = sum(1 for one in statuses if one.get("ready") and "running" in (one.get("state") or {}))
    addresses = [entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip")]
    return [
        pod["metadata"]["name"],
        f"{ready}/{len(spec.get('containers') or ())}",
        _summary(pod),
        _restarts(pod, now),
        age(pod["metadata"].get("creationTimestamp"), now),
        (addresses or [status.get("podIP") or NONE])[0],
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _readiness_gates(spec, status),
    ]


def _summary(pod: Object) -> str:
    status = pod.get("status") or {}
    text = str(status.get("reason") or status.get("phase") or "")
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            text = "SchedulingGated"
    text = _initializing(pod) or _of_containers(status, text)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            return "Unknown"
        if status.get("phase") not in ("Failed", "Succeeded"):
            return "Terminating"
    return text


def _initializing(pod: Object) -> str:
    containers = (pod.get("spec") or {}).get("initContainers") or []
    for index, one in enumerate((pod.get("status") or {}).get("initContainerStatuses") or ()):
        state = one.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting")
        restarts_always = index < len(containers) and containers[index].get("restartPolicy") == "Always"
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if restarts_always and one.get("started"):
            continue
        if terminated is not None:
            return f"Init:{_terminated(terminated)}"
        if waiting is not None and waiting.get("reason") not in (None, "", "PodInitializing"):
            return f"Init:{waiting['reason']}"
        return f"Init:{index}/{len(containers)}"
    return ""


def _of_containers(status: Mapping[str, Any], text: str) -> str:
    has_running = False
    for one in reversed(status.get("containerStatuses") or []):
        state = one.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            text = state["waiting"]["reason"]
        elif "terminated" in state:
            text = _terminated(state["terminated"])
        elif one.get("ready") and "running" in state:
            has_running = True
    if text == "Completed" and has_running:
        ready = any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in status.get("conditions") or ()
        )
        return "Running" if ready else "NotReady"
    return text


def _terminated(terminated: Mapping[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _restarts(pod: Object, now: float) -> str:
    count, last = 0, None
    for one in (pod.get("status") or {}).get("containerStatuses") or ():
        count += one.get("restartCount", 0)
        ended = seconds_of(((one.get("lastState") or {}).get("terminated") or {}).get("finishedAt"))
        if ended is not None and (last is None or ended > last):
            last = ended
    return f"{count} ({duration(now - last)} ago)" if count and last is not None else str(count)


def _readiness_gates(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    gates = spec.get("readinessGates") or ()
    if not gates:
        return NONE
    true = {condition["type"] for condition in status.get("conditions") or () if condition["status"] == "True"}
    return f"{sum(1 for gate in gates if gate['conditionType'] in true)}/{len(gates)}"
