"""What the embedded cluster answers beside the Kubernetes API: probes, and commands on nodes."""

from typing import TYPE_CHECKING, Any

from servicelab.embedded.api import errors
from servicelab.embedded.api.decoding import parse_json
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.resources import NODES
from servicelab.network.places import parse_place, parse_target
from servicelab.network.unmodelled import Unmodelled

if TYPE_CHECKING:
    from servicelab.embedded.programs.world import World

DEFAULT_TIMEOUT = 2.0


def laboratory(world: "World", request: Request) -> Response:
    """POST /lab/v1/probe and /lab/v1/nodes/NAME/exec. ApiError for anything else."""
    parts = [part for part in request.path.split("/") if part]
    if request.method != "POST":
        raise errors.method_not_allowed()
    match parts:
        case ["lab", "v1", "probe"]:
            return _probe(world, _body(request))
        case ["lab", "v1", "nodes", name, "exec"]:
            return _on_node(world, name, _body(request))
    raise errors.no_such_path()


def _probe(world: "World", body: dict[str, Any]) -> Response:
    from servicelab.embedded.programs.probe import probe

    try:
        source = parse_place(str(body.get("source", "")))
        target = parse_target(str(body.get("target", "")))
        timeout = float(body.get("timeout", DEFAULT_TIMEOUT))
        verdict, path = probe(world, source, target, timeout)
    except (ValueError, TypeError) as problem:
        raise errors.bad_request(str(problem)) from None
    except KeyError as problem:
        raise errors.bad_request(str(problem.args[0])) from None
    except Unmodelled as problem:
        raise errors.not_supported(str(problem)) from None
    return json_response(
        {
            "verdict": {
                "outcome": str(verdict.outcome),
                "by": verdict.by,
                "seen_source": verdict.seen_source,
                "body": verdict.body,
                "detail": verdict.detail,
                "status": verdict.status,
            },
            "path": path.to_json(),
        }
    )


def _on_node(world: "World", name: str, body: dict[str, Any]) -> Response:
    from servicelab.embedded.programs import shell

    command = body.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
        raise errors.bad_request("command must be a list of words")
    if world.store.get(NODES, "", name) is None:
        raise errors.not_found(NODES, name)
    finished = shell.run_on_node(world, name, command, str(body.get("stdin", "")))
    return json_response(
        {
            "stdout": finished.stdout,
            "stderr": finished.stderr,
            "exitCode": finished.exit_code,
            "seconds": finished.seconds,
        }
    )


def _body(request: Request) -> dict[str, Any]:
    try:
        body = parse_json(request.body)
    except Unreadable as problem:
        raise errors.bad_request(str(problem)) from None
    if not isinstance(body, dict):
        raise errors.bad_request("the body must be a JSON object")
    return body
