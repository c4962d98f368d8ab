"""The one face of both clusters. Above this package, code asks for capabilities, never for a cluster's name."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from lightkube import Client

from servicelab.network.faults import Faults
from servicelab.network.places import Place, Target
from servicelab.network.verdict import Verdict

if TYPE_CHECKING:
    from servicelab.cluster.rest import Rest

Result = TypeVar("Result")


class Capability(StrEnum):
    """What one cluster can do and another perhaps not."""

    REAL_TRAFFIC = "real traffic"
    NODE_SHELL = "node shell"
    NETWORK_POLICY = "enforced NetworkPolicy"
    LOAD_BALANCER = "load balancer"


class MachineError(Exception):
    """The learner's machine is at fault (Docker down, image missing, no memory): never costs marks.

    `what` happened, and `fix`: the one thing to do next. str() gives both.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what}\n{fix}" if fix else what)
        self.what = what
        self.fix = fix


class NotSupported(Exception):
    """This cluster cannot do that; the message says so in one plain sentence, with what to do instead."""


class WaitedTooLong(Exception):
    """What was waited for did not come about; says what, and how many (the cluster's) seconds were given."""

    def __init__(self, description: str, seconds: float) -> None:
        super().__init__(f"waited {seconds:g} s for {description}, in vain")
        self.description = description
        self.seconds = seconds


@dataclass(frozen=True)
class ExecResult:
    """What a command printed and how it ended."""

    stdout: str
    stderr: str
    exit_code: int


class Cluster(Protocol):
    """A running cluster: a Kubernetes API plus probes.

    All methods raise MachineError when the cluster cannot be reached.
    """

    name: str
    """The learner's name for it; `lab` unless told otherwise."""
    kind: str
    """`kind` or `embedded`; for people to read, never to branch on."""
    capabilities: frozenset[Capability]
    kubeconfig: Path | None
    """None for a cluster that lives only in this process."""

    @property
    def api(self) -> Client:
        """A lightkube client; one per cluster, reused."""

    @property
    def rest(self) -> "Rest":
        """The API as plain JSON; one per cluster, reused."""

    def outside_address(self) -> str | None:
        """The address of the client outside; None when it does not run."""

    def faults(self) -> Faults:
        """What is broken below Kubernetes, which its API does not show."""

    def probe(self, source: Place, target: Target, *, timeout: float = 2.0) -> Verdict:
        """Send one request over a new connection and say how it ended; `timeout` in seconds."""

    def probe_many(self, source: Place, target: Target, count: int, *, timeout: float = 2.0) -> list[Verdict]:
        """`count` requests one after the other, each over a new connection: much faster than `count` probes on kind."""

    def wait_until(self, description: str, condition: Callable[[], Result], *, timeout: float = 60.0) -> Result:
        """Call `condition` until what it returns is true, and return that.

        `timeout` is in the cluster's own seconds: an in-process cluster moves its clock instead of sleeping.
        `description` completes the sentence “waited 60 s for …”. Raises WaitedTooLong; what `condition` raises goes
        through.
        """

    def execute(self, namespace: str, pod: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command in a Pod's first container."""

    def execute_on_node(self, node: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command on a node; NotSupported where there is no node shell."""

    def here(self, host: str, port: int) -> list[tuple[str, int]]:
        """Where this machine may reach a TCP port at an address of the cluster's network, the best first.

        Whether it does depends on the machine (Docker Desktop, a VPN): try. On a cluster without real traffic these
        are listeners that are opened now and live as long as the cluster runs.
        """

    def forward(self, host: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """An address on loopback that leads there in the block, as if a client outside the cluster had asked."""

    def describe_version(self) -> str:
        """One line for people and records: which cluster, which Kubernetes."""

    def close(self) -> None:
        """Let go of connections; a throw-away cluster ends here."""
