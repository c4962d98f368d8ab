"""What a check gets: the learner's objects on a cluster, and expectations about what the network does with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lightkube import Client
from lightkube.resources.core_v1 import Node, Pod, Service
from lightkube.resources.discovery_v1 import EndpointSlice

from servicelab.checks import expectations
from servicelab.checks.answers import Answers
from servicelab.checks.at_once import at_once
from servicelab.checks.names import Names
from servicelab.checks.objects import find, name_of
from servicelab.checks.patience import PATIENCE_OF_A_REQUEST
from servicelab.checks.variant import REFERENCE, Value, Variant
from servicelab.cluster.base import Cluster, MachineError, WaitedTooLong
from servicelab.network.places import Place, PodPlace, Target, parse_place, parse_target
from servicelab.network.state import SERVICE_NAME_LABEL, ClusterState
from servicelab.network.verdict import Outcome, Verdict

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """Why (part of) what the learner wrote is not on the cluster: a cause of the catalogue and its facts."""

    cause: str
    facts: Mapping[str, object]


def _no_network(cluster: Cluster) -> ClusterState:
    raise NotImplementedError("this lab was made without a reader of the network")


@dataclass(frozen=True)
class Lab:
    """The learner's objects on a cluster. Namespaces, sources and names are written as the exercise names them.

    A source is `pod/NAME` (in the exercise's first namespace), `pod/NAMESPACE/NAME`, `node/NAME` or `outside`;
    a target is a URL. `patience` is how long, in the cluster's seconds, something right may take to come true.
    """

    cluster: Cluster
    names: Names
    refusals: Sequence[Refusal] = ()
    given: frozenset[tuple[str, str, str]] = field(default=frozenset())
    """Kind, namespace (as the exercise names it) and name of what the fixture made."""
    made: tuple[tuple[str, str, str], ...] = ()
    """The same of what the learner wrote and was admitted."""
    patience: float = 10.0
    variant: Variant = REFERENCE
    answers: Answers = field(default_factory=Answers)
    read_network: Callable[[Cluster], ClusterState] = field(default=_no_network)
    """What reads a cluster's state for the model; the engine gives it, for it lies in a layer above this one."""
    silences: dict[tuple[Place, Target], Outcome] = field(default_factory=dict)
    """How requests ended that a check has just seen to be silent, beside an answer: an item about the same request
    need not wait for the silence again."""

    @property
    def api(self) -> Client:
        """The cluster's API; namespaces there have their names on the cluster."""
        return self.cluster.api

    def real(self, namespace: str | None) -> str:
        """A namespace's name on the cluster; None is the exercise's first."""
        return self.names.on_cluster(namespace or self.names.first)

    def value(self, name: str) -> Value:
        """The variant's value of that name: text, or an int for a port."""
        return self.variant.value(name)

    def rendered(self, text: str) -> str:
        """A text written with the reference's values, with this variant's: `http://web:80/` → `http://orders:6203/`."""
        return self.variant.rendered(text)

    def network(self) -> ClusterState:
        """What the model of the network knows of the cluster now."""
        return self.read_network(self.cluster)

    def service(self, name: str, namespace: str | None = None) -> Service | None:
        """The Service, or None."""
        return find(self.api, Service, name, self.real(namespace))

    def pod(self, name: str, namespace: str | None = None) -> Pod | None:
        """The Pod, or None."""
        return find(self.api, Pod, name, self.real(namespace))

    def services(self, namespace: str | None = None) -> list[Service]:
        """All Services of a namespace that the learner made."""
        space = namespace or self.names.first
        listed = self.api.list(Service, namespace=self.real(namespace))
        return [found for found in listed if ("Service", space, name_of(found)) not in self.given]

    def pods(self, labels: Mapping[str, str] | None = None, namespace: str | None = None) -> list[Pod]:
        """The Pods of a namespace that have these labels and are not being deleted, by name."""
        listed = self.api.list(Pod, namespace=self.real(namespace), labels=dict(labels or {}))
        pods = [pod for pod in listed if pod.metadata and not pod.metadata.deletionTimestamp]
        return sorted(pods, key=name_of)

    def slices(self, service: str, namespace: str | None = None) -> list[EndpointSlice]:
        """The EndpointSlices of a Service."""
        labels: dict[str, Any] = {SERVICE_NAME_LABEL: service}
        return list(self.api.list(EndpointSlice, namespace=self.real(namespace), labels=labels))

    def node_addresses(self) -> list[str]:
        """The nodes' own addresses."""
        addresses = [one for node in self.api.list(Node) for one in (node.status and node.status.addresses) or []]
        return sorted(one.address for one in addresses if one.type == "InternalIP")

    def door(self, service: str, namespace: str) -> str:
        """A URL at which a client outside reaches a NodePort Service that is there: the first node's, its first port.

        MachineError when there is none: the exercise gives it.
        """
        found = self.service(service, namespace)
        ports = (found and found.spec and found.spec.ports) or []
        if not ports or not ports[0].nodePort:
            raise MachineError(f"the Service {service}, which the exercise gives, has no node port", "Check again.")
        return f"http://{self.node_addresses()[0]}:{ports[0].nodePort}/hostname"

    def place(self, source: str) -> Place:
        """Where a request starts, on the cluster."""
        place = parse_place(source, self.names.first)
        return PodPlace(self.real(place.namespace), place.name) if isinstance(place, PodPlace) else place

    def target(self, url: str) -> Target:
        """What a request asks for, on the cluster."""
        target = parse_target(url)
        return Target(target.scheme, self.names.host(target.host), target.port, target.path)

    def probe(self, source: str, url: str, timeout: float = PATIENCE_OF_A_REQUEST) -> Verdict:
        """Send one request now, which may take `timeout` seconds."""
        return self.cluster.probe(self.place(source), self.target(url), timeout=timeout)

    def comes_true(self, description: str, condition: Callable[[], bool], timeout: float | None = None) -> bool:
        """Whether a condition is met within `timeout` of the cluster's seconds; the lab's patience unless told."""
        try:
            self.cluster.wait_until(description, condition, timeout=self.patience if timeout is None else timeout)
        except WaitedTooLong:
            return False
        return True

    def each(self, function: Callable[[T], object], things: Iterable[T]) -> None:
        """Do something with each thing, on a real cluster at the same time; the first failure of all is raised."""
        for _ in at_once(function, things, self.cluster):
            pass

    def expect_taken(self, expected: str) -> None:
        """Nothing of what the learner wrote was refused; a failure says what was `expected`."""
        expectations.expect_taken(self, expected)

    def expect_service(self, name: str, namespace: str | None = None) -> Service:
        """The Service is there. Says what is there instead when it is not."""
        return expectations.expect_service(self, name, namespace)

    def expect_endpoints(self, service: str, *, of: Mapping[str, str], namespace: str | None = None) -> None:
        """The Service's EndpointSlices hold, ready, all Pods with the labels `of`, at least one, and no other."""
        expectations.expect_endpoints(self, service, of, namespace)

    def expect_answer(
        self,
        source: str,
        url: str,
        *,
        by: Mapping[str, str] | None = None,
        cause: str | None = None,
        namespace: str | None = None,
    ) -> None:
        """A new connection is answered, by a Pod with the labels `by` in a namespace, the exercise's first unless told.

        Silence is explained from the Service that the URL names, unless a `cause` is given.
        """
        expectations.expect_answer(self, source, url, by, cause, namespace)

    def first_answered(self, source: str, urls: Sequence[str]) -> str:
        """The first of several URLs that answers, within the lab's patience; the first of all when none does."""
        return expectations.first_answered(self, source, urls)

    def expect_every_backend(self, source: str, url: str, *, by: Mapping[str, str]) -> None:
        """Every Pod with the labels `by` answers, within at most 60 new connections, and none is left unanswered."""
        expectations.expect_every_backend(self, source, url, by)

    def expect_no_answer(
        self,
        source: str,
        url: str,
        *,
        control: tuple[str, str],
        cause: str = "answered-unexpectedly",
        in_the_end: bool = False,
    ) -> None:
        """Nobody answers; `in_the_end` also when a change takes a moment to reach every node.

        Counts only when afterwards `control`, a source and a URL, is still answered.
        """
        expectations.expect_no_answer(self, source, url, control, cause, in_the_end)
