"""One kind cluster: its files, its containers, and whether they are ours."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servicelab.cluster import docker, outside
from servicelab.cluster.base import MachineError
from servicelab.cluster.cluster_place import ClusterPlace
from servicelab.cluster.docker import Container
from servicelab.cluster.home import read_json, write_private
from servicelab.cluster.kind_cluster import RECORD, KindCluster

KIND = "kind"


@dataclass(frozen=True)
class Place(ClusterPlace):
    """One kind cluster's files."""

    kind = KIND

    @property
    def record_file(self) -> Path:
        return self.directory / RECORD

    @property
    def pristine_file(self) -> Path:
        """What was in the cluster when it had just been made; `reset` goes back to it."""
        return self.directory / "pristine.json"

    @property
    def log(self) -> Path:
        """What kind said when it failed; stays when the half-made cluster is removed."""
        return self.home.root / "logs" / f"kind-{self.name}.log"

    def record(self) -> dict[str, Any]:
        """What we wrote about the cluster: its state (`creating`, `made`, `ready`), since when, its nodes and ports."""
        return read_json(self.record_file)

    def write_record(self, **facts: object) -> None:
        write_private(self.record_file, json.dumps(self.record() | facts, indent=2))


def open_api(place: Place) -> KindCluster:
    """The cluster by its kubeconfig; whether it answers is not asked."""
    has_load_balancer = bool(place.record().get("load_balancer"))
    client = outside.container_name(place.name)
    return KindCluster(place.name, place.kubeconfig, client, has_load_balancer=has_load_balancer)


def nodes_of(name: str) -> list[Container]:
    """The node containers of any kind cluster, whoever made it."""
    return docker.containers(f"{docker.NODE_LABEL}={name}")


def our_nodes(place: Place) -> list[Container]:
    """The cluster's node containers. MachineError when a cluster of this name is there that this lab did not make."""
    nodes = nodes_of(place.name)
    record = place.record()
    if not nodes:
        return []
    ours = record.get("nodes")
    known = (
        {node.id for node in nodes} <= set(ours)
        if ours
        else record.get("since", "9") <= min(node.created for node in nodes)
    )
    if not record or not known:
        raise MachineError(
            f"there is a kind cluster named {place.name} that was not made by this lab",
            "Choose another name with `--name NAME`; the other cluster is left alone.",
        )
    return nodes


def nodes_gone(place: Place, nodes: list[Container]) -> MachineError | None:
    """What to say when containers of nodes were removed: no cluster can be without them."""
    gone = len(place.record().get("nodes", [])) - len(nodes)
    if gone <= 0:
        return None
    return MachineError(
        f"of the kind cluster {place.name}'s {gone + len(nodes)} nodes {gone} are gone: their containers were removed",
        f"Delete it with `lab cluster delete --cluster kind --name {place.name}` and start it anew.",
    )


def remove(place: Place) -> None:
    """Containers, then files; the record goes last, so that a removal that breaks off can be taken up again."""
    docker.remove_all(f"{outside.LABEL}={place.name}")
    docker.remove_all(f"{docker.NODE_LABEL}={place.name}")
    outside.remove_new_network(place.home)
    shutil.rmtree(place.directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        place.directory.parent.rmdir()
