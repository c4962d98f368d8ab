"""Where a request starts (a vantage point) and what it asks for (a target)."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class PodPlace:
    """Inside a Pod."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"pod/{self.namespace}/{self.name}"


@dataclass(frozen=True)
class NodePlace:
    """On a node, in the node's own network namespace."""

    name: str

    def __str__(self) -> str:
        return f"node/{self.name}"


@dataclass(frozen=True)
class Outside:
    """A client on the nodes' network that is not a node: what a learner calls *outside the cluster*."""

    def __str__(self) -> str:
        return "outside"


@dataclass(frozen=True)
class PortForward:
    """The learner's own machine, through `kubectl port-forward KIND/NAME`; `kind` is pod or svc.

    The target's host means nothing then (it is `localhost`), its port is the Pod's or the Service's.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"forward/{self.kind}/{self.namespace}/{self.name}"


Place = PodPlace | NodePlace | Outside | PortForward


def parse_place(text: str, namespace: str = "default") -> Place:
    """Read `pod/NAME`, `pod/NAMESPACE/NAME`, `node/NAME`, `outside` or `forward/svc/NAME` (also `pod`).

    Raises ValueError with a sentence for the learner when the text is none of these.
    """
    parts = text.split("/")
    match parts:
        case ["outside"]:
            return Outside()
        case ["pod", name] if name:
            return PodPlace(namespace, name)
        case ["pod", space, name] if space and name:
            return PodPlace(space, name)
        case ["node", name] if name:
            return NodePlace(name)
        case ["forward", "pod" | "svc" as kind, name] if name:
            return PortForward(kind, namespace, name)
        case ["forward", "pod" | "svc" as kind, space, name] if space and name:
            return PortForward(kind, space, name)
    raise ValueError(f"“{text}” is no vantage point; write pod/NAME, pod/NAMESPACE/NAME, node/NAME or outside")


DEFAULT_PORTS = {"http": 80, "https": 443}
PROTOCOLS = {"http": "TCP", "https": "TCP", "tcp": "TCP", "udp": "UDP", "ping": "ICMP"}
NO_PORT = 0


@dataclass(frozen=True)
class Target:
    """What a request asks for: `scheme` is http, https, tcp, udp or ping; `host` a name or an address.

    A ping has no port: its `port` is NO_PORT.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def protocol(self) -> str:
        """TCP or UDP, as a Service's `ports[].protocol` spells it; ICMP for a ping."""
        return PROTOCOLS[self.scheme]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.scheme in DEFAULT_PORTS:
            port = "" if DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
            return f"{self.scheme}://{host}{port}{self.path}"
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != NO_PORT else "")


def parse_target(text: str) -> Target:
    """Read `http://web/hostname`, `tcp://10.96.0.10:53`, `udp://web:53` or `ping://web`.

    Raises ValueError with a sentence for the learner when the scheme is unknown or a port is missing.
    """
    parts = urlsplit(text)
    if parts.scheme not in PROTOCOLS or not parts.hostname:
        raise ValueError(
            f"“{text}” is no target; write for example http://web:80/hostname, tcp://web:80, udp://web:53 or ping://web"
        )
    try:
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise ValueError(f"“{text}” has no valid port; ports go from 1 to 65535") from None
    if parts.scheme == "ping":
        if port is not None:
            raise ValueError(f"“{text}” names a port; a ping has none")
        port = NO_PORT
    if port is None:
        raise ValueError(f"“{text}” names no port; {parts.scheme} has no usual one")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path)
