"""One node of a kind cluster: stopped, or started again."""

from servicelab.cluster import docker, node_words, ready
from servicelab.cluster.cluster_place import alone
from servicelab.cluster.faults import check_nodes
from servicelab.cluster.home import Home
from servicelab.cluster.kind_faults import apply_faults, recorded
from servicelab.cluster.kind_place import Place, open_api, our_nodes
from servicelab.cluster.kind_status import running
from servicelab.cluster.progress import Reporter


def stop_node(home: Home, name: str, node: str, reporter: Reporter) -> None:
    """Stop the container of one node, as if its machine had failed. MachineError for the control plane."""
    place = Place(home, name)
    with alone(place, reporter):
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
    with alone(place, reporter):
        _check_node(place, node)
        _start(place, node, reporter)


def undo_faults(place: Place, reporter: Reporter) -> None:
    """Start the nodes that were stopped on purpose, and let everything pass."""
    for node in place.record().get("stopped", []):
        _start(place, node, reporter)
    if recorded(place):
        with reporter.step("Opening the nodes' firewalls"):
            place.write_record(faults={})
            apply_faults(place)


def _start(place: Place, node: str, reporter: Reporter) -> None:
    cluster = open_api(place)
    with reporter.step(f"Starting the node {node}"):
        before = ready.renewals(cluster).get(node, "")
        if not next(one.running for one in our_nodes(place) if one.name == node):
            docker.docker("start", node).or_raise(f"the node {node} could not be started")
            ready.wait_for_node(cluster, node, before)
            if recorded(place):
                apply_faults(place)
    place.write_record(stopped=[one for one in place.record().get("stopped", []) if one != node])
    cluster.close()


def _check_node(place: Place, node: str) -> None:
    """MachineError unless the cluster runs and has the node."""
    check_nodes([node], running(place.home, place.name).nodes)
