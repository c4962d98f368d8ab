"""What a real client runs for a probe, and what its words mean. Pure: the words come from curl, agnhost, socat or bash.

One run sends any number of requests, because starting a program in a Pod costs far more than a request. After each
request the client writes a line with a mark to standard error (and, for HTTP, one to standard output), so that what
the other side said cannot be mistaken for ours.
"""

import re
from dataclasses import dataclass, replace

from servicelab.cluster.base import MachineError
from servicelab.network.places import Target
from servicelab.network.verdict import Outcome, Verdict

NO_WAY = re.compile(r"^\* +connect to .* failed: (No route to host|Network is unreachable|Host is unreachable)$")
"""What curl says only when it is verbose: nobody has the address (a stopped node, say). That is no refusal."""
MOST_BODY = 65536
"""Bytes of an answer that are kept."""

HTTP_SCRIPT = """
mark=$1 count=$2 timeout=$3 url=$4 i=0
while [ "$i" -lt "$count" ]; do
  curl --disable --silent --verbose --insecure --globoff --path-as-is --noproxy '*' --max-time "$timeout" \\
    --write-out "%{stderr}$mark %{exitcode} %{http_code} %{remote_ip}:%{remote_port} %{errormsg}\\n" "$url" </dev/null |
    head -c MOST
  echo; echo "$mark"
  i=$((i+1))
done
""".replace("MOST", str(MOST_BODY))

AGNHOST_SCRIPT = """
mark=$1 count=$2 timeout=$3 protocol=$4 address=$5 i=0
while [ "$i" -lt "$count" ]; do
  said=$(/agnhost connect --protocol "$protocol" --timeout "${timeout}s" "$address" 2>&1 </dev/null)
  echo "$mark" $? $said >&2
  i=$((i+1))
done
"""

# On nodes there is no agnhost. socat, unlike bash, connects without blocking: a refusal by the node's own rules, which
# the kernel forgets while a program blocks in connect, would reach bash a second late.
NODE_SCRIPT = """
mark=$1 count=$2 timeout=$3 protocol=$4 host=$5 port=$6
request() {
  if [ "$protocol" = udp ]; then
    exec 3<>"/dev/udp/$host/$port" && printf hostname >&3 && dd bs=65536 count=1 status=none <&3 >/dev/null
  elif command -v socat >/dev/null; then
    case $host in *:*) host="[$host]" ;; esac
    socat -u /dev/null "TCP:$host:$port,connect-timeout=$timeout"
  else
    exec 3<>"/dev/tcp/$host/$port"
  fi
}
export -f request; export timeout protocol host port
for ((i = 0; i < count; i++)); do
  said=$(timeout "$timeout" bash -c request 2>&1 </dev/null)
  echo "$mark" $? $said >&2
done
"""


@dataclass(frozen=True)
class Answer:
    """One request's verdict, still without who answered, and the `ADDRESS:PORT` that was asked (curl tells it)."""

    verdict: Verdict
    asked: str | None = None


def command(target: Target, count: int, timeout: float, mark: str, *, has_agnhost: bool) -> list[str]:
    """What to run for `count` requests of at most `timeout` seconds each; `mark` must be nothing a server can guess."""
    words = [mark, str(count), f"{timeout:g}"]
    if target.scheme in ("http", "https"):
        return ["sh", "-c", HTTP_SCRIPT, "probe", *words, str(target)]
    protocol = target.protocol.lower()
    if has_agnhost:
        host = f"[{target.host}]" if ":" in target.host else target.host
        return ["sh", "-c", AGNHOST_SCRIPT, "probe", *words, protocol, f"{host}:{target.port}"]
    return ["bash", "-c", NODE_SCRIPT, "probe", *words, protocol, target.host, str(target.port)]


def read(target: Target, count: int, mark: str, stdout: str, stderr: str) -> list[Answer]:
    """The answers, in order. MachineError when the client itself failed, so that nothing can be said of the network."""
    lines, why = [], ""
    for line in stderr.splitlines():
        if line.startswith(mark):
            lines.append(line[len(mark) :].strip() + why)
            why = ""
        elif found := NO_WAY.search(line):
            why = f" ({found[1]})"
    if len(lines) != count:
        raise MachineError(
            f"the probe's client told {len(lines)} of {count} results: {stderr.strip()[-300:] or 'it said nothing'}",
            "Does the client's image have sh and curl? Use agnhost.",
        )
    if target.scheme not in ("http", "https"):
        return [Answer(_connection(line)) for line in lines]
    bodies = stdout.split(f"\n{mark}\n")
    return [_http(line, body) for line, body in zip(lines, bodies, strict=False)]


def _http(line: str, body: str) -> Answer:
    """Read `EXITCODE HTTPCODE ADDRESS:PORT MESSAGE`, curl's line about one request; no address before a connection."""
    code, status, asked, *message = line.split(" ", 3)
    detail = message[0].strip() if message else ""
    outcome = curl_outcome(int(code), detail)
    verdict = Verdict(outcome, body=body, detail=detail, status=int(status) or None)
    return Answer(verdict, None if asked.startswith(":") else asked)


def curl_outcome(code: int, message: str) -> Outcome:
    """What one of curl's exit codes says of the network (source: curl's manual, EXIT CODES).

    MachineError for those that say something of curl or its arguments instead.
    """
    match code:
        case 0 | 1 | 8 | 18 | 23 | 60:
            # 1, 8: an answer in another protocol; 18: a shorter one than announced; 23: we had read enough.
            return Outcome.ANSWERED
        case 6:
            return Outcome.NO_SUCH_NAME
        case 7:
            return Outcome.TIMED_OUT if re.search("unreachable|no route", message, re.IGNORECASE) else Outcome.REFUSED
        case 28:
            return Outcome.TIMED_OUT
        case 35:
            return Outcome.RESET if "reset" in message.lower() else Outcome.ANSWERED
        case 52 | 55 | 56:
            return Outcome.RESET
    raise MachineError(f"curl ended with {code}: {message or 'no message'}", "This is no verdict on the network.")


def _connection(line: str) -> Verdict:
    """Read `EXITCODE MESSAGE`, the line of agnhost, socat or bash about one connection."""
    code, _, detail = line.partition(" ")
    said = detail.lower()
    if code == "0":
        return Verdict(Outcome.ANSWERED, detail=detail)
    if code == "124" or said.startswith("timeout") or re.search("timed out|unreachable|no route to host", said):
        return Verdict(Outcome.TIMED_OUT, detail=detail)
    # A refusal of a datagram by this node's own rules reaches the sender as “Operation not permitted”.
    if said.startswith("refused") or "connection refused" in said or "operation not permitted" in said:
        return Verdict(Outcome.REFUSED, detail=detail)
    if said.startswith("dns") or re.search("name or service not known|name resolution|no address associated", said):
        return Verdict(Outcome.NO_SUCH_NAME, detail=detail)
    if "reset" in said:
        return Verdict(Outcome.RESET, detail=detail)
    raise MachineError(
        f"the probe's client failed: {detail or f'exit code {code}'}", "This is no verdict on the network."
    )


def with_source(target: Target, answer: Answer) -> Answer:
    """The answer with the source address the Pod saw, when agnhost's `/clientip` was asked for it."""
    verdict = answer.verdict
    if target.scheme not in ("http", "https") or target.path.split("?")[0] != "/clientip" or verdict.status != 200:
        return answer
    address = verdict.body.strip().rpartition(":")[0].strip("[]")
    return replace(answer, verdict=replace(verdict, seen_source=address or None))


def asks_hostname(target: Target) -> bool:
    """Whether the answer's body is the answering Pod's host name (agnhost's `/hostname`)."""
    return target.scheme in ("http", "https") and target.path.split("?")[0] in ("/hostname", "/hostName")
