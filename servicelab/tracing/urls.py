"""Addresses of Services that work in this machine's browser, each tried before it is told."""

import socket
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import httpx2

from servicelab.network.entrances import Entrance, Way, entrances
from servicelab.network.objects import Service
from servicelab.network.places import DEFAULT_PORTS, Outside
from servicelab.network.prediction import Prediction, predict
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome

Reach = Callable[[str, int], Iterable[tuple[str, int]]]
OPEN_TYPES = ("NodePort", "LoadBalancer")
FROM_OUTSIDE = (Way.LOAD_BALANCER, Way.NODE_PORT)
"""In this order they are tried."""
LOOPBACK = "127.0.0.1"
PENDING = "it has no external address yet (`<pending>`)"
NOT_FROM_HERE = (
    "a client outside the cluster would be answered, but this machine does not reach {address} (Docker Desktop, a VPN "
    "or a proxy?); `lab urls --forward` and `lab open` go through Docker"
)


@dataclass(frozen=True)
class Url:
    """One port of a Service for this machine's browser.

    `service` is `namespace/name`; `leads_to` the address of the cluster's network that is asked. `url` is empty when
    nothing answers, `why` then says why, in a sentence of the model's; `is_open`: a client outside would be answered.
    """

    service: str
    type: str
    port: str
    leads_to: str
    url: str
    why: str = ""
    is_open: bool = True

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return asdict(self) | {"answers": bool(self.url)}


def open_services(state: ClusterState, namespace: str | None) -> list[Service]:
    """The Services with an address for clients outside, of one namespace or of all (None)."""
    wanted = (one for one in state.services.values() if namespace in (None, one.namespace) and one.type in OPEN_TYPES)
    return sorted(wanted, key=lambda one: one.key)


def doors(state: ClusterState, service: Service) -> dict[str, list[tuple[Entrance, Prediction]]]:
    """By port, the addresses a client outside may ask for over TCP, those first that the model says are answered."""
    found: dict[str, list[tuple[Entrance, Prediction]]] = {}
    for one in entrances(state, service):
        if one.way in FROM_OUTSIDE and one.target.protocol == "TCP":
            found.setdefault(one.port, []).append((one, predict(state, Outside(), one.target)))
    for some in found.values():
        some.sort(key=lambda pair: (not _may_answer(pair[1]), FROM_OUTSIDE.index(pair[0].way)))
    return found


def check_open(service: Service, port: str) -> None:
    """ValueError, with what to do, when a browser has no business with a port (its name or number) of the Service."""
    if service.type not in OPEN_TYPES:
        raise ValueError(
            f"Service {service.key} is of type {service.type}, which has no address outside the cluster; make it a "
            f"NodePort, or use `kubectl port-forward -n {service.namespace} svc/{service.name} 8080:{port}`"
        )
    if any(one.protocol == "UDP" and port in (one.name, str(one.port)) for one in service.ports):
        raise ValueError(f"port {port} of Service {service.key} is UDP, which browsers do not speak")


def urls(reach: Reach, state: ClusterState, service: Service, port: str = "", *, timeout: float = 2.0) -> list[Url]:
    """An address for each port of the Service (or for one), or why there is none; `timeout` seconds for each try.

    `reach` says where this machine reaches an address and port of the cluster's network: `Cluster.here`.
    """
    ways = doors(state, service)
    names = [one.name or str(one.port) for one in service.ports if one.protocol == "TCP"]
    return [
        _first_that_answers(reach, service, name, ways[name], timeout)
        if name in ways
        else Url(service.key, service.type, name, "", "", f"{PENDING}, and no node port", is_open=False)
        for name in names
        if port in ("", name)
    ]


def _first_that_answers(
    reach: Reach, service: Service, port: str, ways: list[tuple[Entrance, Prediction]], timeout: float
) -> Url:
    promising = [entrance for entrance, predicted in ways if predicted.unmodelled or _may_answer(predicted)]
    for entrance in promising:
        for host, number in reach(entrance.target.host, entrance.target.port):
            url = url_that_answers(host, number, timeout, secure=_is_secure(entrance))
            if url:
                return Url(service.key, service.type, port, _address(entrance), url, _pending(service))
    first, predicted = ways[0]
    if predicted.unmodelled:
        why = f"nothing answers this machine, and nothing is predicted: {predicted.unmodelled}"
    else:
        why = NOT_FROM_HERE.format(address=_address(first)) if promising else predicted.paths[0].hops[-1].said
    return Url(service.key, service.type, port, _address(first), "", why, is_open=bool(promising))


def _may_answer(predicted: Prediction) -> bool:
    return Outcome.ANSWERED in predicted.outcomes


def _pending(service: Service) -> str:
    """What is to be said of a load balancer without an address."""
    is_pending = service.type == "LoadBalancer" and not service.load_balancer_ips and not service.proxied_ips
    return PENDING if is_pending else ""


def _is_secure(entrance: Entrance) -> bool:
    return entrance.port == "https" or entrance.target.port == DEFAULT_PORTS["https"]


def url_that_answers(host: str, port: int, timeout: float, *, secure: bool = False) -> str:
    """What to type into a browser; `tcp://` for what takes connections and speaks no HTTP; empty when nothing answers.

    `timeout` in seconds. Certificates are not judged.
    """
    scheme = "https" if secure else "http"
    url = f"{scheme}://{host}{'' if port == DEFAULT_PORTS[scheme] else f':{port}'}/"
    try:
        httpx2.get(url, timeout=timeout, trust_env=False, verify=False)
    except (httpx2.ProtocolError, httpx2.ReadError, httpx2.ReadTimeout):
        return f"tcp://{host}:{port}" if _speaks(host, port, timeout) else ""
    except httpx2.TransportError:
        return ""
    return url


def _speaks(host: str, port: int, timeout: float) -> bool:
    """Whether somebody is at the end of a connection: a forwarder on loopback takes connections also for nobody, so
    that there one has to hear something."""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            if host != LOOPBACK:
                return True
            connection.sendall(b"\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def _address(entrance: Entrance) -> str:
    return f"{entrance.target.host}:{entrance.target.port}"
