"""kind's configuration for one cluster: cluster-config/kind.yaml with host ports that are free here."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import servicelab
from servicelab.cluster.base import MachineError

NAME = "kind.yaml"
NODES = 3
"""How many nodes it names; a test compares."""


def find_file(name: str = NAME) -> Path:
    """A file of `cluster-config/`, beside the package in a clone and inside it in an installed wheel."""
    package = Path(servicelab.__file__).parent
    for folder in (package.parent, package, package / "course" / "data"):
        if (folder / "cluster-config" / name).is_file():
            return folder / "cluster-config" / name
    raise MachineError(f"cluster-config/{name} is missing from this installation", "Install Service Lab again.")


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether nobody listens on this port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((address, port))
        except OSError:
            return False
    return True


def free_port(address: str = "127.0.0.1") -> int:
    """Some port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        attempt.bind((address, 0))
        return int(attempt.getsockname()[1])


def render(
    text: str, free: Callable[[int], bool] = is_free, other: Callable[[], int] = free_port
) -> tuple[str, dict[int, int]]:
    """The configuration with free host ports, and which host port leads to which NodePort.

    A host port that is taken (by another cluster, say) is replaced by a free one, so that clusters stand side by side.
    """
    config: dict[str, Any] = yaml.safe_load(text)
    ports: dict[int, int] = {}
    for node in config["nodes"]:
        for mapping in node.get("extraPortMappings", ()):
            host_port = mapping["hostPort"]
            while host_port in ports.values() or not free(host_port):
                host_port = other()
            mapping["hostPort"] = host_port
            ports[mapping["containerPort"]] = host_port
    return yaml.safe_dump(config, sort_keys=False), ports
