"""What is known about the machine; None stands for what could not be found out. The judgements read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from servicelab.cluster.home import DEFAULT_NAME


@dataclass(frozen=True)
class Answer:
    """How `docker` answered: `info` is what `docker info` told when it succeeded, `said` its last words else."""

    installed: bool = True
    seconds: float = 0.0
    """How long was waited for it, when it did not answer in time; else 0."""
    said: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)
    endpoint: str = ""
    """Where the daemon is, as in unix:///var/run/docker.sock; empty when not known."""
    clock_ahead: float | None = None
    """Seconds by which Docker's clock is ahead of this machine's; negative when behind."""


@dataclass(frozen=True)
class Disk:
    """The disk that Docker keeps images and containers on; `free` in bytes."""

    place: str
    free: int


@dataclass(frozen=True)
class Inotify:
    """inotify instances of the user that containers run as; `counted` is False when `used` is an estimate."""

    limit: int
    used: int
    counted: bool


@dataclass(frozen=True)
class WantedImage:
    """The node image a new cluster would be made of."""

    reference: str
    kubernetes: tuple[int, int]
    """(1, 36); (0, 0) when its tag does not tell."""
    is_here: bool
    """In Docker, or in the bundle that was named."""
    takes_cgroup_v1: bool | None = None
    """Whether its kubelet is told to start with cgroup v1 too; None when it was not looked into."""


@dataclass(frozen=True)
class Swallowed:
    """An address of Docker's network that this machine sends elsewhere than to Docker's bridge."""

    address: str
    subnet: str
    device: str


@dataclass(frozen=True)
class Facts:
    """This machine, as far as a kind cluster minds."""

    cluster: str = DEFAULT_NAME
    has_cluster: bool = False
    """Whether the cluster is there already: then it needs no more room, and taken ports may be its own."""
    stopped_nodes: tuple[str, ...] = ()
    """Those of its nodes whose container does not run."""
    system: str = "Linux"
    """As platform.system() has it: Linux, Darwin, Windows."""
    kernel: str = ""
    """The kernel's release, as `uname -r` prints it."""
    docker: Answer = field(default_factory=Answer)
    has_podman: bool = False
    bundle_architecture: str | None = None
    """The named bundle's; None without a bundle."""
    memory: int | None = None
    """Bytes that a new cluster can have."""
    disk: Disk | None = None
    inotify: Inotify | None = None
    image: WantedImage | None = None
    to_fetch: tuple[str, ...] = ()
    """The images that are neither in Docker nor in the bundle, and so have to come from their registries."""
    lost_registries: tuple[str, ...] = ()
    """Those of their registries whose names this machine cannot find."""
    taken_ports: Mapping[int, str] | None = None
    """Host ports of the NodePort pool that are taken, each with who has it (empty when not known)."""
    subnet: IPv4Network | None = None
    """Of Docker's network for kind, when there is one."""
    swallowed: tuple[Swallowed, ...] | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    """The environment's variables about proxies, names in capitals."""
    has_kind: bool | None = None
    """Whether there is the program `kind`, installed or in the bundle."""
    kubectl: tuple[int, int] | None = None
    """The version of the real kubectl that the lab would use; (0, 0) when there is none."""

    @property
    def info(self) -> Mapping[str, Any]:
        """What `docker info` told; empty when it told nothing."""
        return self.docker.info

    @property
    def is_wsl(self) -> bool:
        """Whether this is Linux inside Windows."""
        return "microsoft" in self.kernel.lower()

    @property
    def is_docker_desktop(self) -> bool:
        """Whether Docker is Docker Desktop, which runs containers in a virtual machine of its own."""
        return self.info.get("OperatingSystem") == "Docker Desktop"

    @cached_property
    def is_native(self) -> bool:
        """Whether containers run on this very kernel, so that their addresses can be reached from here."""
        return self.system == "Linux" and not self.is_docker_desktop and self.info.get("KernelVersion") == self.kernel
