"""The life of a kind cluster: start, stop, status, reset, delete."""

from pathlib import Path

from servicelab.cluster import bundle as bundles
from servicelab.cluster import confined, docker, kind_creation, metallb, outside, pristine, ready
from servicelab.cluster.cluster_place import alone
from servicelab.cluster.home import Home
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.cluster.kind_faults import change_faults as change_faults
from servicelab.cluster.kind_nodes import start_node as start_node
from servicelab.cluster.kind_nodes import stop_node as stop_node
from servicelab.cluster.kind_nodes import undo_faults
from servicelab.cluster.kind_place import KIND, Place, nodes_gone, open_api, our_nodes, remove
from servicelab.cluster.kind_status import running
from servicelab.cluster.kind_status import status as status
from servicelab.cluster.progress import Reporter
from servicelab.cluster.status import State, Status


def start(
    home: Home, name: str, reporter: Reporter, bundle_directory: Path | None = None, load_balancer: bool = True
) -> Status:
    """Make the cluster, or start it again, or find it running; returns when it answers.

    What an interrupted creation left is finished when kind had done its part, else removed first. Ctrl-C removes a
    half-made cluster. `load_balancer` is for a cluster that is made: whether it has one.
    """
    docker.check()
    place = Place(home, name)
    with alone(place, reporter):
        bundle = bundles.find(home, bundle_directory)
        nodes = our_nodes(place)
        if nodes and place.record().get("state") not in ("made", "ready"):
            with reporter.step("Removing what an interrupted start left"):
                remove(place)
            nodes = []
        if nodes and (gone := nodes_gone(place, nodes)):
            raise gone
        if not nodes:
            kind_creation.create(place, bundle, reporter, load_balancer=load_balancer)
        else:
            if not all(node.running and not node.paused for node in nodes) or not ready.answers(open_api(place)):
                kind_creation.start_again(place, nodes, bundle, reporter)
            kind_creation.finish(place, kind_creation.Parts.find(place, bundle, reporter), reporter)
        return status(home, name)


def stop(home: Home, name: str, reporter: Reporter) -> Status:
    """Stop the cluster's containers; what is in it stays."""
    docker.check()
    place = Place(home, name)
    with alone(place, reporter):
        running = [node.name for node in our_nodes(place) if node.running]
        client = outside.find(name)
        if client is not None and client.running:
            running.append(client.name)
        if running:
            with reporter.step(f"Stopping {len(running)} containers"):
                docker.docker("stop", *running, timeout=120).or_raise("the cluster could not be stopped")
    return status(home, name)


def reset(home: Home, name: str, reporter: Reporter) -> Status:
    """Back to what the cluster was when it was made; the nodes stay. MachineError when the cluster does not run."""
    place = Place(home, name)
    with alone(place, reporter):
        running(home, name)
        undo_faults(place, reporter)
        cluster = open_api(place)
        if place.record().get("load_balancer") and not metallb.runs(cluster.rest):
            kind_creation.finish(place, kind_creation.Parts.find(place, bundles.find(home), reporter), reporter)
        with reporter.step("Removing everything that was made in the cluster"):
            was_changed = pristine.restore(cluster.rest, cluster.wait_until, place.pristine_file)
            if addresses := place.record().get("load_balancer"):
                metallb.reset(cluster, addresses)
            confined.mark(cluster)
        if was_changed:
            with reporter.step("Waiting until what was put back works"):
                ready.wait_until_ready(cluster)
        cluster.close()
    return status(home, name)


def delete(home: Home, name: str, reporter: Reporter) -> Status:
    """Remove the cluster with all its containers and files; nothing happens when there is none."""
    docker.check()
    place = Place(home, name)
    with alone(place, reporter):
        nodes = our_nodes(place)
        if nodes or outside.find(name) is not None or place.directory.exists():
            with reporter.step(f"Deleting the kind cluster {name}"):
                remove(place)
    return Status(name, KIND, State.ABSENT)


def switch_load_balancer(
    home: Home, name: str, on: bool, reporter: Reporter, bundle_directory: Path | None = None
) -> Status:
    """Let MetalLB run, or end it: what it gave stays in the Services' status then, but nobody answers there."""
    place = Place(home, name)
    with alone(place, reporter):
        running(home, name)
        place.write_record(wants_load_balancer=on)
        if on:
            bundle = bundles.find(home, bundle_directory)
            kind_creation.finish(place, kind_creation.Parts.find(place, bundle, reporter), reporter)
        elif place.record().get("load_balancer"):
            with reporter.step("Removing MetalLB"):
                cluster = open_api(place)
                metallb.end(cluster)
                cluster.close()
                outside.forget_neighbours(name)
            place.write_record(load_balancer="")
    return status(home, name)


def open_running(home: Home, name: str) -> KindCluster:
    """The running cluster. MachineError when there is none, or it does not run."""
    running(home, name)
    return open_api(Place(home, name))
