"""Why a Service of a running cluster is not answered: reads it, sends requests, looks into Pods, and judges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from servicelab.cluster.base import Capability, Cluster, MachineError, NotSupported
from servicelab.diagnosis import (
    LEVELS,
    Diagnosis,
    Question,
    Seen,
    Snapshot,
    a_client,
    diagnose,
    question_of,
    questions,
    text,
)
from servicelab.diagnosis.sockets import COMMAND, read_sockets
from servicelab.network.listeners import Listener
from servicelab.network.objects import Service
from servicelab.network.places import NodePlace, Outside, Place, Target, parse_place
from servicelab.network.verdict import Verdict
from servicelab.tracing.asking import read_target
from servicelab.tracing.reading import read_objects, state_of
from servicelab.tracing.urls import url_that_answers

MORE = (
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/apps/v1/namespaces/{}/statefulsets",
    "/apis/metallb.io/v1beta1/ipaddresspools",
    "/api/v1/namespaces/{}/events",
)
"""What a diagnosis reads beside the model."""
HERE = "here"
"""As a vantage point: this machine, as a client outside."""
MOST_PODS = 3
"""Of those behind a Service, how many are looked into."""


def read_snapshot(cluster: Cluster, namespace: str) -> Snapshot:
    """The cluster as it is now, with what is known of one namespace's workloads and Events."""
    objects = read_objects(cluster, [path.format(namespace) for path in MORE])
    return Snapshot.of(objects, state_of(cluster, objects), Capability.LOAD_BALANCER in cluster.capabilities)


@dataclass(frozen=True)
class Asking:
    """What somebody wants to know: `service` is `web`, `shop/web` or a URL, empty for all of the namespace; `meant` are
    labels of the Pods that should answer; `from_here`: this machine asks; `options` as they were written, to ask again.
    """

    service: str
    namespace: str
    source: Place | None = None
    port: int | None = None
    meant: Mapping[str, str] = field(default_factory=dict)
    from_here: bool = False
    options: str = ""


def read_asking(service: str, namespace: str, source: str = "", port: int | None = None, meant: str = "") -> Asking:
    """What a person wrote. ValueError with a sentence for the learner."""
    if port is not None and (":" in service or not service):
        what = f"“{service}” has a port already" if service else "a port is of one Service"
        raise ValueError(f"{what}; leave --port out, or name a Service alone")
    pairs = [one.partition("=") for one in meant.split(",")] if meant else []
    if not all(key and equals for key, equals, _ in pairs):
        raise ValueError(f"“{meant}” are no labels; write for example app=web,tier=front")
    labels = {key.strip(): value.strip() for key, _, value in pairs}
    from_here = source == HERE
    place = Outside() if from_here else parse_place(source, namespace) if source else None
    written = (("--from", source), ("--port", port), ("--expect", meant))
    options = "".join(f" {option} {value}" for option, value in written if value)
    return Asking(service, namespace, place, port, labels, from_here, options)


def doctor(cluster: Cluster, asking: Asking, *, timeout: float = 2.0) -> list[Diagnosis]:
    """A diagnosis for the Service that is asked about, or for each of the namespace; `timeout` seconds a request.

    ValueError with a sentence for the learner when there is nothing to ask about.
    """
    space, _, name = asking.service.removeprefix("svc/").rpartition("/")
    if ":" in asking.service:
        space, name = asking.namespace, ""
    space = space or asking.namespace
    snapshot = read_snapshot(cluster, space)
    if asking.service and not name:
        groups = [[_question_of_url(snapshot, asking)]]
    else:
        wanted = (
            [name] if name else sorted(one.name for one in snapshot.state.services.values() if one.namespace == space)
        )
        groups = [questions(snapshot, space, one, asking.source, asking.port) for one in wanted]
    if not groups:
        raise ValueError(f"there is no Service in the namespace {space}")
    if name and not groups[0]:
        raise ValueError(f"Service {space}/{name} has no port of TCP or UDP, and no other can be asked")
    found = ([replace(one, meant=asking.meant, from_here=asking.from_here) for one in group] for group in groups)
    return [one for group in found if (one := examine(cluster, snapshot, group, timeout=timeout)) is not None]


def _question_of_url(snapshot: Snapshot, asking: Asking) -> Question:
    source = asking.source or a_client(snapshot, asking.namespace)
    target = read_target(asking.service, source, snapshot.state, asking.namespace)
    return question_of(snapshot.state, source, target, asking.namespace)


def report(found: Sequence[Diagnosis], asking: Asking, level: int, command: str, width: int | None = None) -> str:
    """The diagnoses for a person, in lines of so many columns (None: as long as they are), and how to be told more, if
    that is wished: `command`, the Service in its braces."""
    said = []
    for one in found:
        head = "" if asking.service else f"Service {one.question.name}\n"
        said.append(f"{head}{text(one, level, width)}")
    broken = next((one for one in found if not one.is_healthy), None)
    if command and broken is not None and level < LEVELS[-1]:
        service = asking.service or broken.question.name
        said.append(f"More: {command.format(service)}{asking.options} --level {level + 1}")
    return "\n\n".join(said)


def examine(
    cluster: Cluster, snapshot: Snapshot, questions: Iterable[Question], *, timeout: float = 2.0
) -> Diagnosis | None:
    """The first of the questions that is not answered, diagnosed; the first one's diagnosis when all are; None without
    any. Requests are sent where traffic is real, `timeout` seconds for each."""
    first: Diagnosis | None = None
    for question in questions:
        found = _examine(cluster, snapshot, question, timeout)
        if not found.is_healthy:
            return found
        first = first or found
    return first


def _examine(cluster: Cluster, snapshot: Snapshot, question: Question, timeout: float) -> Diagnosis:
    seen = Seen()
    if Capability.REAL_TRAFFIC in cluster.capabilities and question.target is not None:
        seen = Seen(verdict=_probed(cluster, question.source, question.target, timeout))
    found = diagnose(snapshot, question, seen)
    if found.unclear and Capability.REAL_TRAFFIC in cluster.capabilities:
        seen = look_closer(cluster, snapshot, question, seen, timeout)
        found = diagnose(snapshot, question, seen)
    if found.is_healthy and question.from_here and question.target is not None:
        found = diagnose(snapshot, question, replace(seen, here=_answers_here(cluster, question.target, timeout)))
    return found


def look_closer(cluster: Cluster, snapshot: Snapshot, question: Question, seen: Seen, timeout: float) -> Seen:
    """What requests to other addresses on the way and the Pods' kernels say, when the objects say nothing."""
    state, target = snapshot.state, question.target
    service = state.services.get((question.namespace, question.name))
    if service is None or target is None:
        return seen
    by_address = None
    if service.cluster_ips and target.host not in service.cluster_ips:
        by_address = _probed(cluster, question.source, replace(target, host=service.cluster_ips[0]), timeout)
    direct: dict[str, Verdict] = {}
    nearby: dict[str, Verdict] = {}
    sockets: dict[str, tuple[Listener, ...]] = {}
    for pod, number, node in _endpoints(service, target):
        space, _, name = pod.partition("/")
        found = state.pod(space, name)
        if found is None or found.address is None:
            continue
        there = replace(target, host=found.address, port=number)
        for answers, place in ((direct, question.source), (nearby, NodePlace(node))):
            verdict = None if isinstance(place, Outside) else _probed(cluster, place, there, timeout)
            if verdict is not None:
                answers[pod] = verdict
        listeners = _sockets(cluster, space, name)
        if listeners:
            sockets[pod] = listeners
    return replace(seen, by_address=by_address, direct=direct, nearby=nearby, sockets=sockets)


def _endpoints(service: Service, target: Target) -> Sequence[tuple[str, int, str]]:
    found = [
        (one.pod, target.port if service.headless else one.port, one.node or "")
        for port in service.ports
        if port.protocol == target.protocol
        for one in port.backends
        if one.pod and one.ready
    ]
    return found[:MOST_PODS]


def _sockets(cluster: Cluster, namespace: str, pod: str) -> tuple[Listener, ...]:
    """What the Pod's kernel says; nothing where its image has no shell."""
    try:
        done = cluster.execute(namespace, pod, list(COMMAND))
    except (MachineError, NotSupported):
        return ()
    return read_sockets(done.stdout)


def _probed(cluster: Cluster, source: Place, target: Target, timeout: float) -> Verdict | None:
    """How the request ended; None when it could not be sent from there (no client in the Pod, say)."""
    try:
        return cluster.probe(source, target, timeout=timeout)
    except (MachineError, NotSupported):
        return None


def _answers_here(cluster: Cluster, target: Target, timeout: float) -> bool:
    tried = cluster.here(target.host, target.port)
    return any(url_that_answers(host, number, timeout) for host, number in tried)
