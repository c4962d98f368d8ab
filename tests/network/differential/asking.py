"""Asks many flows from one place with one run of a client, and reads what it says.

All flows of a place are asked side by side: most of the time passes in waiting for answers that do not come.
"""

import json
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from servicelab.cluster import client_script, outside
from servicelab.cluster.base import ExecResult, MachineError
from servicelab.cluster.docker import docker
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, Target
from servicelab.network.verdict import Outcome

TRIES = 4
"""Requests of a flow, so that more than one Pod may show itself; a second one without an answer is the last."""
LIMIT = 3
"""Seconds after which a request counts as not answered. A SYN is sent anew after one and after three."""
AT_ONCE_APART = 0.15
"""Seconds between the starts of flows from one place: Linux sends one machine only some refusals at once."""
LONGEST = 120.0

SCRIPT = r"""
mark=$1 tries=$2 limit=$3
http() {
  i=0 bad=0 words=/tmp/$mark.$1
  while [ $i -lt $tries ] && [ $bad -lt 2 ]; do
    said=$(curl --disable -sv --globoff --noproxy '*' --fail-early --connect-timeout $limit --max-time $((2 * limit)) \
      -w '\n=%{exitcode} %{errormsg}\n' "$2/hostname" "$2/clientip" 2>$words) || bad=$((bad + 1))
    # Only when it is verbose does curl tell a refusal from an address that nobody answers for.
    echo "$mark $1 http" $said $(grep -oE 'No route to host|is unreachable' $words)
    case $said in *=7*) sleep 1 ;; esac
    i=$((i + 1))
  done
  rm -f $words
}
dial() {
  for request in hostname clientip; do
    said=$(curl -s -m 30 --noproxy '*' "http://127.0.0.1:8080/dial?$2&request=$request")
    echo "$mark $1 dial $said"
    case $said in *errors*) break ;; esac
  done
}
connect() {
  said=$(/agnhost connect --protocol udp --timeout "${limit}s" "$2" 2>&1); echo "$mark $1 connect" $? $said
}
datagram() {
  for request in hostname clientip; do
    said=$(exec 2>&1 3<>"/dev/udp/$2/$3" && printf $request >&3 && timeout $limit dd bs=65536 count=1 status=none <&3)
    code=$?
    echo "$mark $1 datagram" $code $said
    [ $code = 0 ] || break
  done
}
ping_() {
  echo "$mark $1 ping" $(ping -c 1 -W $limit "$2" 2>&1 | tail -3)
}
"""


@dataclass(frozen=True)
class Request:
    """What one request came to; a body that was not asked for, or that did not come, is empty."""

    outcome: Outcome
    hostname: str = ""
    client: str = ""


def ask(
    cluster: KindCluster, place: Place, targets: Sequence[Target], *, one_by_one: bool = False
) -> list[list[Request]]:
    """Ask each target from one place; the answers in the targets' order."""
    mark = secrets.token_hex(8)
    done = _run(cluster, place, words_for(place, targets, mark, one_by_one=one_by_one))
    return read(targets, mark, done.stdout, done.stderr)


def words_for(place: Place, targets: Sequence[Target], mark: str, *, one_by_one: bool = False) -> list[str]:
    """The command that asks; its lines begin with `mark`."""
    lines = [SCRIPT]
    for number, target in enumerate(targets):
        lines.append(_call(place, number, target) + ("" if one_by_one else f" & sleep {AT_ONCE_APART}"))
    shell = "bash" if isinstance(place, NodePlace) else "sh"
    return [shell, "-c", "\n".join([*lines, "wait"]), "ask", mark, str(TRIES), str(LIMIT)]


def read(targets: Sequence[Target], mark: str, stdout: str, stderr: str = "") -> list[list[Request]]:
    """What came of each target's requests. MachineError where the client says nothing of one."""
    found: list[list[Request]] = [[] for _ in targets]
    for line in stdout.splitlines():
        if line.startswith(mark):
            _, number, how, *said = line.split(" ", 3)
            found[int(number)].append(READERS[how](said[0] if said else ""))
    for target, requests in zip(targets, found, strict=True):
        if not requests:
            raise MachineError(f"the client says nothing of {target}: {stdout} {stderr}")
    return found


def _run(cluster: KindCluster, place: Place, words: list[str]) -> ExecResult:
    match place:
        case PodPlace(namespace, pod):
            return cluster.execute(namespace, pod, words, timeout=LONGEST)
        case NodePlace(node):
            return cluster.execute_on_node(node, words, timeout=LONGEST)
        case Outside():
            done = docker("exec", outside.container_name(cluster.name), *words, timeout=LONGEST)
            return ExecResult(done.stdout, done.stderr, done.exit_code)
    raise ValueError(f"nothing is asked from {place}")


def _call(place: Place, number: int, target: Target) -> str:
    """One call of a function of the script."""
    match target.scheme:
        case "http":
            return shlex.join(["http", str(number), str(target).rstrip("/")])
        case "ping":
            return shlex.join(["ping_", str(number), target.host])
    match place:
        case PodPlace():
            query = f"host={quote(target.host)}&port={target.port}&protocol=udp&tries=1"
            return shlex.join(["dial", str(number), query])
        case NodePlace():
            return shlex.join(["datagram", str(number), target.host, str(target.port)])
    return shlex.join(["connect", str(number), f"{target.host}:{target.port}"])


def _http(said: str) -> Request:
    """Read `BODY =0 BODY =0`, two answers over one connection, or `=CODE MESSAGE`."""
    body, _, rest = said.partition("=")
    code, _, rest = rest.partition(" ")
    if code == "0":
        return Request(Outcome.ANSWERED, body.strip(), rest.partition("=")[0].strip())
    return Request(client_script.curl_outcome(int(code), rest))


def _dial(said: str) -> Request:
    if "no such host" in said:
        return Request(Outcome.NO_SUCH_NAME)
    if not said.startswith("{"):
        raise MachineError(f"netexec did not dial: {said}")
    bodies: dict[str, Any] = json.loads(said)
    for body in bodies.get("responses") or ():
        return Request(Outcome.ANSWERED, *(("", body) if ":" in body else (body, "")))
    problem = str(bodies["errors"])
    # A rule of the Pod's own node refuses what is sent from there before it leaves.
    refused = "refused" in problem or "not permitted" in problem
    return Request(Outcome.REFUSED if refused else Outcome.TIMED_OUT)


def _connect(said: str) -> Request:
    code, _, words = said.partition(" ")
    if code == "0":
        return Request(Outcome.ANSWERED)
    kinds = {"REFUSED": Outcome.REFUSED, "TIMEOUT": Outcome.TIMED_OUT, "DNS": Outcome.NO_SUCH_NAME}
    kind = words.split(":")[0].split(" ")[0]
    if kind == "OTHER" and ("no route" in words or "unreachable" in words):
        return Request(Outcome.TIMED_OUT)
    return Request(kinds[kind])


def _datagram(said: str) -> Request:
    code, _, words = said.partition(" ")
    if code == "0" and words:
        return Request(Outcome.ANSWERED, *(("", words) if ":" in words else (words, "")))
    if "not known" in words or "resolution" in words:
        return Request(Outcome.NO_SUCH_NAME)
    if "refused" in words or "not permitted" in words:
        return Request(Outcome.REFUSED)
    return Request(Outcome.TIMED_OUT)


def _ping(said: str) -> Request:
    if "bad address" in said:
        return Request(Outcome.NO_SUCH_NAME)
    if " 0% packet loss" in said:
        return Request(Outcome.ANSWERED)
    return Request(Outcome.REFUSED if "nreachable" in said else Outcome.TIMED_OUT)


READERS = {"http": _http, "dial": _dial, "connect": _connect, "datagram": _datagram, "ping": _ping}
