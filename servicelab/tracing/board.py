"""The live board: the Services, endpoints and Pods of a namespace, from plain JSON, and what changed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from servicelab.checks.words import listed, number_words
from servicelab.network.state import SERVICE_NAME_LABEL

Json = Mapping[str, Any]
NO_PORTS: tuple[Json, ...] = ({},)
"""A slice without ports has endpoints nevertheless."""


@dataclass(frozen=True)
class PodRow:
    """A Pod: `state` in one word or two, `ready` as its condition says."""

    name: str
    state: str
    ready: bool
    node: str
    address: str
    restarts: int

    def __str__(self) -> str:
        where = f" on {self.node}" if self.node else ""
        return f"Pod {self.name}: {self.state}, {'ready' if self.ready else 'not ready'}{where}"


@dataclass(frozen=True)
class ServiceRow:
    """A Service; `ready` and `unready` are its endpoints (`address:port`, with the Pod's name where it is known)."""

    name: str
    type: str
    address: str
    ports: str
    ready: tuple[str, ...]
    unready: tuple[str, ...]

    def __str__(self) -> str:
        left = f"; not ready: {listed(self.unready)}" if self.unready else ""
        ready = f" ({listed(self.ready)})" if self.ready else ""
        return f"Service {self.name}: {number_words(len(self.ready), 'ready endpoint')}{ready}{left}"


@dataclass(frozen=True)
class Board:
    """A namespace at one moment."""

    namespace: str
    services: tuple[ServiceRow, ...] = ()
    pods: tuple[PodRow, ...] = field(default=())


def board_of(namespace: str, services: Iterable[Json], slices: Sequence[Json], pods: Iterable[Json]) -> Board:
    """The board of a namespace's objects."""
    return Board(
        namespace,
        tuple(sorted((_service(one, slices) for one in services), key=lambda row: row.name)),
        tuple(sorted(map(_pod, pods), key=lambda row: row.name)),
    )


def changes(before: Board, after: Board) -> list[str]:
    """What is otherwise now, one sentence for each object."""
    told = []
    pairs: tuple[tuple[Sequence[PodRow | ServiceRow], Sequence[PodRow | ServiceRow], str], ...] = (
        (before.pods, after.pods, "Pod"),
        (before.services, after.services, "Service"),
    )
    for old, new, kind in pairs:
        known = {row.name: row for row in old}
        told += [str(row) for row in new if known.pop(row.name, None) != row]
        left = {row.name for row in new}
        told += [f"{kind} {row.name}: gone" for row in old if row.name not in left]
    return told


def _pod(pod: Json) -> PodRow:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    containers = status.get("containerStatuses") or ()
    waiting = [(one.get("state") or {}).get("waiting") for one in containers]
    reason = next((one["reason"] for one in waiting if one and one.get("reason")), None)
    state = "Terminating" if pod["metadata"].get("deletionTimestamp") else reason or status.get("phase", "Pending")
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    return PodRow(
        pod["metadata"]["name"],
        state,
        conditions.get("Ready") == "True",
        spec.get("nodeName", ""),
        status.get("podIP", ""),
        sum(one.get("restartCount", 0) for one in containers),
    )


def _service(service: Json, slices: Sequence[Json]) -> ServiceRow:
    spec, name = service["spec"], service["metadata"]["name"]
    mine = [one for one in slices if (one["metadata"].get("labels") or {}).get(SERVICE_NAME_LABEL) == name]
    endpoints = [
        (_endpoint(endpoint, port), (endpoint.get("conditions") or {}).get("ready", True))
        for one in mine
        for endpoint in one.get("endpoints") or ()
        for port in one.get("ports") or NO_PORTS
    ]
    ingress = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    addresses = [spec.get("clusterIP", ""), *(one.get("ip", "") for one in ingress)]
    return ServiceRow(
        name,
        spec.get("type", "ClusterIP"),
        ", ".join(filter(None, addresses)) or spec.get("externalName", ""),
        ", ".join(_port(one) for one in spec.get("ports") or ()),
        tuple(sorted(words for words, ready in endpoints if ready)),
        tuple(sorted(words for words, ready in endpoints if not ready)),
    )


def _endpoint(endpoint: Json, port: Json) -> str:
    address = f"{endpoint['addresses'][0]}{':' + str(port['port']) if port.get('port') else ''}"
    pod = (endpoint.get("targetRef") or {}).get("name")
    return f"{address} {pod}" if pod else address


def _port(port: Json) -> str:
    node_port = f" (node port {port['nodePort']})" if port.get("nodePort") else ""
    return f"{port['port']} → {port.get('targetPort', port['port'])}{node_port}"
