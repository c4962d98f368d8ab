"""The embedded cluster as everything above sees it: served by a process of its own, or living in this one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig, SingleConfig

from servicelab.cluster.base import Capability, ExecResult, MachineError, NotSupported, Result, WaitedTooLong
from servicelab.cluster.rest import Object, Refused, Rest
from servicelab.cluster.waiting import wait_in_real_time
from servicelab.cluster.websocket_exec import Executor
from servicelab.network.faults import Faults
from servicelab.network.places import NodePlace, Place, PodPlace, Target
from servicelab.network.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from servicelab.embedded.core import Core
    from servicelab.embedded.programs.shell import Finished

CAPABILITIES = frozenset({Capability.NODE_SHELL, Capability.LOAD_BALANCER})
INSTEAD = "; a kind cluster shows what really happens (`lab cluster start --cluster kind`)"
OK = 200
NOT_IMPLEMENTED = 501
LONGEST_STEP = 1.0
"""Simulated seconds after which a condition is asked again although nothing was due."""


class EmbeddedCluster:
    """A `Cluster` (see base.py) whose API server is our own process."""

    kind = "embedded"

    def __init__(self, name: str, kubeconfig: Path) -> None:
        """MachineError when its server does not answer."""
        self.name = name
        self.kubeconfig: Path | None = kubeconfig
        has_load_balancer = self._laboratory("load-balancer", {})["on"]
        self.capabilities = CAPABILITIES if has_load_balancer else CAPABILITIES - {Capability.LOAD_BALANCER}

    @cached_property
    def _config(self) -> SingleConfig:
        assert self.kubeconfig is not None
        config = KubeConfig.from_file(self.kubeconfig).get()
        assert config is not None
        return config

    @cached_property
    def api(self) -> Client:
        """A lightkube client; one per cluster, reused."""
        return Client(config=self._config, trust_env=False)

    @cached_property
    def rest(self) -> Rest:
        """The API as plain JSON."""
        return Rest(self._config)

    @cached_property
    def _executor(self) -> Executor:
        return Executor(self._config)

    def outside_address(self) -> str | None:
        """The address of the client outside, always the same."""
        return _outside_address()

    def faults(self) -> Faults:
        """What was broken here on purpose."""
        return Faults.from_json(self._laboratory("nodes", {}))

    def probe(self, source: Place, target: Target, *, timeout: float = 2.0) -> Verdict:
        """Send one request and say how it ended."""
        asked = {"source": str(source), "target": str(target), "timeout": timeout}
        try:
            verdict = read_verdict(self._laboratory("probe", asked)["verdict"])
        except NotSupported:
            self._check_place(source)
            raise
        return what_a_client_can_tell(target, verdict)

    def _check_place(self, place: Place) -> None:
        """MachineError when nothing can be asked from there."""
        match place:
            case PodPlace(namespace, name):
                pods = self.rest.items(
                    f"/api/v1/namespaces/{namespace}/pods", {"fieldSelector": f"metadata.name={name}"}
                )
                if not pods or pods[0]["status"].get("phase") != "Running":
                    raise no_client(place)
            case NodePlace(name):
                if name not in [node["metadata"]["name"] for node in self.rest.items("/api/v1/nodes")]:
                    raise no_client(place)

    def probe_many(self, source: Place, target: Target, count: int, *, timeout: float = 2.0) -> list[Verdict]:
        """`count` requests one after the other."""
        return [self.probe(source, target, timeout=timeout) for _ in range(count)]

    def wait_until(self, description: str, condition: Callable[[], Result], *, timeout: float = 60.0) -> Result:
        """Wait in real time, with pauses by the server's clock; WaitedTooLong after `timeout` seconds."""
        return wait_in_real_time(description, condition, timeout, self._pause)

    def _pause(self, seconds: float) -> None:
        self._laboratory("wait", {"seconds": seconds})

    def execute(self, namespace: str, pod: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command in a Pod's first container."""
        return self._executor.run(namespace, pod, command, timeout=timeout)

    def execute_on_node(self, node: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run one of the commands that the embedded nodes have."""
        done = self._laboratory(f"nodes/{quote(node, safe='')}/exec", {"command": list(command)})
        if done["seconds"] > timeout:
            raise _too_long(command, f"on node {node}", timeout)
        return ExecResult(done["stdout"], done["stderr"], done["exitCode"])

    def _laboratory(self, path: str, body: Object) -> Object:
        try:
            answer: Object = self.rest.send("POST", f"/lab/v1/{path}", json=body).json()
        except Refused as refusal:
            if refusal.code == NOT_IMPLEMENTED:
                raise NotSupported(f"{refusal}{INSTEAD}") from None
            raise MachineError(str(refusal), "Look at what is there with `kubectl get pods,nodes -A`.") from None
        return answer

    def here(self, host: str, port: int) -> list[tuple[str, int]]:
        """A listener on loopback."""
        return [("127.0.0.1", int(self._laboratory("listeners", {"host": host, "port": port})["port"]))]

    def forward(self, host: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """The same listener: it leads there by itself."""
        return nullcontext(self.here(host, port)[0])

    def describe_version(self) -> str:
        """One line for people and records: which cluster, which Kubernetes."""
        return f"embedded cluster {self.name}, Kubernetes {self.rest.get('/version')['gitVersion']}"

    def close(self) -> None:
        """Let go of connections; the cluster runs on."""
        for made in ("rest", "api", "_executor"):
            thing = self.__dict__.pop(made, None)
            if isinstance(thing, Rest):
                thing.close()


class ThrowawayCluster:
    """A `Cluster` (see base.py) in this process, without sockets or files, whose clock moves only when somebody waits.

    For one thread at a time.
    """

    kind = "embedded"
    capabilities = CAPABILITIES
    name = "lab"
    kubeconfig: Path | None = None

    def __init__(self, seed: int | None = None, core: "Core | None" = None) -> None:
        from servicelab.embedded.core import fresh_core

        self.core = core or fresh_core(seed=seed)

    @cached_property
    def api(self) -> Client:
        """A lightkube client; one per cluster, reused."""
        from servicelab.embedded.transport import in_process_client

        return in_process_client(self.core)

    @cached_property
    def rest(self) -> Rest:
        """The API as plain JSON."""
        from servicelab.embedded.transport import InProcessTransport, in_process_config

        return Rest(in_process_config(), InProcessTransport(self.core))

    def outside_address(self) -> str | None:
        """The address of the client outside, always the same."""
        return _outside_address()

    def faults(self) -> Faults:
        """What was broken here on purpose."""
        return self.core.world.network().faults

    def probe(self, source: Place, target: Target, *, timeout: float = 2.0) -> Verdict:
        """Send one request and say how it ended; one that times out lets `timeout` seconds pass."""
        from servicelab.embedded.programs.probe import probe
        from servicelab.network.unmodelled import Unmodelled

        self._check_place(source)
        try:
            verdict, _ = probe(self.core.world, source, target, timeout)
        except Unmodelled as unknown:
            raise NotSupported(f"{unknown}{INSTEAD}") from None
        if verdict.outcome is Outcome.TIMED_OUT:
            self.core.pass_time(timeout)
        return what_a_client_can_tell(target, verdict)

    def _check_place(self, place: Place) -> None:
        """MachineError when nothing can be asked from there."""
        from servicelab.embedded.resources import NODES, PODS

        match place:
            case PodPlace(namespace, name) if (pod := self.core.store.get(PODS, namespace, name)) is not None:
                self._check_node(pod["spec"].get("nodeName", ""))
            case NodePlace(name):
                self._check_node(name)
        match place:
            case PodPlace(namespace, name) if self.core.world.container(namespace, name) is None:
                raise no_client(place)
            case NodePlace(name) if self.core.store.get(NODES, "", name) is None:
                raise no_client(place)

    def probe_many(self, source: Place, target: Target, count: int, *, timeout: float = 2.0) -> list[Verdict]:
        """`count` requests one after the other."""
        return [self.probe(source, target, timeout=timeout) for _ in range(count)]

    def wait_until(self, description: str, condition: Callable[[], Result], *, timeout: float = 60.0) -> Result:
        """Move the clock from one thing that is due to the next until `condition` is true; takes no real time."""
        deadline = self.core.clock.now() + timeout
        while True:
            self.core.settle()
            result = condition()
            if result:
                return result
            now = self.core.clock.now()
            if now >= deadline:
                raise WaitedTooLong(description, timeout)
            due = self.core.next_due()
            step = min(LONGEST_STEP, deadline - now)
            if due is not None:
                step = min(step, max(0.0, due - now))
            self.core.pass_time(step)

    def execute(self, namespace: str, pod: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command in a Pod's first container; the time it takes passes on the cluster's clock."""
        from servicelab.embedded.programs import shell
        from servicelab.embedded.resources import PODS

        found = self.core.store.get(PODS, namespace, pod)
        self._check_node(found["spec"].get("nodeName", "") if found is not None else "")
        try:
            done = shell.run(self.core.world, namespace, pod, "", list(command))
        except KeyError as missing:
            raise MachineError(f"no command can be run: {missing.args[0]}", "Is the Pod running?") from None
        return self._finish(done, command, f"in Pod {namespace}/{pod}", timeout)

    def execute_on_node(self, node: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run one of the commands that the embedded nodes have."""
        from servicelab.embedded.programs import shell

        self._check_node(node)
        try:
            done = shell.run_on_node(self.core.world, node, list(command))
        except KeyError as missing:
            raise MachineError(str(missing.args[0]), "Look at what is there with `kubectl get nodes`.") from None
        return self._finish(done, command, f"on node {node}", timeout)

    def _check_node(self, name: str) -> None:
        """MachineError when the node's machine is stopped."""
        from servicelab.embedded.controllers.node_power import is_on

        if not is_on(self.core.store, name):
            raise MachineError(f"no command can be run: node {name} is stopped", "Ask from another node.")

    def _finish(self, done: "Finished", command: Sequence[str], where: str, timeout: float) -> ExecResult:
        self.core.settle()
        self.core.pass_time(min(done.seconds, timeout))
        if done.failure:
            raise MachineError(
                f"`{' '.join(command)}` could not be run {where}: {done.failure}", "Use one of the programs it has."
            )
        if done.seconds > timeout:
            raise _too_long(command, where, timeout)
        return ExecResult(done.stdout, done.stderr, done.exit_code)

    def here(self, host: str, port: int) -> list[tuple[str, int]]:
        """Nowhere: it has no sockets."""
        return []

    def forward(self, host: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """NotSupported: it has no sockets."""
        raise NotSupported("a throw-away cluster has no addresses on this machine; start one with `lab cluster start`")

    def describe_version(self) -> str:
        """One line for people and records: which cluster, which Kubernetes."""
        from servicelab.embedded import facts

        return f"embedded cluster (throw-away), Kubernetes {facts.kubernetes_version()}"

    def close(self) -> None:
        """The cluster ends here."""


def _too_long(command: Sequence[str], where: str, timeout: float) -> MachineError:
    return MachineError(f"`{' '.join(command)}` {where} did not end within {timeout:g} s", "Try a shorter command.")


def _outside_address() -> str:
    from servicelab.embedded.programs.world import OUTSIDE_ADDRESS

    return OUTSIDE_ADDRESS


def no_client(place: Place) -> MachineError:
    """What is said when a probe has nowhere to start from."""
    return MachineError(
        f"no request can be sent from {place}: it is not there, or does not run", "Look at what is there."
    )


def what_a_client_can_tell(target: Target, verdict: Verdict) -> Verdict:
    """The verdict without what only the model knows: a real client learns which Pod answered only by asking for
    `/hostname`, which source it had only by `/clientip`, and reads no body from a bare connection."""
    is_http = target.scheme in ("http", "https")
    told = is_http and verdict.status == OK
    path = target.path.split("?")[0]
    return replace(
        verdict,
        by=verdict.by if told and path in ("/hostname", "/hostName") else None,
        seen_source=verdict.seen_source if told and path == "/clientip" else None,
        body=verdict.body if is_http else "",
    )


def read_verdict(said: Object) -> Verdict:
    """A verdict from the JSON that the embedded cluster's server sends."""
    return Verdict(
        Outcome(said["outcome"]),
        by=said.get("by"),
        seen_source=said.get("seen_source"),
        body=said.get("body", ""),
        detail=said.get("detail", ""),
        status=said.get("status"),
    )
