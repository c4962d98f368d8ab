"""The `exec` subresource of Pods: what is to be run where. Running it is the programs' business."""

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.logs import container_of
from servicelab.embedded.api.messages import Exec, Request
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored


def execute(api: Api, request: Request, path: ResourcePath) -> Exec:
    """Check an exec request; ApiError when the container is not running."""
    pod = stored(api, path)
    command = request.query.get("command", [])
    streams = {name: request.flag(name) for name in ("stdin", "stdout", "stderr", "tty")}
    if not any(streams[name] for name in ("stdin", "stdout", "stderr")):
        raise errors.bad_request("you must specify at least 1 of stdin, stdout, stderr")
    if not command:
        raise errors.bad_request("you must specify at least one command for the container")
    container = container_of(pod, request.parameter("container"))
    if not pod["spec"].get("nodeName"):
        raise errors.bad_request(f"pod {path.name} does not have a host assigned")
    running = any(
        status["name"] == container and "running" in (status.get("state") or {})
        for status in (pod.get("status") or {}).get("containerStatuses") or ()
    )
    if not running:
        raise errors.ApiError(
            500,
            "InternalError",
            f'container not found ("{container}")',
            has_details=False,
        )
    return Exec(path.namespace, path.name, container, tuple(command), **streams)
