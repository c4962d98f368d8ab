"""The `proxy` subresource of Pods and Services: the API server itself asks the program, from its node.

As a real API server it goes to a Pod's address, never through a Service's virtual IP: of a Service it takes any ready
endpoint of the port that is named.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode, urlsplit

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api
from servicelab.embedded.api.messages import TEXT, Request, Response
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.resources import ENDPOINT_SLICES, NODES, PODS, SERVICES
from servicelab.embedded.store import Object
from servicelab.network.places import NodePlace, Target
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome

if TYPE_CHECKING:
    from servicelab.embedded.programs.http import HttpResponse
    from servicelab.embedded.programs.world import World

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
GIVES_UP = 30.0
"""Seconds an API server tries to connect."""
KEPT_BACK = ("authorization", "connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
"""Request headers that are the API server's own business."""


def proxy(api: Api, request: Request, path: ResourcePath) -> Response:
    """Pass a request on to a Pod and give its answer back; ApiError when there is none."""
    tail = "/".join(request.path.split("/")[8:])
    if not tail and not request.path.endswith("/") and request.method in ("GET", "HEAD"):
        return Response(301, b"", TEXT, (("Location", f"{request.path}/"),))
    scheme, name, port = _parts(path)
    if path.resource is PODS:
        address, number = _pod(api, path, name, port)
    else:
        address, number = _endpoint(api, path, name, port)
    return _ask(api, request, Target(scheme, address, number, "/" + tail))


def _parts(path: ResourcePath) -> tuple[str, str, str]:
    """Scheme, name and port of `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`."""
    words = path.name.split(":")
    if len(words) == 1:
        return "http", words[0], ""
    if len(words) == 2:
        return "http", words[0], words[1]
    if len(words) == 3 and words[0] in ("", "http", "https"):
        return words[0] or "http", words[1], words[2]
    raise errors.bad_request(f'invalid {path.resource.singular} request "{path.name}"')


def _named(api: Api, path: ResourcePath, name: str) -> Object:
    return stored(api, ResourcePath(path.resource, path.namespace, name))


def _pod(api: Api, path: ResourcePath, name: str, port: str) -> tuple[str, int]:
    pod = _named(api, path, name)
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise errors.bad_request("address not allowed")
    if port and not port.isdecimal():
        raise errors.not_supported(
            f"the embedded cluster reaches a Pod through the API server by port number only; {port} is none"
        )
    first = (one["containerPort"] for container in pod["spec"]["containers"] for one in container.get("ports") or ())
    return address, int(port) if port else next(first, 80)


def _endpoint(api: Api, path: ResourcePath, name: str, port: str) -> tuple[str, int]:
    """The address and port of any ready endpoint."""
    service = _named(api, path, name)
    wanted = port
    if port.isdecimal():
        found = [one for one in service["spec"].get("ports") or () if one["port"] == int(port)]
        if not found:
            raise _unavailable(f'no service port {port} found for service "{name}"')
        wanted = found[0].get("name", "")
    slices = [
        one
        for one in api.store.objects(ENDPOINT_SLICES, path.namespace)
        if (one["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == name
    ]
    if not slices and not service["spec"].get("selector"):
        raise errors.not_found(SERVICES, name)  # a real one looks for the Endpoints and names the Service
    ready = [
        (endpoint["addresses"][0], one_port["port"])
        for one in slices
        for one_port in one.get("ports") or ()
        if one_port.get("name", "") == wanted and one_port.get("protocol", "TCP") == "TCP"
        for endpoint in one.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready", True)
    ]
    if not ready:
        raise _unavailable(f'no endpoints available for service "{path.name if not port.isdecimal() else name}"')
    return api.randomness.choice(ready)


def _ask(api: Api, request: Request, target: Target) -> Response:
    from servicelab.embedded.programs.client import send_http
    from servicelab.embedded.programs.http import HttpRequest

    query = urlencode([(name, value) for name, values in request.query.items() for value in values])
    asked = HttpRequest(
        request.method,
        quote(target.path, safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else ""),
        (
            *((name, value) for name, value in request.headers.items() if name not in KEPT_BACK),
            ("host", f"{target.host}:{target.port}"),
            ("x-forwarded-uri", request.path),
        ),
        request.body.decode(errors="replace"),
    )
    world = cast("World", api.containers())
    try:
        reply = send_http(world, NodePlace(_control_plane(api)), target, asked)
    except Unmodelled as problem:
        raise errors.not_supported(str(problem)) from None
    where = f"dial tcp {target.host}:{target.port}"
    if reply.outcome is Outcome.REFUSED:
        raise _unreachable(f"{where}: connect: connection refused")
    if reply.outcome is not Outcome.ANSWERED:
        return replace(_unreachable(f"{where}: i/o timeout").response(), seconds=GIVES_UP)
    if reply.response is None:
        raise _unreachable("EOF")
    return _passed_on(request, target, reply.response)


def _passed_on(request: Request, target: Target, answer: "HttpResponse") -> Response:
    """The program's answer; a redirect to itself leads through the API server again."""
    headers: Mapping[str, str] = {name: value for name, value in answer.headers if name.lower() != "content-length"}
    location = urlsplit(headers.get("Location", ""))
    if location.path.startswith("/") and location.netloc in ("", f"{target.host}:{target.port}"):
        prefix = "/".join(request.path.split("/")[:8])
        query = f"?{location.query}" if location.query else ""
        headers = {**headers, "Location": f"{prefix}{location.path}{query}"}
    content_type = headers.get("Content-Type", "")
    rest = tuple((name, value) for name, value in headers.items() if name != "Content-Type")
    return Response(answer.status, answer.body.encode(), content_type, rest, answer.seconds)


def _control_plane(api: Api) -> str:
    nodes = (node["metadata"] for node in api.store.objects(NODES))
    found = next((str(one["name"]) for one in nodes if CONTROL_PLANE in (one.get("labels") or {})), None)
    if found is None:
        raise errors.not_supported(
            "the embedded cluster's API server has no node to ask from: no Node carries the label "
            f"{CONTROL_PLANE}; put it back, or begin anew with `lab cluster reset`"
        )
    return found


def _unavailable(message: str) -> errors.ApiError:
    return errors.ApiError(503, "ServiceUnavailable", message, has_details=False)


def _unreachable(why: str) -> errors.ApiError:
    return _unavailable(f"error trying to reach service: {why}")
