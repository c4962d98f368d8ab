"""The life of the embedded cluster: a process of its own in the background, or a throw-away one in this process."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]
from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster import commands, faults, node_words
from servicelab.cluster.base import Cluster, MachineError, WaitedTooLong
from servicelab.cluster.cluster_place import ClusterPlace, alone
from servicelab.cluster.embedded_cluster import EmbeddedCluster, ThrowawayCluster
from servicelab.cluster.home import Home, make_private, read_json, write_private
from servicelab.cluster.progress import Reporter
from servicelab.cluster.rest import Object, Rest
from servicelab.cluster.status import State, Status
from servicelab.cluster.waiting import wait_in_real_time
from servicelab.network.faults import Faults

if TYPE_CHECKING:
    from servicelab.embedded.core import Core

KIND = "embedded"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
LONGEST_LOG = 5 * 1024 * 1024
"""Bytes of log above which a start begins a new one (the last one is kept beside it)."""


@dataclass(frozen=True)
class Place(ClusterPlace):
    """One embedded cluster's files."""

    kind = KIND

    @property
    def ready_file(self) -> Path:
        """Written by the server once it answers."""
        return self.directory / "server.json"

    @property
    def process_file(self) -> Path:
        """Which process the server is, and when that process began, so that a reused number is not taken for it."""
        return self.directory / "process.json"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"


def open_throwaway(seed: int | None = None) -> Cluster:
    """A fresh cluster in this process: no socket, no file, simulated time; the same `seed` gives the same choices."""
    return ThrowawayCluster(seed)


def open_copy(seed: int | None = None) -> Cluster:
    """As `open_throwaway`, for many in one process: what every cluster begins with is made for the first one only."""
    return ThrowawayCluster(core=_first_core().copy(seed))


@cache
def _first_core() -> "Core":
    from servicelab.embedded.core import fresh_core

    return fresh_core()


def start(
    home: Home, name: str, reporter: Reporter, bundle_directory: Path | None = None, load_balancer: bool = True
) -> Status:
    """Start the server in the background, or find it running, and all its nodes; returns when it answers.

    A bundle is not needed. `load_balancer` is for a cluster that is made: whether it has one.
    """
    place = Place(home, name)
    with alone(place, reporter):
        is_new = not place.kubeconfig.exists()
        if not _answers(place):
            with reporter.step("Starting the embedded cluster"):
                _end_process(place)
                _launch(place)
                if is_new and not load_balancer:
                    _tell(place, "load-balancer", {"on": False})
    found = status(home, name)
    for node in _stopped_nodes(place, found):
        start_node(home, name, node, reporter)
    return found


def stop(home: Home, name: str, reporter: Reporter) -> Status:
    """End the server; the journal keeps what is in the cluster."""
    place = Place(home, name)
    with alone(place, reporter):
        if _process(place) is not None:
            with reporter.step("Stopping the embedded cluster"):
                _end_process(place)
    return status(home, name)


def status(home: Home, name: str) -> Status:
    """How the cluster is now."""
    place = Place(home, name)
    if not place.directory.exists():
        return Status(name, KIND, State.ABSENT)
    if _process(place) is None:
        return Status(name, KIND, State.STOPPED, kubeconfig=place.kubeconfig)
    rest = _rest(place)
    try:
        if rest is None:
            raise MachineError("it has no kubeconfig yet")
        version = rest.get("/version")["gitVersion"]
        nodes = tuple(node["metadata"]["name"] for node in rest.items("/api/v1/nodes"))
        broken = Faults.from_json(rest.send("POST", "/lab/v1/nodes", json={}).json())
        has_load_balancer = rest.send("POST", "/lab/v1/load-balancer", json={}).json()["on"]
    except MachineError as problem:
        detail = f"Its process runs but does not answer ({problem}); its log is {place.log}."
        return Status(name, KIND, State.BROKEN, kubeconfig=place.kubeconfig, detail=detail)
    finally:
        if rest is not None:
            rest.close()
    return Status(
        name,
        KIND,
        State.RUNNING,
        kubernetes=version,
        nodes=nodes,
        kubeconfig=place.kubeconfig,
        detail=faults.told(broken),
        load_balancer=has_load_balancer,
    )


def reset(home: Home, name: str, reporter: Reporter) -> Status:
    """Begin again with a fresh cluster, under the same address and the same kubeconfig. MachineError unless it runs."""
    place = Place(home, name)
    with alone(place, reporter):
        _running(home, name)
        with reporter.step("Removing everything that was made in the cluster"):
            had_load_balancer = _tell(place, "load-balancer", {})["on"]
            _end_process(place)
            for journal in place.directory.glob("journal.sqlite*"):
                journal.unlink()
            _launch(place)
            _tell(place, "load-balancer", {"on": had_load_balancer})
    return status(home, name)


def delete(home: Home, name: str, reporter: Reporter) -> Status:
    """End the server and remove its files; nothing happens when there is none."""
    place = Place(home, name)
    with alone(place, reporter):
        if place.directory.exists():
            with reporter.step(f"Deleting the embedded cluster {name}"):
                _end_process(place)
                shutil.rmtree(place.directory, ignore_errors=True)
                with contextlib.suppress(OSError):
                    place.directory.parent.rmdir()
    return Status(name, KIND, State.ABSENT)


def open_running(home: Home, name: str) -> Cluster:
    """The running cluster. MachineError when it does not run."""
    place = Place(home, name)
    if _process(place) is not None and place.kubeconfig.exists():
        with contextlib.suppress(MachineError):
            return EmbeddedCluster(name, place.kubeconfig)
    now = status(home, name)
    raise MachineError(
        f"the embedded cluster {name} is {now.state}{': ' + now.detail if now.detail else ''}",
        "Start it with `lab cluster start`.",
    )


def stop_node(home: Home, name: str, node: str, reporter: Reporter) -> None:
    """Stop a node's machine, as if it had failed. MachineError for the control plane."""
    rest = _nodes_of(home, name, node)
    if node.endswith("-control-plane"):
        raise node_words.is_control_plane(node)
    with reporter.step(f"Stopping the node {node}"):
        rest.send("POST", f"/lab/v1/nodes/{node}/stop", json={})
    rest.close()


def start_node(home: Home, name: str, node: str, reporter: Reporter) -> None:
    """Start a node's machine again; returns when the node is Ready."""
    rest = _nodes_of(home, name, node)

    def is_back() -> bool:
        is_stopped = node in rest.send("POST", f"/lab/v1/nodes/{node}/start", json={}).json()["stopped"]
        conditions = rest.get(f"/api/v1/nodes/{node}")["status"]["conditions"]
        return not is_stopped and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def pause(seconds: float) -> None:
        rest.send("POST", "/lab/v1/wait", json={"seconds": seconds})

    with reporter.step(f"Starting the node {node}"):
        wait_in_real_time(f"the node {node} to be Ready", is_back, START_TIMEOUT, pause)
    rest.close()


def change_faults(
    home: Home, name: str, nodes: Iterable[str], change: Callable[[Faults], Faults], reporter: Reporter
) -> Faults:
    """Change the cluster's faults, which concern these nodes; returns all there are then."""
    place = Place(home, name)
    with alone(place, reporter):
        faults.check_nodes(nodes, _running(home, name).nodes)
        changed = change(Faults.from_json(_tell(place, "nodes", {})))
        return Faults.from_json(_tell(place, "faults", changed.to_json()))


def switch_load_balancer(
    home: Home, name: str, on: bool, reporter: Reporter, bundle_directory: Path | None = None
) -> Status:
    """Let MetalLB run, or end it; no bundle is needed."""
    _running(home, name)
    _tell(Place(home, name), "load-balancer", {"on": on})
    return status(home, name)


def _tell(place: Place, what: str, body: Object) -> Object:
    """Ask the cluster's server what no Kubernetes API tells, or set it."""
    rest = _rest(place)
    assert rest is not None, "the cluster has a kubeconfig"
    try:
        answer: Object = rest.send("POST", f"/lab/v1/{what}", json=body).json()
        return answer
    finally:
        rest.close()


def _stopped_nodes(place: Place, found: Status) -> list[str]:
    return list(_tell(place, "nodes", {})["stopped"]) if found.state is State.RUNNING else []


def _running(home: Home, name: str) -> Status:
    """The status of a cluster that runs; else MachineError."""
    now = status(home, name)
    if now.state is not State.RUNNING:
        raise MachineError(f"the embedded cluster {name} is {now.state}", "Start it with `lab cluster start`.")
    return now


def _nodes_of(home: Home, name: str, node: str) -> Rest:
    """A connection to a running cluster that has the node; else MachineError."""
    faults.check_nodes([node], _running(home, name).nodes)
    rest = _rest(Place(home, name))
    assert rest is not None, "a running cluster has a kubeconfig"
    return rest


def _launch(place: Place) -> None:
    """Start the server as a process that outlives us, and wait until it answers."""
    make_private(place.directory)
    place.ready_file.unlink(missing_ok=True)
    if place.log.exists() and place.log.stat().st_size > LONGEST_LOG:
        place.log.replace(place.log.with_suffix(".log.before"))
    command = [
        sys.executable,
        "-m",
        "servicelab.embedded.server",
        "--state",
        str(place.directory),
        "--name",
        place.name,
    ]
    descriptor = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        detached: dict[str, int | bool] = {"start_new_session": True}
        if sys.platform == "win32":
            detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        process = subprocess.Popen(  # type: ignore[call-overload]
            command, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, cwd=place.directory, **detached
        )
    finally:
        os.close(descriptor)
    try:
        write_private(
            place.process_file,
            json.dumps({"pid": process.pid, "started": psutil.Process(process.pid).create_time()}),
        )
        wait_in_real_time(
            "the embedded cluster to answer",
            lambda: process.poll() is not None or (place.ready_file.exists() and _answers(place)),
            START_TIMEOUT,
        )
    except WaitedTooLong as problem:
        commands.end(process, STOP_TIMEOUT)
        raise MachineError(str(problem), f"Its log is {place.log}.") from None
    except psutil.NoSuchProcess:
        pass
    except BaseException:
        commands.end(process, STOP_TIMEOUT)
        raise
    if process.poll() is not None:
        raise MachineError(
            f"the embedded cluster ended at once (exit code {process.returncode}): {_last_words(place)}",
            f"Its log is {place.log}.",
        )


def _last_words(place: Place) -> str:
    lines = place.log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _process(place: Place) -> psutil.Process | None:
    """The server's process, if it runs and really is the one we started."""
    known = read_json(place.process_file)
    try:
        process = psutil.Process(int(known["pid"]))
        ours = abs(process.create_time() - float(known["started"])) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError, ValueError):
        return None
    return process if ours else None


def _end_process(place: Place) -> None:
    """End the server's process, kindly at first, and forget it."""
    process = _process(place)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(STOP_TIMEOUT)
    place.process_file.unlink(missing_ok=True)
    place.ready_file.unlink(missing_ok=True)


def _rest(place: Place) -> Rest | None:
    if not place.kubeconfig.exists():
        return None
    config = KubeConfig.from_file(place.kubeconfig).get()
    return Rest(config, timeout=5) if config is not None else None


def _answers(place: Place) -> bool:
    """Whether our server answers: it proves itself by a certificate that our kubeconfig's authority signed."""
    if _process(place) is None:
        return False
    rest = _rest(place)
    if rest is None:
        return False
    try:
        rest.get("/version")
    except MachineError:
        return False
    finally:
        rest.close()
    return True
