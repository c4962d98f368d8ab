"""Ready: why none of the Pods that the selector finds gets requests."""

from collections.abc import Iterator
from typing import Any

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.request import Request, spoken
from servicelab.diagnosis.snapshot import Json
from servicelab.network.objects import Service

IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
         "RegistryUnavailable")  # fmt: skip
CONFIGURATION = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError")
CREATING = ("ContainerCreating", "PodInitializing")
WORST = ("node-not-ready", "pod-pending", "pod-image", "pod-configuration", "pod-volumes", "pod-init", "liveness-kills",
         "pod-crashes", "startup-probe-fails", "readiness-gate", "probe-asks-another-port", "readiness-probe-fails",
         "pods-terminating", "pod-starting")  # fmt: skip
"""Where Pods differ, the one that comes first here is told: it comes first in a Pod's life."""


def broken(request: Request) -> Finding | None:
    """Why no endpoint is ready, or None when one is."""
    service = request.service
    if service is None or service.external_name or not service.selector or _some_run(request, service):
        return None
    found = [trouble for pod in request.pods if (trouble := _trouble(request, pod)) is not None]
    return min(found, key=lambda one: WORST.index(one.cause), default=None)


def _some_run(request: Request, service: Service) -> bool:
    """Whether an endpoint that gets requests runs. The list is a moment behind a Pod whose container has just ended,
    unless those that are not ready belong on it."""
    called = [*(one.address for one in service.addresses), *(one.address for one in request.usable)]
    if request.service_json["spec"].get("publishNotReadyAddresses"):
        return bool(called)
    pods = map(request.state.pod_of_address.get, called)
    return any(pod is None or all(container.running for container in pod.containers) for pod in pods)


def _conditions(pod: Json) -> dict[str, Json]:
    return {one["type"]: one for one in (pod.get("status") or {}).get("conditions") or ()}


def _trouble(request: Request, pod: Json) -> Finding | None:
    """What keeps one Pod from being ready."""
    status, name = pod.get("status") or {}, pod["metadata"]["name"]
    facts: dict[str, Any] = {"pod": name, "pods": spoken(one["metadata"]["name"] for one in request.pods)}
    conditions = _conditions(pod)
    if pod["metadata"].get("deletionTimestamp"):
        return request.finding("pods-terminating", **facts)
    node = request.state.nodes.get(pod["spec"].get("nodeName", ""))
    if node is not None and not node.ready:
        return request.finding("node-not-ready", node=node.name, **facts)
    scheduled = conditions.get("PodScheduled", {})
    if not pod["spec"].get("nodeName"):
        said = scheduled.get("message") or scheduled.get("reason") or "no node has been chosen yet"
        return request.finding("pod-pending", said=said, **facts)
    for kind, one in (*_containers(status, "initContainerStatuses"), *_containers(status, "containerStatuses")):
        found = _container(request, pod, one, facts, is_init=kind == "initContainerStatuses")
        if found is not None:
            return found
    return _probed(request, pod, conditions, facts)


def _containers(status: Json, kind: str) -> Iterator[tuple[str, Json]]:
    return ((kind, one) for one in status.get(kind) or ())


def _container(request: Request, pod: Json, status: Json, facts: dict[str, Any], *, is_init: bool) -> Finding | None:
    """What keeps one container from running."""
    state, last = status.get("state") or {}, status.get("lastState") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or last.get("terminated") or {}
    reason, container = waiting.get("reason", ""), status["name"]
    if reason in IMAGE:
        said = waiting.get("message") or reason
        return request.finding("pod-image", container=container, image=status.get("image", ""), said=said, **facts)
    if reason in CONFIGURATION:
        return request.finding("pod-configuration", container=container, said=waiting.get("message") or reason, **facts)
    if is_init:
        if (state.get("terminated") or {}).get("exitCode") == 0 or status.get("ready"):
            return None
        said = _ended_words(ended) if ended else "it has not ended yet"
        return request.finding("pod-init", container=container, said=said, **facts)
    if reason in CREATING:
        mounts = [one["message"] for one in _events(request, pod) if one.get("reason", "").startswith("FailedMount")]
        if mounts:
            return request.finding("pod-volumes", said=mounts[0], **facts)
        return request.finding("pod-starting", **facts)
    if state.get("running") or not (ended or reason):
        return None
    killed = [one["message"] for one in _events(request, pod) if "Liveness probe failed" in one.get("message", "")]
    cause = "liveness-kills" if killed else "pod-crashes"
    said = killed[0] if killed else _ended_words(ended)
    count = status.get("restartCount", 0)
    return request.finding(cause, container=container, said=said, restarts=count, **facts)


def _ended_words(ended: Json) -> str:
    if not ended:
        return "it does not run"
    return f"it ended with exit code {ended.get('exitCode')}" + (f" ({ended['reason']})" if ended.get("reason") else "")


def _events(request: Request, pod: Json) -> list[Json]:
    return request.snapshot.events("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])


def _probed(request: Request, pod: Json, conditions: dict[str, Json], facts: dict[str, Any]) -> Finding | None:
    """The containers run, and yet the Pod is not Ready."""
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    gates = [one["conditionType"] for one in pod["spec"].get("readinessGates") or ()]
    closed = [one for one in gates if conditions.get(one, {}).get("status") != "True"]
    if closed and conditions.get("ContainersReady", {}).get("status") == "True":
        return request.finding("readiness-gate", gates=spoken(closed), **facts)
    statuses = {one["name"]: one for one in (pod.get("status") or {}).get("containerStatuses") or ()}
    for container in pod["spec"]["containers"]:
        status = statuses.get(container["name"], {})
        if status.get("ready"):
            continue
        is_starting = bool(container.get("startupProbe")) and status.get("started") is False
        probe = container.get("startupProbe") if is_starting else container.get("readinessProbe")
        if probe is None:
            continue
        failures = [one["message"] for one in _events(request, pod) if "probe failed" in one.get("message", "")
                    or "probe errored" in one.get("message", "")]  # fmt: skip
        said = failures[0].strip() if failures else "no answer has been good yet"
        more = {"container": container["name"], "said": said, "probe": _probe_words(probe)}
        if is_starting:
            return request.finding("startup-probe-fails", **facts, **more)
        asked, model = _probe_port(container, probe), request.model(pod)
        if asked is not None and model is not None and request.hears(model, "TCP", asked) is False:
            listens = request.listening_words(model)
            return request.finding("probe-asks-another-port", asked_port=asked, listens=listens, **facts, **more)
        if not failures and probe.get("initialDelaySeconds"):
            return request.finding("pod-starting", **facts)
        return request.finding("readiness-probe-fails", **facts, **more)
    return request.finding("pod-starting", **facts)


def _probe_port(container: Json, probe: Json) -> int | None:
    """The number of the port that a probe asks; None for one that runs a command."""
    asked = (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")
    if isinstance(asked, str) and not asked.isdigit():
        asked = next((one["containerPort"] for one in container.get("ports") or () if one.get("name") == asked), None)
    return int(asked) if asked is not None else None


def _probe_words(probe: Json) -> str:
    http, tcp, command = probe.get("httpGet"), probe.get("tcpSocket"), probe.get("exec")
    if http:
        return f"HTTP GET {http.get('path', '/')} on port {http.get('port')}"
    if tcp:
        return f"a connection to port {tcp.get('port')}"
    return f"the command {' '.join(command.get('command') or ())}" if command else "gRPC"
