"""What is asked: which Service, from where, at which address; and what to ask when nobody said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from servicelab.diagnosis.snapshot import Snapshot
from servicelab.network.entrances import Entrance, Way, entrances
from servicelab.network.listeners import is_agnhost
from servicelab.network.names import CLUSTER_DOMAIN, is_address
from servicelab.network.objects import Pod, Service
from servicelab.network.places import NodePlace, Outside, Place, PodPlace, Target
from servicelab.network.prediction import predict
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome

WAYS_OUTSIDE = {"LoadBalancer": Way.LOAD_BALANCER, "NodePort": Way.NODE_PORT}


@dataclass(frozen=True)
class Question:
    """A request from `source` that is meant for the Service `service` (`namespace/name`).

    `target` is None where the Service has no address that could be asked from there: a load balancer's that is still
    pending. `meant` are labels of the Pods that should answer; empty, any may. `from_here`: the learner's own machine
    asks, as a client outside.
    """

    source: Place
    service: str
    target: Target | None
    meant: Mapping[str, str] = field(default_factory=dict)
    from_here: bool = False

    @property
    def namespace(self) -> str:
        """The Service's namespace."""
        return self.service.partition("/")[0]

    @property
    def name(self) -> str:
        """The Service's name."""
        return self.service.partition("/")[2]


def questions(
    snapshot: Snapshot, namespace: str, name: str, source: Place | None = None, port: int | None = None
) -> list[Question]:
    """What somebody would ask of a Service: from inside by its name, and from outside when its type opens it.

    `source` asks from there only; `port` asks for that number only. A Service that is not there is asked for by its
    name, on port 80 unless told otherwise. None for a Service whose ports are neither TCP nor UDP.
    """
    key = f"{namespace}/{name}"
    service = snapshot.state.services.get((namespace, name))
    if service is None:
        place = source or a_client(snapshot, namespace)
        return [Question(place, key, Target("http", _host(place, namespace, name), port or 80))]
    sources: list[Place] = [source] if source is not None else [a_client(snapshot, namespace, service)]
    if source is None and service.type in WAYS_OUTSIDE:
        sources.append(Outside())
    found = [one for place in sources for one in _from(snapshot, service, place)]
    if port is None or not found:
        return found
    first = found[0]
    asked = next((one for one in found if one.target is not None and one.target.port == port), None)
    if asked is not None:
        return [asked]
    if isinstance(first.source, Outside) and first.target is not None:
        by_node = [one for one in entrances(snapshot.state, service) if one.way is Way.NODE_PORT]
        first = next((replace(first, target=one.target) for one in by_node if one.target.port == port), first)
    return [replace(first, target=replace(first.target, port=port) if first.target else None)]


def question_of(state: ClusterState, source: Place, target: Target, namespace: str) -> Question:
    """The question of who asks `target` from `source`; `namespace` is that of names written without one."""
    host = target.host
    service = state.service_of_address.get(host) or state.external.get(host)
    if service is None and host in state.node_of_address:
        port = state.node_ports.get((target.protocol, target.port))
        alike = [
            one for one in state.services.values() if any(port.node_port for port in one.ports) and _has(one, target)
        ]
        near = [one for one in alike if one.namespace == namespace]
        service = port.service if port is not None else next(iter(near or alike), None)
    if service is not None:
        return Question(source, service.key, target)
    labels = host.rstrip(".").removesuffix(f".{CLUSTER_DOMAIN}").removesuffix(".svc").split(".")
    own = source.namespace if isinstance(source, PodPlace) else namespace
    if is_address(host) or len(labels) == 1:
        return Question(source, f"{own}/{host}", target)
    return Question(source, f"{labels[-1]}/{labels[-2]}", target)


def _has(service: Service, target: Target) -> bool:
    """Whether the number is one that somebody may take for the Service's node port."""
    return any(str(target.port) in (str(one.port), one.target_port) for one in service.ports)


def _host(place: Place, namespace: str, name: str) -> str:
    """The Service's name as one writes it there: short in its own namespace."""
    return name if isinstance(place, PodPlace) and place.namespace == namespace else f"{name}.{namespace}"


def _from(snapshot: Snapshot, service: Service, place: Place) -> Iterator[Question]:
    """One question for each port from inside; from outside those addresses that should answer."""
    found = entrances(snapshot.state, service)
    if isinstance(place, Outside) and service.type in WAYS_OUTSIDE:
        wanted = [one for one in found if one.way is WAYS_OUTSIDE[service.type]]
        if not wanted:
            yield Question(place, service.key, None)
            return
        yield from (Question(place, service.key, one.target) for one in wanted if _should_answer(service, one))
        return
    way = Way.NAME if isinstance(place, PodPlace) or not service.cluster_ips else Way.VIRTUAL_IP
    for one in found:
        if one.way is way:
            target = one.target
            if way is Way.NAME:
                target = replace(target, host=_host(place, service.namespace, service.name))
                if service.headless:
                    target = replace(target, port=_number_behind(service, target.port))
            yield Question(place, service.key, target)
    if not service.ports and not service.external_name:
        yield Question(place, service.key, Target("http", _host(place, service.namespace, service.name), 80))


def _number_behind(service: Service, port: int) -> int:
    """A headless Service's name leads to Pods, where the target port counts."""
    numbers = [one.backends[0].port for one in service.ports if one.port == port and one.backends]
    return numbers[0] if numbers else port


def _should_answer(service: Service, one: Entrance) -> bool:
    """Whether a node's port has to answer: with `externalTrafficPolicy: Local` only where a ready endpoint is."""
    if one.way is not Way.NODE_PORT or not service.external_traffic_local:
        return True
    nodes = {backend.node for port in service.ports for backend in port.backends if backend.ready}
    return one.node in nodes or not nodes


def a_client(snapshot: Snapshot, namespace: str, service: Service | None = None) -> Place:
    """A Pod to ask from: one of the namespace that is none of the Service's own, and that is answered if one is."""
    state = snapshot.state
    own = {one.pod for port in service.ports for one in port.backends} if service is not None else set()
    running = [pod for pod in state.pods.values() if pod.alive and any(one.running for one in pod.containers)]
    here = [pod for pod in running if pod.namespace == namespace]
    others = [pod for pod in running if pod.namespace != namespace and _can_ask(snapshot, pod)]
    strangers = [pod for pod in here if pod.key not in own and not (service and _is_selected(service, pod))]
    name = service.name if service is not None else ""
    ranked = sorted(strangers or here or others, key=lambda pod: name in pod.labels.values())
    if not ranked:
        return NodePlace(min(state.nodes, key=lambda one: state.nodes[one].control_plane)) if state.nodes else Outside()
    places = [PodPlace(pod.namespace, pod.name) for pod in ranked]
    if service is None or not service.ports:
        return places[0]
    return next((place for place in places if _is_answered(snapshot, service, place)), places[0])


def _is_answered(snapshot: Snapshot, service: Service, place: PodPlace) -> bool:
    asked = next((one for one in _from(snapshot, service, place) if one.target is not None), None)
    if asked is None or asked.target is None:
        return False
    return predict(snapshot.state, place, asked.target).outcomes == (Outcome.ANSWERED,)


def _is_selected(service: Service, pod: Pod) -> bool:
    return bool(service.selector) and service.selector.items() <= pod.labels.items()


def _can_ask(snapshot: Snapshot, pod: Pod) -> bool:
    """Whether its first container has the clients that probes use."""
    found = snapshot.one("Pod", pod.namespace, pod.name)
    return found is not None and is_agnhost(str(found["spec"]["containers"][0].get("image", "")))
