"""Which ports a container's program listens on, told from its image, command and arguments.

What agnhost's programs listen on and their defaults: `agnhost SUBCOMMAND --help` of agnhost 2.63.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOOLEANS = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
HIGHEST_PORT = 65535
MOST_EDITS = 2
"""How unlike a known command a word may be to be taken for a slip."""
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
    error: str = ""
    """Not empty: the program prints this and ends at once with exit code 1."""


def _unknown(why: str) -> Program:
    return Program("", known=False, why=why)


class BadArguments(Exception):
    """The program does not start; the message is what it prints."""


def read_flags(arguments: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """`--name=value`, `--name value` and switches, as agnhost's flag library reads them.

    `known` gives every flag's type: text, number or switch. Raises BadArguments in the library's own words.
    """
    flags: dict[str, str] = {}
    words = iter(arguments)
    extra = 0
    for word in words:
        if not word.startswith("-") or word == "-":
            extra += 1
            continue
        if not word.startswith("--"):
            letters = word[1:].lstrip("h")
            if letters.startswith("v"):
                continue
            raise BadArguments(f"Error: unknown shorthand flag: '{letters[:1]}' in -{letters}")
        name, equals, value = word[2:].partition("=")
        if name not in known:
            raise BadArguments(f"Error: unknown flag: --{name}")
        if not equals:
            value = "true" if known[name] == "switch" else next(words, "")
            if not value:
                raise BadArguments(f"Error: flag needs an argument: --{name}")
        _check_value(name, value, known[name])
        flags[name] = value
    if extra:
        raise BadArguments(f"Error: accepts at most 0 arg(s), received {extra}")
    return flags


def _check_value(name: str, value: str, type_: str) -> None:
    parser = ""
    if type_ == "number" and not value.removeprefix("-").isdigit():
        parser = "ParseInt"
    elif type_ == "switch" and value not in BOOLEANS:
        parser = "ParseBool"
    if parser:
        problem = f'strconv.{parser}: parsing "{value}": invalid syntax'
        raise BadArguments(f'Error: invalid argument "{value}" for "--{name}" flag: {problem}')


def _port(flags: Mapping[str, str], name: str, default: int) -> int:
    number = int(flags.get(name, default))
    if number > HIGHEST_PORT:
        raise BadArguments(f"listen tcp: address {number}: invalid port")
    return number


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


def _is_on(flags: Mapping[str, str], name: str, default: str) -> bool:
    return flags.get(name, default)[0] in "1tT"


def _serve_hostname(flags: Mapping[str, str], environment: Mapping[str, str]) -> tuple[Listener, ...] | str:
    port = _port(flags, "port", 9376)
    tcp, udp = _is_on(flags, "tcp", "false"), _is_on(flags, "udp", "false")
    if _is_on(flags, "http", "true"):
        if tcp or udp:
            raise BadArguments("Can't server TCP/UDP mode and HTTP mode at the same time")
        return (Listener("TCP", port, "http"),)
    wanted = ((tcp, Listener("TCP", port, "text")), (udp, Listener("UDP", port, "udp")))
    return tuple(listener for is_on, listener in wanted if is_on)


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
LOGGING = {"log-flush-frequency": "text", "v": "number", "vmodule": "text"}
FLAGS: dict[str, dict[str, str]] = {
    "netexec": {
        "delay-shutdown": "number",
        "http-override": "text",
        "http-port": "number",
        "sctp-port": "number",
        "tls-cert-file": "text",
        "tls-private-key-file": "text",
        "udp-listen-addresses": "text",
        "udp-port": "number",
    },
    "serve-hostname": {"close": "switch", "http": "switch", "port": "number", "tcp": "switch", "udp": "switch"},
    "pause": {},
    "porter": {"json-response": "switch"},
}
OTHER_COMMANDS = frozenset(
    {
        "audit-proxy",
        "completion",
        "connect",
        "crd-conversion-webhook",
        "dns-server-list",
        "dns-suffix",
        "entrypoint-tester",
        "etc-hosts",
        "external-metrics",
        "fake-gitserver",
        "fake-registry-server",
        "grpc-health-checking",
        "guestbook",
        "help",
        "inclusterclient",
        "liveness",
        "logs-generator",
        "mounttest",
        "mtlsclient",
        "mtlsserver",
        "net",
        "nettest",
        "no-snat-test",
        "no-snat-test-proxy",
        "nonewprivs",
        "podcertificatesigner",
        "port-forward-tester",
        "resource-consumer-controller",
        "stress",
        "tcp-reset",
        "test-service-account-issuer-discovery",
        "test-webserver",
        "webhook",
    }
)
"""What agnhost 2.63.0 has beside them and the model does not know."""


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


def _unknown_command(name: str) -> str:
    """What agnhost's command library says, with the commands that are spelled alike."""
    said = f'Error: unknown command "{name}" for "app"'
    known = sorted({*PROGRAMS, *OTHER_COMMANDS} - {"help"})
    alike = [one for one in known if _edits(name.lower(), one) <= MOST_EDITS or one.startswith(name.lower())]
    if not alike:
        return said
    return "\n".join([said, "", "Did you mean this?", *(f"\t{one}" for one in alike), ""])


def _edits(one: str, other: str) -> int:
    """How many letters must be added, removed or replaced to make one word the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row = row, [number]
        for index, wanted in enumerate(other):
            row.append(min(before[index] + (letter != wanted), before[index + 1] + 1, row[-1] + 1))
    return row[-1]


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
    if reader is None and (name in OTHER_COMMANDS or name.startswith("-")):
        return _unknown(f"the model does not know agnhost's “{name}”; it knows {', '.join(PROGRAMS)}")
    if reader is not None and {"-h", "--help"} & set(arguments):
        return _unknown("the model does not have agnhost's help texts")
    if reader is None:
        return Program(name, error=_unknown_command(name))
    environment = {entry["name"]: str(entry.get("value", "")) for entry in container.get("env") or ()}
    try:
        flags = read_flags(arguments[1:], FLAGS[name] | LOGGING)
        found = reader(flags, environment)
    except BadArguments as problem:
        return Program(name, error=str(problem))
    return _unknown(found) if isinstance(found, str) else Program(name, found, flags)


def _sleeping(command: Sequence[str], arguments: Sequence[str]) -> Program:
    words = [*command, *arguments]
    if words[0].rsplit("/", 1)[-1] == "sleep":
        return Program("sleep")
    return _unknown(f"the model does not know what “{' '.join(words)}” listens on")
