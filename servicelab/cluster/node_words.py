"""What is said when a node cannot be stopped or started, on either cluster."""

from collections.abc import Iterable

from servicelab.cluster.base import MachineError


def no_such_node(name: str, nodes: Iterable[str]) -> MachineError:
    """There is no node of that name."""
    return MachineError(f"there is no node {name} in this cluster", f"Its nodes are {', '.join(nodes)}.")


def is_control_plane(name: str) -> MachineError:
    """The control plane is not stopped."""
    return MachineError(
        f"{name} is the control plane: stopped, it would take the API server with it, so that you could see and "
        "change nothing, while the Pods on the other nodes went on as before",
        "Stop a worker instead; `lab cluster stop` stops everything.",
    )
