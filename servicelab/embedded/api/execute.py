"""The subresources of Pods that go on in both directions: `exec`, `attach` and `portforward`.

Here is what is to be connected with what; carrying it is the server's business.
"""

from typing import Any

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.kubelets import check_connection
from servicelab.embedded.api.logs import FollowedLog, container_of
from servicelab.embedded.api.messages import Attach, Exec, PortForward, Request
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.controllers.pod_status import all_containers
from servicelab.embedded.store import Object

NO_COPY = (
    "the embedded cluster does not do kubectl cp, as its containers have no tar; "
    "use kubectl exec POD -- cat FILE, a ConfigMap, or a kind cluster"
)


HIGHEST_PORT = 65535


def execute(api: Api, request: Request, path: ResourcePath) -> Exec:
    """Check an exec request; ApiError when the container is not running."""
    pod = stored(api, path)
    command = request.query.get("command", [])
    streams = _streams(request)
    if not any(streams[name] for name in ("stdin", "stdout", "stderr")):
        raise errors.bad_request("you must specify at least 1 of stdin, stdout, stderr")
    if not command:
        raise errors.bad_request("you must specify at least one command for the container")
    container = container_of(pod, request.parameter("container"))
    _check_host(pod)
    check_connection(api, pod)
    if not _is_running(pod, container):
        raise errors.ApiError(500, "InternalError", f'container not found ("{container}")', has_details=False)
    if command[0] == "tar":
        raise errors.not_supported(NO_COPY)
    return Exec(path.namespace, path.name, container, tuple(command), **streams)


def attach(api: Api, request: Request, path: ResourcePath) -> Attach:
    """Check an attach request; ApiError when the container is not running."""
    pod = stored(api, path)
    container = container_of(pod, request.parameter("container"))
    _check_host(pod)
    check_connection(api, pod)
    if not _is_running(pod, container):
        what = f"container {container} not found in pod {path.name}_{path.namespace}"
        raise errors.ApiError(404, "NotFound", what, has_details=False)
    output = FollowedLog(api, path, pod, container, as_written=True)
    return Attach(path.namespace, path.name, container, output, **_streams(request))


def port_forward(api: Api, request: Request, path: ResourcePath) -> PortForward:
    """Check a port-forward request. Whether anybody listens shows when a connection is made."""
    pod = stored(api, path)
    _check_host(pod)
    check_connection(api, pod)
    words = [word for value in request.query.get("ports", []) for word in value.split(",")]
    if not all(word.isdecimal() and 0 < int(word) <= HIGHEST_PORT for word in words):
        raise errors.bad_request(f"query parameter `ports` must be ports from 1 to {HIGHEST_PORT}")
    return PortForward(path.namespace, path.name, pod["metadata"]["uid"], tuple(int(word) for word in words))


def _streams(request: Request) -> dict[str, Any]:
    return {name: request.flag(name) for name in ("stdin", "stdout", "stderr", "tty")}


def _check_host(pod: Object) -> None:
    if not pod["spec"].get("nodeName"):
        raise errors.bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")


def _is_running(pod: Object, container: str) -> bool:
    return any(
        status["name"] == container and "running" in (status.get("state") or {})
        for status in all_containers(pod.get("status") or {})
    )
