"""What programs and probes see of the embedded cluster: the network, their logs, their environment, the time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from servicelab.embedded.clock import Clock
from servicelab.embedded.controllers.laboratory_settings import faults_of
from servicelab.embedded.controllers.metallb_speakers import announcers
from servicelab.embedded.programs.environment import containers_of, service_variables
from servicelab.embedded.programs.logs import LogLine, startup_lines
from servicelab.embedded.resources import ENDPOINT_SLICES, NAMESPACES, NETWORK_POLICIES, NODES, PODS, SERVICES
from servicelab.embedded.store import Change, ChangeKind, Object, Store
from servicelab.network.listeners import Program, program_of
from servicelab.network.proxy import AffinityKey
from servicelab.network.state import ClusterState

if TYPE_CHECKING:
    from servicelab.embedded.programs.container_command import ContainerCommand

T = TypeVar("T")
OUTSIDE_ADDRESS = "172.18.0.5"
"""The client outside, as docs/architecture.md gives its address."""


class Refused(Exception):
    """The embedded cluster does not do this; the message says so and what to do instead."""


@dataclass
class RunningContainer:
    """One start of a container: what it was given then, what it logged and wrote since."""

    pod: Object
    name: str
    program: Program
    started: float
    variables: Mapping[str, str]
    lines: list[LogLine] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    healthy: bool = True
    command: "ContainerCommand | None" = None
    """Its own command, where that is a shell or a client."""


@dataclass(frozen=True)
class ContainerKey:
    """One start of one container of one Pod."""

    uid: str
    container: str
    restarts: int


class RememberedClients:
    """The choices of `sessionAffinity: ClientIP`, forgotten after the Service's timeout as kube-proxy does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[AffinityKey, tuple[str, float]] = {}

    def recall(self, key: AffinityKey, seconds: int) -> str | None:
        """The endpoint chosen for this client at most `seconds` ago."""
        address, when = self._kept.get(key, ("", float("-inf")))
        return address if self._clock.now() - when <= seconds else None

    def keep(self, key: AffinityKey, address: str) -> None:
        """Remember a choice from now on."""
        self._kept[key] = (address, self._clock.now())


class World:
    """The embedded cluster as its programs see it. Needs only the store; one per store."""

    def __init__(self, store: Store, clock: Clock, randomness: Random) -> None:
        self.store = store
        self.clock = clock
        self.randomness = randomness
        self.affinity = RememberedClients(clock)
        self._network: ClusterState | None = None
        self._network_revision = -1
        self._containers: dict[ContainerKey, RunningContainer] = {}
        store.on_change(self._notice)
        for pod in store.objects(PODS):
            self._start_containers(pod)

    def network(self) -> ClusterState:
        """The cluster as the network model reads it; made anew only when something was written."""
        if self._network is None or self._network_revision != self.store.revision:
            self._network = ClusterState.from_objects(
                self._network_objects(),
                OUTSIDE_ADDRESS,
                faults=faults_of(self.store),
                announcers=announcers(self.store),
            )
            self._network_revision = self.store.revision
        return self._network

    def _network_objects(self) -> Iterator[Object]:
        for resource in (NAMESPACES, NODES, PODS, SERVICES, ENDPOINT_SLICES, NETWORK_POLICIES):
            for one in self.store.objects(resource):
                yield one if "kind" in one else {**one, "kind": resource.kind}

    def choose(self, options: Sequence[T]) -> T:
        """One of several by chance."""
        return self.randomness.choice(options)

    def container(self, namespace: str, pod: str, container: str = "") -> RunningContainer | None:
        """The running container of that name (the Pod's first when empty), or None."""
        found = self.store.get(PODS, namespace, pod)
        if found is None:
            return None
        name = container or found["spec"]["containers"][0]["name"]
        status = _status_of(found, name)
        if status is None or "running" not in (status.get("state") or {}):
            return None
        self._start_containers(found)
        return self._containers.get(ContainerKey(found["metadata"]["uid"], name, status.get("restartCount", 0)))

    def read_log(self, namespace: str, pod: str, container: str = "", previous: bool = False) -> list[LogLine] | None:
        """What a container has logged since it started (or, `previous`, the start before); None when it never ran."""
        found = self.store.get(PODS, namespace, pod)
        if found is None:
            return None
        name = container or found["spec"]["containers"][0]["name"]
        self._start_containers(found)
        status = _status_of(found, name) or {}
        # A container that waits for its next start has its last start's log, which is also its previous one.
        is_waiting = "waiting" in (status.get("state") or {})
        restarts = status.get("restartCount", 0) - (1 if previous and not is_waiting else 0)
        kept = self._containers.get(ContainerKey(found["metadata"]["uid"], name, restarts))
        if kept is not None:
            return list(kept.lines)
        # Nobody saw it run: it ended at once, or this process is younger. What it said at its start is known.
        ended = (status.get("lastState" if previous or is_waiting else "state") or {}).get("terminated")
        program = next((program_of(one) for one in containers_of(found) if one["name"] == name), None)
        if not ended or program is None:
            return None
        return startup_lines(program, _seconds(ended.get("startedAt")) or self.clock.now())

    def command(self, namespace: str, pod: str, container: str) -> "ContainerCommand | None":
        """The command that runs in a container, where that is a shell or a client."""
        running = self.container(namespace, pod, container)
        return running.command if running else None

    def append_log(self, namespace: str, pod: str, container: str, text: str, later: float = 0.0) -> None:
        """A running container writes a line, `later` seconds from now."""
        running = self.container(namespace, pod, container)
        if running is not None:
            running.lines.append(LogLine(self.clock.now() + later, text))

    def _notice(self, change: Change) -> None:
        if change.resource is not PODS:
            return
        if change.kind is ChangeKind.DELETED:
            uid = change.object["metadata"]["uid"]
            for key in [key for key in self._containers if key.uid == uid]:
                del self._containers[key]
        else:
            self._start_containers(change.object)

    def _start_containers(self, pod: Object) -> None:
        """Note what each newly running container is given: its Service variables are those of this moment."""
        for container in containers_of(pod):
            status = _status_of(pod, container["name"])
            running = ((status or {}).get("state") or {}).get("running")
            if status is None or running is None:
                continue
            key = ContainerKey(pod["metadata"]["uid"], container["name"], status.get("restartCount", 0))
            if key in self._containers:
                continue
            started = _seconds(running.get("startedAt")) or self.clock.now()
            program = program_of(container)
            self._containers[key] = RunningContainer(
                pod,
                container["name"],
                program,
                started,
                service_variables(self.store, pod, started),
                startup_lines(program, started),
            )


def _status_of(pod: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    known = pod.get("status") or {}
    for status in (*(known.get("containerStatuses") or ()), *(known.get("initContainerStatuses") or ())):
        if status["name"] == name:
            found: Mapping[str, Any] = status
            return found
    return None


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
