"""How a kind cluster is now."""

from dataclasses import replace

from servicelab.cluster import docker, faults, outside, ready
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.cluster.kind_place import KIND, Place, nodes_gone, open_api, our_nodes
from servicelab.cluster.status import State, Status
from servicelab.network.faults import Faults


def status(home: Home, name: str) -> Status:
    """How the cluster is now. MachineError when Docker does not work."""
    docker.check()
    place = Place(home, name)
    nodes = our_nodes(place)
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
        load_balancer=bool(record.get("load_balancer")),
        ports={int(node_port): host_port for node_port, host_port in record.get("ports", {}).items()},
    )
    if record.get("state") != "ready":
        return replace(found, detail="Its creation was interrupted; start it to see it through.")
    if gone := nodes_gone(place, nodes):
        return replace(found, detail=gone.what)
    if not any(node.running for node in nodes):
        return replace(found, state=State.STOPPED)
    if paused := [node.name for node in nodes if node.paused]:
        return replace(found, detail=f"{', '.join(paused)} is paused; start the cluster.")
    down = [node.name for node in nodes if not node.running]
    lost = [node for node in down if node not in record.get("stopped", [])]
    if lost:
        return replace(found, detail=f"{', '.join(lost)} does not run; start the cluster.")
    if not place.kubeconfig.exists():
        return replace(found, detail="Its kubeconfig is gone; start the cluster.")
    if not ready.answers(open_api(place)):
        return replace(found, detail="Its API server does not answer; start the cluster.")
    client = outside.find(name)
    if client is None or not client.running:
        return replace(found, detail="The client outside does not run; start the cluster.")
    detail = f"Stopped: {', '.join(down)}; `lab cluster node start NAME` starts a node again." if down else ""
    broken = faults.told(Faults.from_json(record.get("faults", {})))
    return replace(found, state=State.RUNNING, detail=" ".join(filter(None, (detail, broken))))


def running(home: Home, name: str) -> Status:
    """The status of a cluster that runs; MachineError, with what to do, when it does not."""
    now = status(home, name)
    if now.state is not State.RUNNING:
        raise MachineError(
            f"the kind cluster {name} is {now.state}{': ' + now.detail if now.detail else ''}",
            "Start it with `lab cluster start --cluster kind`.",
        )
    return now
