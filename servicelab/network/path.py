"""The way of one request, hop by hop, each with the reason for it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from servicelab.network.places import Place, Target
from servicelab.network.verdict import Verdict

FORMAT = 1
"""Of `Path.to_json()`."""


class HopKind(StrEnum):
    """What happens at a hop."""

    NAME = "name lookup"
    VIRTUAL_IP = "virtual IP"
    NODE_PORT = "node port"
    LOAD_BALANCER = "load balancer"
    EXTERNAL_IP = "external IP"
    SOURCE_REWRITE = "source rewrite"
    POLICY = "policy"
    HOST_PORT = "host port"
    FORWARD = "port-forward"
    NODE = "node"
    POD = "Pod"
    PROGRAM = "program"


@dataclass(frozen=True)
class Endpoint:
    """An address and port, `port` None where ports mean nothing (a name lookup)."""

    address: str
    port: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return self.address
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Hop:
    """One thing that happens to a request on its way.

    `who` did it (CoreDNS, kube-proxy on a node, the kernel, the program); `because` names the object and field that
    caused it, as in `Service shop/web spec.ports[0].targetPort: 8080`, several joined by `; `, or says what is not
    there; it is never empty. `said` is one plain sentence. What changed stands in the four endpoints: a name lookup,
    a virtual IP, a node port and so on change the destination, a source rewrite the source. A hop that ends or only
    passes the request on has no `…_after`.
    """

    kind: HopKind
    who: str
    said: str
    because: str = ""
    destination_before: Endpoint | None = None
    destination_after: Endpoint | None = None
    source_before: Endpoint | None = None
    source_after: Endpoint | None = None


@dataclass(frozen=True)
class Path:
    """All hops of one request and how it ended.

    `candidates` are the Pods (`namespace/name`) any one of which could have been chosen; `connected` is the
    address the client asked last (what its name meant), None when the name meant nothing; `source_address` is
    the client's own, where known. `from_specification` names what on this way is known from the specification of
    Kubernetes only; everything else was recorded on a real cluster. `translated_anew` says of a request that was
    dropped that its client's retransmissions (TCP, after 1, 3 and 7 s) may reach another endpoint and be answered.
    """

    source: Place
    target: Target
    hops: tuple[Hop, ...]
    verdict: Verdict
    candidates: tuple[str, ...] = field(default=())
    connected: Endpoint | None = None
    source_address: str | None = None
    from_specification: tuple[str, ...] = ()
    translated_anew: bool = False

    def explain(self) -> str:
        """The path in plain sentences, one a line."""
        return "\n".join(hop.said for hop in self.hops)

    def to_json(self) -> dict[str, Any]:
        """A stable form for files and other programs: `docs/path.md` says what each key means.

        Keys are only ever added, with the `format` raised by one when a reader must know.
        """
        return {
            "format": FORMAT,
            "source": str(self.source),
            "target": str(self.target),
            "hops": [
                {
                    "kind": str(hop.kind),
                    "who": hop.who,
                    "said": hop.said,
                    "because": hop.because,
                    **{
                        name: str(getattr(hop, name))
                        for name in ("destination_before", "destination_after", "source_before", "source_after")
                        if getattr(hop, name) is not None
                    },
                }
                for hop in self.hops
            ],
            "verdict": {
                "outcome": str(self.verdict.outcome),
                "by": self.verdict.by,
                "seen_source": self.verdict.seen_source,
            },
            "candidates": list(self.candidates),
            "connected": str(self.connected) if self.connected else None,
            "source_address": self.source_address,
            "from_specification": list(self.from_specification),
            "translated_anew": self.translated_anew,
        }
