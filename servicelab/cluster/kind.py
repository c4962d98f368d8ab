"""The life of a kind cluster: start, stop, status, reset, delete."""

import contextlib
import json
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servicelab.cluster import bundle as bundles
from servicelab.cluster import (
    docker,
    images,
    kind_config,
    kind_program,
    metallb,
    node_words,
    outside,
    ready,
    reset_objects,
)
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.docker import Container
from servicelab.cluster.home import Home, make_private, read_json, write_private
from servicelab.cluster.kind_cluster import NODE_LABEL, KindCluster
from servicelab.cluster.lock import held
from servicelab.cluster.progress import Reporter
from servicelab.cluster.status import State, Status

KIND = "kind"


@dataclass(frozen=True)
class Place:
    """One kind cluster's files."""

    home: Home
    name: str

    @property
    def directory(self) -> Path:
        return self.home.cluster(KIND, self.name)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubeconfig"

    @property
    def record_file(self) -> Path:
        return self.directory / "cluster.json"

    @property
    def log(self) -> Path:
        """What kind said when it failed; stays when the half-made cluster is removed."""
        return self.home.root / "logs" / f"kind-{self.name}.log"

    def record(self) -> dict[str, Any]:
        """What we wrote about the cluster: its state (`creating`, `ready`), since when, its nodes and ports."""
        return read_json(self.record_file)

    def write_record(self, **facts: object) -> None:
        write_private(self.record_file, json.dumps(self.record() | facts, indent=2))


def start(home: Home, name: str, reporter: Reporter, bundle_directory: Path | None = None) -> Status:
    """Make the cluster, or start it again, or find it running; returns when it answers.

    What an interrupted creation left is removed first. Ctrl-C removes a half-made cluster.
    """
    docker.check()
    place = Place(home, name)
    with _alone(place, reporter):
        bundle = bundles.find(home, bundle_directory)
        nodes = _our_nodes(place)
        if nodes and place.record().get("state") != "ready":
            with reporter.step("Removing what an interrupted start left"):
                _remove(place)
            nodes = []
        if not nodes:
            _create(place, bundle, reporter)
        elif not all(node.running for node in nodes) or not ready.answers(_open(place)):
            _start_again(place, nodes, bundle, reporter)
        else:
            _finish(place, bundle, reporter)
        return status(home, name)


def stop(home: Home, name: str, reporter: Reporter) -> Status:
    """Stop the cluster's containers; what is in it stays."""
    docker.check()
    place = Place(home, name)
    with _alone(place, reporter):
        running = [node.name for node in _our_nodes(place) if node.running]
        client = outside.find(name)
        if client is not None and client.running:
            running.append(client.name)
        if running:
            with reporter.step(f"Stopping {len(running)} containers"):
                docker.docker("stop", *running, timeout=120).or_raise("the cluster could not be stopped")
    return status(home, name)


def status(home: Home, name: str) -> Status:
    """How the cluster is now. MachineError when Docker does not work."""
    docker.check()
    place = Place(home, name)
    nodes = _our_nodes(place)
    record = place.record()
    if not nodes:
        return Status(name, KIND, State.ABSENT)
    found = Status(
        name,
        KIND,
        State.BROKEN,
        kubernetes=record.get("kubernetes", ""),
        nodes=tuple(node.name for node in nodes),
        kubeconfig=place.kubeconfig,
        ports={int(node_port): host_port for node_port, host_port in record.get("ports", {}).items()},
    )
    if record.get("state") != "ready":
        return replace(found, detail="Its creation was interrupted; start it to make it anew.")
    if not any(node.running for node in nodes):
        return replace(found, state=State.STOPPED)
    down = [node.name for node in nodes if not node.running]
    lost = [node for node in down if node not in record.get("stopped", [])]
    if lost:
        return replace(found, detail=f"{', '.join(lost)} does not run; start the cluster.")
    if not ready.answers(_open(place)):
        return replace(found, detail="Its API server does not answer; start the cluster.")
    client = outside.find(name)
    if client is None or not client.running:
        return replace(found, detail="The client outside does not run; start the cluster.")
    detail = f"Stopped: {', '.join(down)}; `lab cluster node start NAME` starts a node again." if down else ""
    return replace(found, state=State.RUNNING, detail=detail)


def stop_node(home: Home, name: str, node: str, reporter: Reporter) -> None:
    """Stop the container of one node, as if its machine had failed. MachineError for the control plane."""
    place = Place(home, name)
    with _alone(place, reporter):
        _check_node(place, node)
        if node.endswith("-control-plane"):
            raise node_words.is_control_plane(node)
        stopped = set(place.record().get("stopped", []))
        place.write_record(stopped=sorted(stopped | {node}))
        with reporter.step(f"Stopping the node {node}"):
            docker.docker("stop", node, timeout=120).or_raise(f"the node {node} could not be stopped")


def start_node(home: Home, name: str, node: str, reporter: Reporter) -> None:
    """Start the container of a node again; returns when the node is Ready."""
    place = Place(home, name)
    with _alone(place, reporter):
        _check_node(place, node)
        cluster = _open(place)
        with reporter.step(f"Starting the node {node}"):
            before = ready.renewals(cluster).get(node, "")
            if not next(one.running for one in _our_nodes(place) if one.name == node):
                docker.docker("start", node).or_raise(f"the node {node} could not be started")
                ready.wait_for_node(cluster, node, before)
        place.write_record(stopped=[one for one in place.record().get("stopped", []) if one != node])
        cluster.close()


def _check_node(place: Place, node: str) -> None:
    """MachineError unless the cluster runs and has the node."""
    now = status(place.home, place.name)
    if now.state is not State.RUNNING:
        raise MachineError(
            f"the kind cluster {place.name} is {now.state}", "Start it with `lab cluster start --cluster kind`."
        )
    if node not in now.nodes:
        raise node_words.no_such_node(node, now.nodes)


def reset(home: Home, name: str, reporter: Reporter) -> Status:
    """Remove everything learners made; the nodes stay. MachineError when the cluster does not run."""
    place = Place(home, name)
    with _alone(place, reporter):
        now = status(home, name)
        if now.state is not State.RUNNING:
            raise MachineError(f"the kind cluster {name} is {now.state}", "Start it with `lab cluster start`.")
        with reporter.step("Removing everything that was made in the cluster"):
            cluster = _open(place)
            reset_objects.remove_all(cluster.rest, cluster.wait_until)
            if addresses := place.record().get("load_balancer"):
                metallb.configure(cluster, addresses)
            cluster.close()
    return status(home, name)


def delete(home: Home, name: str, reporter: Reporter) -> Status:
    """Remove the cluster with all its containers and files; nothing happens when there is none."""
    docker.check()
    place = Place(home, name)
    with _alone(place, reporter):
        nodes = _our_nodes(place)
        if nodes or outside.find(name) is not None or place.directory.exists():
            with reporter.step(f"Deleting the kind cluster {name}"):
                _remove(place)
    return Status(name, KIND, State.ABSENT)


def open_running(home: Home, name: str) -> KindCluster:
    """The running cluster. MachineError when there is none, or it does not run."""
    now = status(home, name)
    if now.state is not State.RUNNING:
        raise MachineError(
            f"the kind cluster {name} is {now.state}{': ' + now.detail if now.detail else ''}",
            "Start it with `lab cluster start --cluster kind`.",
        )
    return _open(Place(home, name))


@contextmanager
def _alone(place: Place, reporter: Reporter) -> Iterator[None]:
    """Hold the cluster's lock: one start, stop, reset or delete at a time."""
    busy = f"Another `lab` is at work on the kind cluster {place.name}; waiting until it is done."
    with held(place.home.lock_file(KIND, place.name), lambda: reporter.say(busy)):
        yield


def _open(place: Place) -> KindCluster:
    has_load_balancer = bool(place.record().get("load_balancer"))
    client = outside.container_name(place.name)
    return KindCluster(place.name, place.kubeconfig, client, has_load_balancer=has_load_balancer)


def _our_nodes(place: Place) -> list[Container]:
    """The cluster's node containers. MachineError when a cluster of this name is there that this lab did not make."""
    nodes = docker.containers(f"{NODE_LABEL}={place.name}")
    record = place.record()
    if not nodes:
        return []
    ours = record.get("nodes")
    known = {node.id for node in nodes} <= set(ours) if ours else record.get("since", "9") <= nodes[0].created
    if not record or not known:
        raise MachineError(
            f"there is a kind cluster named {place.name} that was not made by this lab",
            "Choose another name with `--name NAME`; the other cluster is left alone.",
        )
    return nodes


def _create(place: Place, bundle: Bundle | None, reporter: Reporter) -> None:
    program = kind_program.find(bundle)
    image = images.prepare_node_image(bundle, reporter)
    images.prepare_workload_image(bundle, reporter)
    reporter.say(image.because)
    shutil.rmtree(place.directory, ignore_errors=True)
    make_private(place.directory)
    config, ports = kind_config.render(kind_config.find_file().read_text())
    config_file = place.directory / "kind.yaml"
    write_private(config_file, config)
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    place.write_record(state="creating", since=since, ports=ports, image=image.reference)
    try:
        with reporter.step("Creating a control plane and two workers"):
            kind_program.create(
                program, place.name, image.reference, config_file, place.kubeconfig, place.log, reporter
            )
            place.kubeconfig.chmod(0o600)
        _finish(place, bundle, reporter, program)
        nodes = [node.id for node in docker.containers(f"{NODE_LABEL}={place.name}")]
        place.write_record(state="ready", nodes=nodes, kubernetes=ready.answers(_open(place)))
    except kind_program.NameTaken:
        shutil.rmtree(place.directory, ignore_errors=True)
        raise
    except BaseException:
        reporter.say("Removing the half-made cluster.")
        with contextlib.suppress(MachineError), _undisturbed():
            _remove(place)
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C wait: a cleaning up that is cut short leaves the learner with the rest."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _start_again(place: Place, nodes: list[Container], bundle: Bundle | None, reporter: Reporter) -> None:
    """Start stopped containers, control plane first, as near to the old addresses as Docker lets us."""
    with reporter.step("Starting the containers"):
        for node in sorted(nodes, key=lambda node: (not node.name.endswith("control-plane"), node.name)):
            if not node.running:
                docker.docker("start", node.name).or_raise(f"the node {node.name} could not be started")
    with reporter.step("Waiting for the nodes to report again"):
        ready.wait_for_new_leases(_open(place))
    place.write_record(stopped=[])
    _finish(place, bundle, reporter)


def _finish(place: Place, bundle: Bundle | None, reporter: Reporter, program: Path | str | None = None) -> None:
    """What a cluster needs beside its nodes; each part is done only when it is missing.

    MetalLB comes first and is waited for last: it starts while the rest is done.
    """
    addresses = _install_metallb(place, bundle, reporter)
    identifier = images.prepare_workload_image(bundle, reporter)
    if place.record().get("workload") != identifier:
        with reporter.step("Loading the exercises' image into the nodes"):
            archive = images.workload_archive(place.home, identifier)
            kind_program.load_archive(program or kind_program.find(bundle), place.name, archive)
        place.write_record(workload=identifier)
    client = outside.find(place.name)
    if client is None or not client.running:
        with reporter.step("Starting the client outside the cluster"):
            outside.start(place.name, addresses)
    with reporter.step("Waiting until nodes, DNS and Services work"):
        ready.wait_until_ready(_open(place))
    if addresses and place.record().get("load_balancer") != addresses:
        with reporter.step("Waiting until MetalLB gives addresses"):
            metallb.configure(_open(place), addresses)
        place.write_record(load_balancer=addresses)


def _install_metallb(place: Place, bundle: Bundle | None, reporter: Reporter) -> str:
    """Apply MetalLB's manifest, if that is still to be done; returns the cluster's addresses, "" without MetalLB."""
    known = place.record()
    if known.get("load_balancer"):
        return str(known["load_balancer"])
    try:
        text = metallb.manifest(place.home, bundle)
    except MachineError as problem:
        reporter.say(f"LoadBalancer Services will stay pending, because {problem.what}. {problem.fix}")
        return ""
    with reporter.step("Installing MetalLB"):
        metallb.install(_open(place), text)
    addresses = str(known.get("addresses") or metallb.choose_addresses(place.name))
    place.write_record(addresses=addresses)
    return addresses


def _remove(place: Place) -> None:
    """Containers, then files; the record goes last, so that a removal that breaks off can be taken up again."""
    docker.remove_all(f"{outside.LABEL}={place.name}")
    docker.remove_all(f"{NODE_LABEL}={place.name}")
    shutil.rmtree(place.directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        place.directory.parent.rmdir()
