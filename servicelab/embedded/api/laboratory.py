"""What the embedded cluster answers beside the Kubernetes API: probes, commands on nodes, logins for learners."""

from typing import TYPE_CHECKING, Any

from servicelab.embedded.api import errors
from servicelab.embedded.api.decoding import parse_json
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.api.messages import Request, Response, json_response
from servicelab.embedded.controllers import node_power
from servicelab.embedded.controllers.laboratory_settings import (
    faults_of,
    has_load_balancer,
    set_faults,
    set_load_balancer,
)
from servicelab.embedded.resources import NODES, PODS, SERVICE_ACCOUNTS
from servicelab.embedded.users import NoSuchAccount, Users
from servicelab.network.faults import Faults
from servicelab.network.places import NodePlace, Place, PodPlace, parse_place, parse_target
from servicelab.network.unmodelled import Unmodelled

if TYPE_CHECKING:
    from servicelab.embedded.programs.world import World

DEFAULT_TIMEOUT = 2.0


def laboratory(world: "World", users: Users, request: Request) -> Response:
    """POST /lab/v1/probe, tokens, nodes (what is broken?), nodes/NAME/exec, nodes/NAME/stop and nodes/NAME/start,
    faults (sets firewalls and partitions), load-balancer (says whether there is one; with `on` sets it).

    ApiError for anything else.
    """
    parts = [part for part in request.path.split("/") if part]
    if request.method != "POST":
        raise errors.method_not_allowed()
    match parts:
        case ["lab", "v1", "probe"]:
            return _probe(world, _body(request))
        case ["lab", "v1", "tokens"]:
            return _token(users, _body(request))
        case ["lab", "v1", "nodes"]:
            return _faults(world)
        case ["lab", "v1", "faults"]:
            return _set_faults(world, _body(request))
        case ["lab", "v1", "load-balancer"]:
            return _load_balancer(world, _body(request))
        case ["lab", "v1", "nodes", name, "exec"]:
            return _on_node(world, name, _body(request))
        case ["lab", "v1", "nodes", name, "stop" | "start" as way]:
            return _power(world, name, way)
    raise errors.no_such_path()


def _probe(world: "World", body: dict[str, Any]) -> Response:
    from servicelab.embedded.programs.probe import probe

    try:
        source = parse_place(str(body.get("source", "")))
        target = parse_target(str(body.get("target", "")))
        timeout = float(body.get("timeout", DEFAULT_TIMEOUT))
        _check_node(world, _node_of(world, source))
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
    _check_node(world, name)
    finished = shell.run_on_node(world, name, command, str(body.get("stdin", "")))
    return json_response(
        {
            "stdout": finished.stdout,
            "stderr": finished.stderr,
            "exitCode": finished.exit_code,
            "seconds": finished.seconds,
        }
    )


def _token(users: Users, body: dict[str, Any]) -> Response:
    """A login for the one who is to work in one namespace, as a ServiceAccount there."""
    namespace, account = str(body.get("namespace", "")), str(body.get("serviceAccount", ""))
    try:
        return json_response({"token": users.give_token(namespace, account)}, 201)
    except NoSuchAccount:
        raise errors.not_found(SERVICE_ACCOUNTS, account) from None


def _node_of(world: "World", place: Place) -> str:
    """The node a request sets out from; "" from outside, and when there is no such Pod."""
    if isinstance(place, PodPlace):
        pod = world.store.get(PODS, place.namespace, place.name)
        return str(pod["spec"].get("nodeName", "")) if pod is not None else ""
    return place.name if isinstance(place, NodePlace) else ""


def _check_node(world: "World", name: str) -> None:
    if not node_power.is_on(world.store, name):
        raise errors.bad_request(f"no command can be run: node {name} is stopped")


def _power(world: "World", name: str, way: str) -> Response:
    """Stop or start a node's machine; the cluster finds out by itself."""
    try:
        (node_power.stop if way == "stop" else node_power.start)(world.store, name)
    except node_power.NoSuchNode as problem:
        raise errors.not_found(NODES, name) from problem
    except node_power.IsControlPlane as problem:
        raise errors.bad_request(str(problem)) from problem
    return _faults(world)


def _faults(world: "World") -> Response:
    return json_response(faults_of(world.store).to_json())


def _set_faults(world: "World", body: dict[str, Any]) -> Response:
    try:
        faults = Faults.from_json(body)
        nodes = {*faults.firewalls, *(node for pair in faults.partitions for node in pair)}
        if not all(isinstance(port, int) for ranges in faults.firewalls.values() for one in ranges for port in one):
            raise ValueError
    except (TypeError, ValueError, AttributeError):
        raise errors.bad_request(
            "faults are firewalls by node, as lists of port ranges, and partitions of nodes"
        ) from None
    for node in nodes:
        if world.store.get(NODES, "", str(node)) is None:
            raise errors.not_found(NODES, str(node))
    set_faults(world.store, faults)
    return _faults(world)


def _load_balancer(world: "World", body: dict[str, Any]) -> Response:
    if isinstance(body.get("on"), bool):
        set_load_balancer(world.store, body["on"])
    return json_response({"on": has_load_balancer(world.store)})


def _body(request: Request) -> dict[str, Any]:
    try:
        body = parse_json(request.body)
    except Unreadable as problem:
        raise errors.bad_request(str(problem)) from None
    if not isinstance(body, dict):
        raise errors.bad_request("the body must be a JSON object")
    return body
