"""The endpoints of netexec that do something: `/dial` sends requests, `/shell` runs a command; `/exit` is refused."""

from servicelab.embedded.programs.client import Reply, read_problem
from servicelab.embedded.programs.http import PLAIN_TEXT, HttpRequest, HttpResponse, go_json, respond
from servicelab.embedded.programs.logs import klog
from servicelab.embedded.programs.netexec import Endpoint
from servicelab.embedded.programs.world import RunningContainer, World
from servicelab.network.places import PodPlace, Target
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome

DIAL_TIMEOUT = 5.0
"""Seconds `/dial` waits for one answer."""
ERROR_HEADERS = (("Content-Type", PLAIN_TEXT), ("X-Content-Type-Options", "nosniff"))
MOST_TRIES = 1000


def _place(running: RunningContainer) -> PodPlace:
    metadata = running.pod["metadata"]
    return PodPlace(metadata["namespace"], metadata["name"])


def _dial(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    from servicelab.embedded.programs import client as sender

    values = {name: request.parameter(name) for name in ("host", "protocol", "port", "request", "tries")}
    query = "&".join(f"{name}={value}" for name, value in values.items())
    running.lines.append(klog(now, f"GET /dial?{query}"))
    if not values["request"]:
        return respond("request parameter not specified. <nil>\n", now, 400, ERROR_HEADERS)
    protocol = (values["protocol"] or "http").lower()
    if protocol not in ("http", "udp"):
        if protocol == "sctp":
            raise Unmodelled("netexec's /dial is not emulated for sctp; use http or udp")
        return respond(f"unsupported protocol. {protocol}\n", now, 400, ERROR_HEADERS)
    if values["tries"] and not values["tries"].isdigit():
        problem = f'tries parameter is invalid. strconv.Atoi: parsing "{values["tries"]}": invalid syntax\n'
        return respond(problem, now, 400, ERROR_HEADERS)
    tries = min(int(values["tries"] or 1), MOST_TRIES)
    host = values["host"]
    if not values["port"].isdigit():
        problem = f"host and/or port param are invalid. lookup tcp/{values['port']}: unknown port\n"
        return respond(problem, now, 400, ERROR_HEADERS)
    if not host:
        raise Unmodelled("netexec's /dial is not emulated without a host")
    target = Target(protocol, host, int(values["port"]), "/" + values["request"])
    responses: list[str] = []
    errors: list[str] = []
    seconds = 0.0
    for _ in range(tries):
        if protocol == "udp":
            reply = sender.send_udp(world, _place(running), target, values["request"], seconds)
        else:
            headers = (("Host", f"{host}:{target.port}"), ("User-Agent", "Go-http-client/1.1"))
            reply = sender.send_http(world, _place(running), target, HttpRequest("GET", target.path, headers), seconds)
        seconds += min(reply.seconds, DIAL_TIMEOUT)
        match reply.outcome:
            case Outcome.ANSWERED:
                responses += [reply.text] if reply.text else []
            case Outcome.NO_SUCH_NAME:
                text = f"host and/or port param are invalid. lookup {host} on 10.96.0.10:53: no such host\n"
                return respond(text, now, 400, ERROR_HEADERS)
            case Outcome.REFUSED:
                errors.append(_refused(world, protocol, reply, target))
            case _:
                errors.append(_timed_out(world, protocol, reply, target))
    body: dict[str, list[str]] = {}
    if responses:
        body["responses"] = responses
    if errors:
        body["errors"] = errors
    answer = respond(go_json(body), now + seconds)
    return HttpResponse(answer.status, answer.body, answer.headers, seconds)


def _refused(world: World, protocol: str, reply: Reply, target: Target) -> str:
    where = f"{reply.address}:{target.port}"
    if protocol == "udp":
        return f"reading from udp connection failed. err:'{read_problem(world, reply)}: read: connection refused'"
    return f'Get "http://{where}{target.path}": dial tcp {where}: connect: connection refused'


def _timed_out(world: World, protocol: str, reply: Reply, target: Target) -> str:
    where = f"{reply.address}:{target.port}"
    if protocol == "udp":
        return f"reading from udp connection failed. err:'{read_problem(world, reply)}: i/o timeout'"
    return (
        f'Get "http://{where}{target.path}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
    )


def _shell(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    from servicelab.embedded.programs import shell

    command = request.parameter("shellCommand") or request.parameter("cmd")
    running.lines.append(klog(now, f"GET /shell?cmd={command}"))
    place = _place(running)
    finished = shell.run(world, place.namespace, place.name, running.name, ["sh", "-c", command], "")
    body: dict[str, str] = {}
    output = (finished.stdout + finished.stderr).replace("sh: ", "/bin/sh: ", 1 if finished.stderr else 0)
    if output:
        body["output"] = output
    if finished.exit_code:
        body["error"] = f"exit status {finished.exit_code}"
    shown = " ".join(f"{key}:{value}" for key, value in sorted(body.items()))
    running.lines.append(klog(now, f"Output: map[{shown}]"))
    status = 417 if finished.exit_code else 200
    answer = respond(go_json(body), now + finished.seconds, status)
    return HttpResponse(answer.status, answer.body, answer.headers, finished.seconds)


def _exit(world: World, running: RunningContainer, request: HttpRequest, client: str, now: float) -> HttpResponse:
    raise Unmodelled(f"netexec's {request.path} is not emulated; delete the Pod instead")


ACTIONS: dict[str, Endpoint] = {"/dial": _dial, "/shell": _shell, "/exit": _exit, "/shutdown": _exit, "/upload": _exit}
