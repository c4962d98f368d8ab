"""What became of a cluster, as data; `lab cluster status` prints it."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class State(StrEnum):
    """Whether a cluster can be used."""

    RUNNING = "running"
    STOPPED = "stopped"
    BROKEN = "broken"
    ABSENT = "absent"


@dataclass(frozen=True)
class Status:
    """One cluster; `detail` is a sentence when something of it is broken, `ports` says which of this machine's ports at
    127.0.0.1 leads to which NodePort, `load_balancer` whether LoadBalancer Services get addresses."""

    name: str
    kind: str
    state: State
    kubernetes: str = ""
    nodes: tuple[str, ...] = ()
    kubeconfig: Path | None = None
    ports: dict[int, int] = field(default_factory=dict)
    detail: str = ""
    load_balancer: bool = True

    def to_json(self) -> dict[str, Any]:
        """A stable form for other programs."""
        said = asdict(self)
        return said | {
            "state": str(self.state),
            "nodes": list(self.nodes),
            "kubeconfig": str(self.kubeconfig) if self.kubeconfig else None,
            "ports": {str(node_port): host_port for node_port, host_port in self.ports.items()},
        }
