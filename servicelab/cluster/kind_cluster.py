"""A running kind cluster as everything above sees it: real traffic, by real clients in real Pods and on real nodes."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError
from yaml import YAMLError

from servicelab.cluster import answering_pod, client_script, outside
from servicelab.cluster.base import Capability, ExecResult, MachineError, NotSupported, Result
from servicelab.cluster.docker import NODE_LABEL, containers, docker
from servicelab.cluster.forwarding import forwarding
from servicelab.cluster.home import read_json
from servicelab.cluster.rest import Rest
from servicelab.cluster.waiting import wait_in_real_time
from servicelab.cluster.websocket_exec import Executor
from servicelab.network.faults import Faults
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, PortForward, Target
from servicelab.network.verdict import Verdict

RECORD = "cluster.json"
"""The file beside the kubeconfig with what the lab knows of the cluster."""
SPARE = 15.0
"""Seconds a probe may take beside its requests: starting the client, reading its words."""


class KindCluster:
    """A `Cluster` (see base.py) whose nodes are Docker containers."""

    kind = "kind"
    capabilities = frozenset({Capability.REAL_TRAFFIC, Capability.NODE_SHELL, Capability.NETWORK_POLICY})

    def __init__(self, name: str, kubeconfig: Path, outside_container: str, *, has_load_balancer: bool = False) -> None:
        self.name = name
        if has_load_balancer:
            self.capabilities = KindCluster.capabilities | {Capability.LOAD_BALANCER}
        self.kubeconfig: Path | None = kubeconfig
        self._outside = outside_container

    @cached_property
    def _config(self) -> SingleConfig:
        assert self.kubeconfig is not None
        try:
            # By name: somebody may have made another context, of another cluster, the current one.
            config = KubeConfig.from_file(self.kubeconfig).get(f"kind-{self.name}")
            assert config is not None
        except (ConfigError, OSError, YAMLError, KeyError, TypeError) as problem:
            raise MachineError(
                f"the cluster's kubeconfig {self.kubeconfig} is gone or damaged: {problem}",
                "Start the cluster with `lab cluster start --cluster kind`: it is written anew.",
            ) from None
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
        """The address of the client outside; None when it does not run."""
        client = outside.find(self.name)
        return client.address or None if client is not None else None

    def faults(self) -> Faults:
        """The nodes whose container does not run, and what the cluster's record says of firewalls and partitions."""
        assert self.kubeconfig is not None
        recorded = read_json(self.kubeconfig.with_name(RECORD)).get("faults", {})
        stopped = [node.name for node in containers(f"{NODE_LABEL}={self.name}") if not node.running]
        return Faults.from_json({**recorded, "stopped": stopped})

    def probe(self, source: Place, target: Target, *, timeout: float = 2.0) -> Verdict:
        """Send one request over a new connection and say how it ended."""
        return self.probe_many(source, target, 1, timeout=timeout)[0]

    def probe_many(self, source: Place, target: Target, count: int, *, timeout: float = 2.0) -> list[Verdict]:
        """`count` requests by one run of the client; the client Pod's image must have curl (agnhost has).

        NotSupported for a ping and for a port-forward, which are no requests of a client in the cluster.
        """
        if isinstance(source, PortForward) or target.scheme == "ping":
            what = "a ping" if target.scheme == "ping" else "a port-forward"
            raise NotSupported(f"probes do not send {what}; use `kubectl exec … -- ping` or `kubectl port-forward`")
        mark = secrets.token_hex(12)
        has_agnhost = not isinstance(source, NodePlace)
        command = client_script.command(target, count, timeout, mark, has_agnhost=has_agnhost)
        limit = count * (timeout + 0.5) + SPARE
        match source:
            case PodPlace(namespace, pod):
                done = self.execute(namespace, pod, command, timeout=limit)
            case NodePlace(node):
                done = self.execute_on_node(node, command, timeout=limit)
            case Outside():
                done = self._in_container(self._outside, command, limit)
        answers = client_script.read(target, count, mark, done.stdout, done.stderr)
        if client_script.asks_hostname(target):
            return self._with_pods(answers)
        return [client_script.with_source(target, answer).verdict for answer in answers]

    def _with_pods(self, answers: list[client_script.Answer]) -> list[Verdict]:
        """The verdicts with the Pods whose host names were told."""
        if not any(answer.verdict.status == 200 for answer in answers):
            return [answer.verdict for answer in answers]
        pods, services, slices = (
            self.rest.items(path)
            for path in ("/api/v1/pods", "/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices")
        )
        known: dict[tuple[str, str | None], str | None] = {}
        verdicts = []
        for answer in answers:
            if answer.verdict.status == 200:
                key = (answer.verdict.body.strip(), answer.asked)
                if key not in known:
                    known[key] = answering_pod.find(*key, pods, services, slices)
                verdicts.append(replace(answer.verdict, by=known[key]))
            else:
                verdicts.append(answer.verdict)
        return verdicts

    def wait_until(self, description: str, condition: Callable[[], Result], *, timeout: float = 60.0) -> Result:
        """Wait in real time; WaitedTooLong after `timeout` seconds."""
        return wait_in_real_time(description, condition, timeout)

    def execute(self, namespace: str, pod: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command in a Pod's first container."""
        return self._executor.run(namespace, pod, command, timeout=timeout)

    def execute_on_node(self, node: str, command: Sequence[str], *, timeout: float = 30.0) -> ExecResult:
        """Run a command on a node, in the node's own network."""
        nodes = [entry["metadata"]["name"] for entry in self.rest.items("/api/v1/nodes")]
        if node not in nodes:
            raise MachineError(f"there is no node {node}", f"The nodes are {', '.join(nodes)}.")
        return self._in_container(node, command, timeout)

    def _in_container(self, container: str, command: Sequence[str], timeout: float) -> ExecResult:
        done = docker("exec", container, *command, timeout=timeout)
        if not done.succeeded and (
            done.stderr.startswith("Error") or "OCI runtime exec failed" in done.stdout + done.stderr
        ):
            done.or_raise(
                f"no command can be run in the container {container}", "Start the cluster: `lab cluster start`."
            )
        return ExecResult(done.stdout, done.stderr, done.exit_code)

    def here(self, host: str, port: int) -> list[tuple[str, int]]:
        """The address itself, and the port of this machine that kind maps to a node port."""
        assert self.kubeconfig is not None
        mapped = read_json(self.kubeconfig.with_name(RECORD)).get("ports", {}).get(str(port))
        return [(host, port), *([("127.0.0.1", int(mapped))] if mapped else [])]

    def forward(self, host: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """An address on loopback whose connections the client outside carries on."""
        return forwarding(self._outside, host, port)

    def describe_version(self) -> str:
        """One line for people and records: which cluster, which Kubernetes."""
        return f"kind cluster {self.name}, Kubernetes {self.rest.get('/version')['gitVersion']}"

    def close(self) -> None:
        """Let go of connections; the cluster runs on."""
        for made in ("rest", "api", "_executor"):
            thing = self.__dict__.pop(made, None)
            if isinstance(thing, Rest):
                thing.close()
