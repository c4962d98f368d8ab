"""What the kubelet needs to know of the programs in containers: how they start, end, and answer probes.

`Programs` is a seam: whoever emulates programs better gives `Controllers` an object of their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from servicelab.embedded.store import Object
from servicelab.network.listeners import OTHER_COMMANDS, PROGRAMS, is_agnhost, program_of

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
COREDNS = "registry.k8s.io/coredns/coredns:v1.14.2"
IGNORES = None


class Course(Protocol):
    """A program that goes on step by step: `due` says when next (None: not by itself), `exit_code` how it ended."""

    due: float | None
    exit_code: int | None

    def go_on(self) -> None:
        """Do what is due."""


@dataclass(frozen=True)
class Life:
    """How a started container goes on.

    `ends_after`: seconds until it ends by itself with `exit_code` (None: it runs on). `stop_seconds`: how long it
    takes to end, with `stop_code`, when asked to (SIGTERM); None: it ignores that and is killed after the grace period.
    `start_error`: it cannot be started at all, and why. `refusal`: the embedded cluster cannot run it, and why.
    """

    ends_after: float | None = None
    exit_code: int = 0
    message: str = ""
    stop_seconds: float | None = 0.0
    stop_code: int = 0
    stop_message: str = ""
    start_error: str = ""
    refusal: str = ""
    course: Course | None = None
    """What decides instead when and how it ends by itself."""


@dataclass(frozen=True)
class Probed:
    """What a probe found; `message` is what the Unhealthy event says after "Readiness probe failed: "."""

    is_success: bool
    message: str = ""


class Programs(Protocol):
    """The emulated programs."""

    def images(self) -> Sequence[str]:
        """All images that exist, as manifests name them."""

    def start(self, pod: Object, container: Mapping[str, Any]) -> Life:
        """How the container's program will live when it is started now."""

    def probe(self, pod: Object, container: Mapping[str, Any], probe: Mapping[str, Any]) -> Probed:
        """Run one probe (`httpGet`, `tcpSocket`, `exec` or `grpc`) against a running container."""


STOPPING = {
    # Observed on kind with agnhost 2.63.0: who ends on SIGTERM and with which code.
    "netexec": Life(stop_code=0),
    "pause": Life(stop_code=2, stop_message='exiting because of signal "terminated"\n'),
    "porter": Life(stop_code=2),
    "serve-hostname": Life(stop_seconds=IGNORES),
}
SLEEP = re.compile(r"(?:exec )?sleep (\d+(?:\.\d+)?)")
EXIT = re.compile(r"exit (\d+)")
NOT_STARTED = (
    "failed to create shim task: OCI runtime create failed: runc create failed: "
    'unable to start container process: exec: "{}": '
)
NOT_FOUND = NOT_STARTED + "executable file not found in $PATH"
"""What the runtime says of a `command` that is no program: here agnhost's own subcommands, which belong in `args`."""
ENDLESS = re.compile(r"while (?:true|:) *; *do *sleep [\w.]+ *; *done|tail -f /dev/null|sleep (?:infinity|inf)")


class ModelledPrograms:
    """What the model of agnhost's listeners knows; `sleep`, `true`, `false` and `sh -c` of one of them."""

    def images(self) -> Sequence[str]:
        """The images of the embedded cluster."""
        return (AGNHOST, COREDNS)

    def start(self, pod: Object, container: Mapping[str, Any]) -> Life:
        """See `Programs`."""
        if container["image"] == COREDNS:
            return Life()
        program = program_of(container)
        if program.error:
            return Life(ends_after=0.0, exit_code=1)
        if program.known and program.name in STOPPING:
            return STOPPING[program.name]
        words = [*container.get("command", []), *container.get("args", [])]
        if container.get("command") and is_agnhost(container["image"]) and words[0] in {*PROGRAMS, *OTHER_COMMANDS}:
            return Life(start_error=NOT_FOUND.format(words[0]))
        life = _life_of(words)
        return life or Life(refusal=f"{program.why or 'it is not modelled'}; use a kind cluster for it")

    def probe(self, pod: Object, container: Mapping[str, Any], probe: Mapping[str, Any]) -> Probed:
        """Whether a listener is there; the listening programs answer every path."""
        if "exec" in probe or "grpc" in probe:
            return Probed(False, "the embedded cluster runs httpGet and tcpSocket probes only; use a kind cluster")
        if container["image"] == COREDNS:
            return Probed(True)
        asked = probe.get("httpGet") or probe.get("tcpSocket") or {}
        address, port = asked.get("host") or pod["status"].get("podIP", ""), port_number(container, asked.get("port"))
        heard = [
            listener.speaks
            for listener in program_of(container).listeners
            if listener.protocol == "TCP" and listener.port == port and listener.hears(address)
        ]
        if heard and ("tcpSocket" in probe or "http" in heard):
            return Probed(True)
        where = f"dial tcp {address}:{port}: connect: connection refused"
        if "httpGet" in probe:
            where = f'Get "{asked.get("scheme", "HTTP").lower()}://{address}:{port}{asked.get("path", "/")}": {where}'
        return Probed(False, where)


def port_number(container: Mapping[str, Any], port: int | str | None) -> int | None:
    """The number of a port given by number or by the name of one of the container's ports."""
    if isinstance(port, int):
        return port
    for named in container.get("ports", []):
        if named.get("name") == port:
            number: int = named["containerPort"]
            return number
    return None


def _life_of(words: Sequence[str]) -> Life | None:
    """The life of `sleep`, `true`, `false`, or of a shell that runs some of them and `exit` one after the other."""
    if len(words) == 3 and words[0].rsplit("/", 1)[-1] in ("sh", "ash") and words[1] == "-c":
        text = words[2].strip()
    else:
        text = " ".join([words[0].rsplit("/", 1)[-1], *words[1:]]) if words else ""
    if ENDLESS.fullmatch(text):
        return Life(stop_seconds=IGNORES)
    seconds, code = 0.0, 0
    for command in text.split(";"):
        if slept := SLEEP.fullmatch(command.strip()):
            seconds, code = seconds + float(slept.group(1)), 0
        elif ended := EXIT.fullmatch(command.strip()):
            return _ending(seconds, int(ended.group(1)) % 256)
        elif command.strip() in ("true", "false"):
            code = 0 if command.strip() == "true" else 1
        else:
            return None
    return _ending(seconds, code)


def _ending(seconds: float, code: int) -> Life:
    return Life(seconds, code, stop_seconds=IGNORES) if seconds else Life(seconds, code)
