"""One request as all steps of a diagnosis see it: its question, the Service it is for, and what the model says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from servicelab.diagnosis.finding import Finding
from servicelab.diagnosis.question import Question
from servicelab.diagnosis.seen import Seen
from servicelab.diagnosis.snapshot import Json, Snapshot
from servicelab.network import names
from servicelab.network.entrances import Way
from servicelab.network.listeners import Listener
from servicelab.network.objects import Backend, Pod, Service, ServicePort
from servicelab.network.path import Path
from servicelab.network.places import Outside, PodPlace
from servicelab.network.prediction import Prediction, predict
from servicelab.network.state import ClusterState
from servicelab.network.verdict import Outcome

IDENTITY = ("app", "app.kubernetes.io/name", "app.kubernetes.io/component", "component", "k8s-app", "name", "role",
            "run", "tier")  # fmt: skip
"""Labels that say which program a Pod is of; others (version, track, pod-template-hash) vary within one program."""


def spoken(words: Iterable[object]) -> str:
    """`a, b, c`, or `none`."""
    return ", ".join(map(str, words)) or "none"


def label_words(labels: Mapping[str, str]) -> str:
    """`app=web, tier=front`, or `none`."""
    return spoken(f"{key}={value}" for key, value in sorted(labels.items()))


def has_labels(object_: Json, wanted: Mapping[str, str]) -> bool:
    """Whether an object (or the template of a Pod) carries every one of these labels; never when there are none."""
    return bool(wanted) and wanted.items() <= ((object_.get("metadata") or {}).get("labels") or {}).items()


@dataclass(frozen=True)
class Request:
    """The question, with what is derived from it once."""

    snapshot: Snapshot
    question: Question
    seen: Seen

    @property
    def state(self) -> ClusterState:
        """The network model's state."""
        return self.snapshot.state

    @cached_property
    def prediction(self) -> Prediction:
        """What the model says of the request; nothing when there is no address to ask."""
        if self.question.target is None:
            return Prediction((), "there is no address to ask")
        return predict(self.state, self.question.source, self.question.target)

    @property
    def is_answered(self) -> bool:
        """Whether the request is answered every time, as far as can be known."""
        seen, ends = self.seen.verdict, self.prediction.outcomes
        if self.question.target is None or (seen is not None and not seen.answered):
            return False
        if seen is not None and Outcome.ANSWERED not in ends:
            return True
        return ends == (Outcome.ANSWERED,)

    @cached_property
    def broken_path(self) -> Path | None:
        """The first way that the request may take and that ends without an answer."""
        return next((path for path in self.prediction.paths if not path.verdict.answered), None)

    @cached_property
    def named(self) -> Service | None:
        """The Service that the question names."""
        return self.state.services.get((self.question.namespace, self.question.name))

    @cached_property
    def service(self) -> Service | None:
        """The Service that the request is for in the end: an alias within the cluster is followed."""
        found = self.named
        for _ in range(names.LONGEST_CHAIN):
            if found is None or not found.external_name:
                return found
            labels = found.external_name.rstrip(".").removesuffix(f".{names.CLUSTER_DOMAIN}").split(".")
            if len(labels) != 3 or labels[2] != "svc":
                return found
            found = self.state.services.get((labels[1], labels[0]))
        return found

    @cached_property
    def service_json(self) -> Json:
        """The same Service as the API gives it."""
        service = self.service
        return (service and self.snapshot.one("Service", service.namespace, service.name)) or {}

    @cached_property
    def way(self) -> Way | None:
        """By which kind of address the Service is asked for; None for an address that is none of a Service's."""
        target = self.question.target
        if target is None:
            return Way.LOAD_BALANCER
        if not names.is_address(target.host):
            return Way.NAME
        if target.host in self.state.service_of_address:
            return Way.VIRTUAL_IP
        if target.host in self.state.external:
            return (
                Way.EXTERNAL_IP if target.host in self.state.external[target.host].external_ips else Way.LOAD_BALANCER
            )
        return Way.NODE_PORT if target.host in self.state.node_of_address else None

    @cached_property
    def port(self) -> ServicePort | None:
        """The entry of `spec.ports` that the request meets; for a headless Service the one whose Pods it may mean."""
        service, target = self.service, self.question.target
        if service is None:
            return None
        if target is None:
            return next(iter(service.ports), None)
        same = [one for one in service.ports if one.protocol == target.protocol]
        if self.way is Way.NODE_PORT:
            return next((one for one in same if one.node_port == target.port), None)
        exact = next((one for one in same if one.port == target.port), None)
        if exact is not None or not service.headless:
            return exact
        behind = (one for one in same if any(backend.port == target.port for backend in one.backends))
        return next(behind, same[0] if same else None)

    @cached_property
    def pods(self) -> list[Json]:
        """The Pods that the selector matches, in any state."""
        service = self.service
        if service is None or not service.selector:
            return []
        return [pod for pod in self._pods_of(service.namespace) if has_labels(pod, service.selector)]

    @cached_property
    def other_pods(self) -> list[Json]:
        """The other Pods of the Service's namespace."""
        service = self.service
        return [pod for pod in self._pods_of(service.namespace) if pod not in self.pods] if service else []

    def _pods_of(self, namespace: str) -> list[Json]:
        return self.snapshot.all("Pod", namespace=namespace)

    @cached_property
    def alive_pods(self) -> list[Pod]:
        """The Pods that the selector matches and that have a network, as the model knows them."""
        return [pod for pod in map(self.model, self.pods) if pod is not None and pod.alive]

    def model(self, pod: Json) -> Pod | None:
        """A Pod as the network model knows it."""
        return self.state.pod(pod["metadata"]["namespace"], pod["metadata"]["name"])

    @property
    def usable(self) -> tuple[Backend, ...]:
        """The port's endpoints that get requests: ready ones, else those that still serve while they end."""
        backends = self.port.backends if self.port is not None else ()
        ready = tuple(one for one in backends if one.ready)
        return ready or tuple(one for one in backends if one.serving and one.terminating)

    def pod_of(self, backend: Backend) -> Pod | None:
        """The Pod of an endpoint."""
        if backend.pod:
            return self.pod_named(backend.pod)
        return self.state.pod_of_address.get(backend.address)

    def pod_named(self, key: str) -> Pod | None:
        """The Pod NAMESPACE/NAME."""
        return self.state.pod(*key.split("/", 1))

    def listeners(self, pod: Pod) -> tuple[Listener, ...] | None:
        """Which ports are listened on in a Pod: as its kernel says, else as the model knows its programs; None when
        neither is known."""
        if pod.key in self.seen.sockets:
            return self.seen.sockets[pod.key]
        running = [one for one in pod.containers if one.running]
        if any(not one.program.known for one in running):
            return None
        return tuple(listener for one in running for listener in one.program.listeners)

    def hears(self, pod: Pod, protocol: str, port: int) -> bool | None:
        """Whether a program in the Pod listens there for others than itself; None when that is not known."""
        listeners = self.listeners(pod)
        if listeners is None:
            return None
        address = pod.address or ""
        return any((one.protocol, one.port) == (protocol, port) and one.hears(address) for one in listeners)

    def listening_words(self, pod: Pod) -> str:
        """What a Pod's programs listen on, in words."""
        listeners = self.listeners(pod) or ()
        return spoken(f"{one.protocol} {one.port}{f' on {one.address}' if one.address else ''}" for one in listeners)

    def finding(self, cause: str, **facts: object) -> Finding:
        """A cause with the facts that every cause may use, and its own."""
        question, service = self.question, self.service
        source = question.source
        client = source.name if isinstance(source, PodPlace) else ""
        common = {
            "namespace": service.namespace if service else question.namespace,
            "service": service.name if service else question.name,
            "source": "a client outside" if isinstance(source, Outside) else str(source),
            "client": client,
            "client_namespace": source.namespace if isinstance(source, PodPlace) else "default",
            "target": question.target or "the load balancer's address",
            "host": question.target.host if question.target else "",
            "asked": question.target.port if question.target else "",
            "protocol": question.target.protocol if question.target else "TCP",
        }
        return Finding(cause, {**common, **facts})


def identity(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The labels that say which program a Pod is of."""
    return frozenset((key, value) for key, value in labels.items() if key in IDENTITY)
