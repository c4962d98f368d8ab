"""Which ports a container's program listens on, told from its image, command and arguments.

What agnhost's programs listen on and their defaults: `agnhost SUBCOMMAND --help` of agnhost 2.63.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANY_ADDRESS = ""
"""A listener bound to this hears every address of its network namespace."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One open port. `speaks` is what the program talks there: http, text (raw lines), udp, or what only it speaks."""

    protocol: str
    port: int
    speaks: str
    address: str = ANY_ADDRESS

    def hears(self, address: str) -> bool:
        """Whether a packet for `address` reaches this listener."""
        return self.address in (ANY_ADDRESS, "0.0.0.0", "::", address)


@dataclass(frozen=True, slots=True)
class Program:
    """What runs in a container: agnhost's subcommand, its flags, and the ports it opens.

    `known` is False when the model cannot tell what runs; `why` then says so in one sentence.
    """

    name: str
    listeners: tuple[Listener, ...] = ()
    flags: Mapping[str, str] | None = None
    known: bool = True
    why: str = ""


def _unknown(why: str) -> Program:
    return Program("", known=False, why=why)


def read_flags(arguments: Sequence[str], switches: frozenset[str] = frozenset()) -> dict[str, str] | None:
    """`--name=value`, `--name value` and switches as a dictionary; None when an argument is no flag."""
    flags: dict[str, str] = {}
    waiting = ""
    for argument in arguments:
        if waiting:
            flags[waiting] = argument
            waiting = ""
        elif argument.startswith("-"):
            name, equals, value = argument.lstrip("-").partition("=")
            if equals:
                flags[name] = value
            elif name in switches:
                flags[name] = "true"
            else:
                waiting = name
        else:
            return None
    return None if waiting else flags


def _port(flags: Mapping[str, str], name: str, default: int) -> int:
    return int(flags.get(name, default))


def _netexec(flags: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Listener, ...] | str:
    if flags.get("tls-cert-file"):
        return "netexec with TLS is not modelled; use it without --tls-cert-file"
    if _port(flags, "sctp-port", -1) != -1:
        return "SCTP is not modelled; use TCP or UDP"
    listeners = [Listener("TCP", _port(flags, "http-port", 8080), "http")]
    udp = _port(flags, "udp-port", 8081)
    if udp != -1:
        addresses = flags.get("udp-listen-addresses", "").split(",")
        listeners += [Listener("UDP", udp, "udp", address.strip()) for address in addresses]
    return tuple(listeners)


def _serve_hostname(flags: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Listener, ...] | str:
    port = _port(flags, "port", 9376)
    tcp = flags.get("tcp", "false") == "true"
    listeners = []
    if tcp:
        listeners.append(Listener("TCP", port, "text"))
    if flags.get("udp", "false") == "true":
        listeners.append(Listener("UDP", port, "udp"))
    if flags.get("http", "true") == "true" and not tcp:
        listeners.append(Listener("TCP", port, "http"))
    return tuple(listeners)


def _pause(flags: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Listener, ...] | str:
    return ()


def _porter(flags: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Listener, ...] | str:
    listeners = []
    for name in environment:
        kind, _, number = name.rpartition("_")
        if kind in ("SERVE_PORT", "SERVE_TCP_PORT") and number.isdigit():
            listeners.append(Listener("TCP", int(number), "http"))
        elif kind in ("SERVE_UDP_PORT", "SERVE_TLS_PORT", "SERVE_SCTP_PORT"):
            return "porter is modelled for SERVE_PORT_… only; use netexec for UDP"
    return tuple(listeners)


PROGRAMS = {"netexec": _netexec, "serve-hostname": _serve_hostname, "pause": _pause, "porter": _porter}
SWITCHES = frozenset({"http", "tcp", "udp", "close", "json-response"})


def is_agnhost(image: str) -> bool:
    """Whether an image is Kubernetes' agnhost test image, whatever its registry and tag."""
    return image.split("@")[0].rsplit("/", 1)[-1].split(":")[0] == "agnhost"


COREDNS = Program(
    "coredns",
    (
        Listener("UDP", 53, "dns"),
        Listener("TCP", 53, "dns"),
        Listener("TCP", 9153, "metrics"),
        Listener("TCP", 8080, "health"),
        Listener("TCP", 8181, "ready"),
    ),
)
"""Its ports as its Corefile on kind opens them."""


def program_of(container: Mapping[str, Any]) -> Program:
    """The program a container of a Pod's `spec.containers` runs. Never raises; see `Program.known`."""
    image = str(container.get("image", ""))
    if image.split("@")[0].rsplit("/", 1)[-1].split(":")[0] == "coredns":
        return COREDNS
    if not is_agnhost(image):
        return _unknown(f"the model knows the programs of the agnhost image, not those of {image or 'no image'}")
    command = [str(word) for word in container.get("command") or ()]
    arguments = [str(word) for word in container.get("args") or ()]
    if command and command[0].rsplit("/", 1)[-1] == "agnhost":
        arguments = command[1:] + arguments
    elif command:
        return _sleeping(command, arguments)
    # agnhost's own entry point with no arguments prints its help and ends; the image's default is pause.
    name = arguments[0] if arguments else "pause"
    reader = PROGRAMS.get(name)
    if reader is None:
        return _unknown(f"the model does not know agnhost's “{name}”; it knows {', '.join(PROGRAMS)}")
    flags = read_flags(arguments[1:], SWITCHES if name != "netexec" else frozenset())
    if flags is None:
        return _unknown(f"the model cannot read the arguments of agnhost {name}: {' '.join(arguments[1:])}")
    environment = {entry["name"]: str(entry.get("value", "")) for entry in container.get("env") or ()}
    try:
        listeners = reader(flags, environment)
    except ValueError:
        return _unknown(f"agnhost {name} has a port that is no number: {' '.join(arguments[1:])}")
    if isinstance(listeners, str):
        return _unknown(listeners)
    return Program(name, listeners, flags)


def _sleeping(command: Sequence[str], arguments: Sequence[str]) -> Program:
    words = [*command, *arguments]
    if words[0].rsplit("/", 1)[-1] == "sleep":
        return Program("sleep")
    return _unknown(f"the model does not know what “{' '.join(words)}” listens on")
