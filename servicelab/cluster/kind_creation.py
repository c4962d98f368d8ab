"""Making a kind cluster ready: its nodes, and beside them MetalLB, the exercises' image and the client outside.

What a cluster needs beside its nodes is begun while kind still makes them (`Beside`), and seen through by `finish`,
which asks of each part whether it is there, and so takes up what was interrupted too.
"""

import contextlib
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from servicelab.cluster import confined, docker, images, kind_config, kind_program, metallb, outside, pristine, ready
from servicelab.cluster.base import MachineError
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.docker import Container
from servicelab.cluster.home import make_private, write_private
from servicelab.cluster.kind_faults import apply_faults, recorded
from servicelab.cluster.kind_place import Place, open_api, our_nodes, remove
from servicelab.cluster.machine.preflight import preflight
from servicelab.cluster.progress import Reporter
from servicelab.cluster.rest import Rest

PAUSE = 0.3
"""Seconds between two looks at nodes that are being made."""


@dataclass(frozen=True)
class Parts:
    """What goes into the nodes: kind's program, the exercises' image by its id, MetalLB's manifest if there is one."""

    program: Path | str
    workload: str
    metallb: bytes | None

    @classmethod
    def find(cls, place: Place, bundle: Bundle | None, reporter: Reporter) -> "Parts":
        """Everything on this machine, fetched when missing; MachineError when it cannot be had."""
        program = kind_program.find(bundle)
        workload = images.prepare_workload_image(bundle, reporter)
        record = place.record()
        is_there = record.get("load_balancer") and metallb.runs(open_api(place).rest)
        if is_there or not record.get("wants_load_balancer", True):
            return cls(program, workload, None)
        try:
            return cls(program, workload, metallb.manifest(place.home, bundle))
        except MachineError as problem:
            reporter.say(f"LoadBalancer Services will stay pending, because {problem.what}. {problem.fix}")
            return cls(program, workload, None)


def create(place: Place, bundle: Bundle | None, reporter: Reporter, *, load_balancer: bool) -> None:
    """Make the cluster. Whatever ends it early, Ctrl-C too: the half-made cluster is removed."""
    preflight(place.home, place.name, bundle, reporter)
    image = images.prepare_node_image(bundle, reporter)
    reporter.say(image.because)
    shutil.rmtree(place.directory, ignore_errors=True)
    make_private(place.directory)
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    place.write_record(state="creating", since=since, image=image.reference, wants_load_balancer=load_balancer)
    try:
        parts = Parts.find(place, bundle, reporter)
        outside.note_new_network(place.home)
        try:
            has_metallb = _make_nodes(place, parts, image.reference, reporter)
        except kind_program.PortTaken:  # as when two clusters are made at once
            reporter.say("Another program took a port meanwhile; once more, with other ports.")
            has_metallb = _make_nodes(place, parts, image.reference, reporter)
        finish(place, parts, reporter, has_metallb=has_metallb)
    except kind_program.NameTaken:
        shutil.rmtree(place.directory, ignore_errors=True)
        raise
    except BaseException:
        reporter.say("Removing the half-made cluster.")
        try:
            with _undisturbed():
                remove(place)
        except MachineError as problem:
            reporter.say(f"It could not be removed now ({problem.what}); the next start or delete does it.")
        raise


def _make_nodes(place: Place, parts: Parts, image: str, reporter: Reporter) -> bool:
    """The nodes, with ports that are free now; whether MetalLB was installed meanwhile."""
    config, ports = kind_config.render(kind_config.find_file().read_text())
    config_file = place.directory / "kind.yaml"
    write_private(config_file, config)
    place.write_record(ports=ports)
    beside = Beside(place, parts)
    with reporter.step("Creating a control plane and two workers"), beside.at_work():
        kind_program.create(parts.program, place.name, image, config_file, place.kubeconfig, place.log, reporter)
        place.kubeconfig.chmod(0o600)
        place.write_record(state="made", nodes=[node.id for node in our_nodes(place)])
    return beside.has_metallb


def start_again(place: Place, nodes: list[Container], bundle: Bundle | None, reporter: Reporter) -> None:
    """Start stopped containers, control plane first, as near to the old addresses as Docker lets us; let paused ones go
    on; write the kubeconfig anew when it is lost."""
    with reporter.step("Starting the containers"):
        for node in sorted(nodes, key=lambda node: (not node.name.endswith("control-plane"), node.name)):
            if not node.running:
                docker.docker("start", node.name).or_raise(f"the node {node.name} could not be started")
            elif node.paused:
                docker.docker("unpause", node.name).or_raise(f"the node {node.name} stays paused")
        if not place.kubeconfig.exists() or not ready.answers(open_api(place)):
            write_private(place.kubeconfig, kind_program.kubeconfig(kind_program.find(bundle), place.name))
    with reporter.step("Waiting for the nodes to report again"):
        ready.wait_for_new_leases(open_api(place))
        if recorded(place):
            apply_faults(place)
    place.write_record(stopped=[])


class Beside:
    """What is done while kind makes the nodes, each thing as soon as there is something to do it to.

    What fails here is silent: `finish` does it again, and tells. Nothing is written to the cluster's record.
    """

    def __init__(self, place: Place, parts: Parts) -> None:
        self.has_metallb = False
        self._place, self._parts = place, parts
        self._ended = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work in the block; when the block fails, the nodes go first, which ends what is under way in them."""
        helpers = [threading.Thread(target=work, daemon=True) for work in (self._load_image, self._reach_out)]
        for helper in helpers:
            helper.start()
        try:
            yield
        except kind_program.NameTaken:
            raise
        except BaseException:
            self._ended.set()
            with contextlib.suppress(MachineError), _undisturbed():
                docker.remove_all(f"{docker.NODE_LABEL}={self._place.name}")
            raise
        finally:
            self._ended.set()
            for helper in helpers:
                helper.join()

    def _load_image(self) -> None:
        self._until_done(lambda: self._all_nodes() and load_image(self._place, self._parts, our_nodes(self._place)))

    def _reach_out(self) -> None:
        """The client outside, whose label says which addresses are this cluster's, then MetalLB with these."""
        self._until_done(lambda: self._all_nodes() and outside.start(self._place.name, addresses(self._place)))
        if self._parts.metallb is not None:
            self._until_done(self._install_metallb)

    def _install_metallb(self) -> bool:
        assert self._parts.metallb is not None
        rest = Rest(kind_program.login(self._parts.program, self._place.name))
        try:
            metallb.install(rest, self._parts.metallb, addresses(self._place))
        finally:
            rest.close()
        self.has_metallb = True
        return True

    def _all_nodes(self) -> bool:
        return len(our_nodes(self._place)) == kind_config.NODES

    def _until_done(self, work: Callable[[], bool]) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(MachineError):
                if work():
                    return
            self._ended.wait(PAUSE)


def finish(place: Place, parts: Parts, reporter: Reporter, *, has_metallb: bool = False) -> None:
    """What a cluster needs beside its nodes; each part is done only when it is missing.

    MetalLB comes first and is waited for last: it starts while the rest is done.
    """
    cluster = open_api(place)
    pool = addresses(place)
    place.write_record(addresses=pool)
    if parts.metallb is not None and not has_metallb:
        with reporter.step("Installing MetalLB"):
            metallb.install(cluster.rest, parts.metallb, pool)
    if place.record().get("workload") != parts.workload:
        with reporter.step("Loading the exercises' image into the nodes"):
            load_image(place, parts, our_nodes(place))
        place.write_record(workload=parts.workload)
    client = outside.find(place.name)
    if client is None or not client.running:
        with reporter.step("Starting the client outside the cluster"):
            outside.start(place.name, pool)
    with reporter.step("Waiting until nodes, DNS and Services work"):
        ready.wait_until_ready(cluster)
    if parts.metallb is not None:
        with reporter.step("Waiting until MetalLB gives addresses"):
            metallb.configure(cluster, pool)
        place.write_record(load_balancer=pool)
    confined.mark(cluster)
    if place.record().get("state") != "ready":
        pristine.write(cluster.rest, place.pristine_file)
        place.write_record(state="ready", kubernetes=ready.answers(cluster))
    cluster.close()


def load_image(place: Place, parts: Parts, nodes: list[Container]) -> bool:
    """Give the exercises' image to those of these nodes that lack it."""
    lacking = [node.name for node in nodes if not kind_program.is_in_node(node.name, parts.workload)]
    if lacking:
        archive = images.workload_archive(place.home, parts.workload)
        kind_program.load_archive(parts.program, place.name, archive, lacking)
    return True


def addresses(place: Place) -> str:
    """The cluster's addresses for load balancers, chosen once; its client outside carries them as a label."""
    if known := place.record().get("addresses"):
        return str(known)
    client = outside.find(place.name)
    label = "" if client is None else client.labels.get(outside.POOL_LABEL, "")
    return label or metallb.choose_addresses(place.name)


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
