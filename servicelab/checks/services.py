"""Why a Service does not do what was asked: walks name, type, ports, selector, target port, in that order."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

from lightkube.models.core_v1 import ServicePort
from lightkube.resources.core_v1 import Pod, Service

from servicelab.checks import evidence
from servicelab.checks.causes import Failure
from servicelab.checks.objects import name_of
from servicelab.checks.words import labels_words, listed, number_words, port_words, verdict_words
from servicelab.network.places import PodPlace
from servicelab.network.verdict import Verdict

if TYPE_CHECKING:
    from servicelab.checks.lab import Lab


def ready_pods(lab: "Lab", service: str, namespace: str | None = None) -> set[str]:
    """The names of the Pods that stand ready in the Service's EndpointSlices."""
    return _ready(_listed_pods(lab, service, namespace))


def lists_all(lab: "Lab", service: str, labels: Mapping[str, str], namespace: str | None = None) -> bool:
    """Whether the Service's EndpointSlices list all Pods with these labels, ready or not, and no other as ready."""
    meant = {name_of(pod) for pod in lab.pods(labels, namespace)}
    listed_pods = _listed_pods(lab, service, namespace)
    return _ready(listed_pods) <= meant <= set(listed_pods)


def _ready(listed_pods: Mapping[str, bool]) -> set[str]:
    return {name for name, ready in listed_pods.items() if ready}


def _listed_pods(lab: "Lab", service: str, namespace: str | None) -> dict[str, bool]:
    """The names of the Pods in the Service's EndpointSlices, and whether they stand ready there."""
    return {
        endpoint.targetRef.name: endpoint.conditions is not None and endpoint.conditions.ready is not False
        for slice in lab.slices(service, namespace)
        for endpoint in slice.endpoints or []
        if endpoint.targetRef and endpoint.targetRef.name
    }


def why_refused(lab: "Lab", expected: str) -> Failure | None:
    """The first refusal of what the learner wrote; None when all was taken."""
    return next((Failure(refusal.cause, expected, **refusal.facts) for refusal in lab.refusals), None)


def why_missing(lab: "Lab", name: str, namespace: str) -> Failure:
    """Why there is no such Service: what the learner wrote was refused, or is elsewhere, or is not there."""
    expected = f"There is a Service {name} in the namespace {namespace}."
    refused = why_refused(lab, expected)
    if refused:
        return refused
    elsewhere = [space for space in lab.names.real if space != namespace and lab.service(name, space)]
    if elsewhere:
        facts = {"name": name, "namespace": namespace, "others": listed(elsewhere)}
        return Failure("service-wrong-namespace", expected, **facts)
    others = [found.metadata.name or "" for found in lab.services(namespace) if found.metadata]
    if others:
        return Failure("service-wrong-name", expected, name=name, namespace=namespace, others=listed(sorted(others)))
    return Failure("service-missing", expected, namespace=namespace)


def why_endpoints(lab: "Lab", name: str, meant: Mapping[str, str], namespace: str) -> Failure:
    """Why the Service's endpoints are not the Pods that were meant."""
    wanted = lab.pods(meant, namespace)
    expected = (
        f"The Service {name} has {number_words(len(wanted), 'ready Pod')} behind it: those with {labels_words(meant)}."
    )
    found = lab.service(name, namespace)
    if found is None:
        return why_missing(lab, name, namespace)
    wrong = _wrong_kind(name, found, expected) or _wrong_selector(lab, name, found, wanted, namespace, expected)
    if wrong:
        return wrong
    missing = {name_of(pod) for pod in wanted} - ready_pods(lab, name, namespace)
    seen = evidence.probed(lab, [pod for pod in wanted if name_of(pod) in missing])
    facts = {"name": name, "others": listed(sorted(missing)) or "none", "namespace": namespace}
    return Failure("pods-not-ready", expected, seen, **facts)


def why_selected(lab: "Lab", name: str, service: Service, wanted: list[Pod], expected: str) -> Failure | None:
    """Why a Service of the first namespace does not select just these Pods, ready or not; None when it does."""
    return _wrong_kind(name, service, expected) or _wrong_selector(
        lab, name, service, wanted, lab.names.first, expected
    )


def why_no_answer(lab: "Lab", source: str, url: str, verdict: Verdict, expected: str) -> Failure:
    """Why a request to a Service, by name, got no answer."""

    def unexplained() -> Failure:
        seen = evidence.led(lab, source, url)
        return Failure("no-answer", expected, seen, source=source, target=url, verdict=verdict_words(verdict))

    place, target = lab.place(source), lab.target(url)
    if _is_address(target.host) or not isinstance(place, PodPlace):
        return unexplained()
    name, _, rest = target.host.partition(".")
    real = rest.partition(".")[0] or place.namespace
    namespace = lab.names.shown(real)
    found = lab.service(name, namespace)
    if found is None:
        return why_missing(lab, name, namespace)
    return (
        _wrong_kind(name, found, expected)
        or _wrong_port(name, found, target.port, target.protocol, expected)
        or _headless(name, found, expected)
        or _wrong_selector(lab, name, found, [], namespace, expected)
        or _wrong_target_port(lab, name, found, target.port, namespace, expected)
        or unexplained()
    )


def _wrong_kind(name: str, service: Service, expected: str) -> Failure | None:
    if service.spec and service.spec.type == "ExternalName":
        return Failure("external-name", expected, name=name, external_name=service.spec.externalName)
    return None


def _wrong_port(name: str, service: Service, asked: int, protocol: str, expected: str) -> Failure | None:
    ports = _ports(service)
    same = [port for port in ports if port.port == asked]
    if not same:
        return Failure("wrong-port", expected, name=name, asked=asked, ports=port_words([port.port for port in ports]))
    protocols = {port.protocol or "TCP" for port in same}
    if protocol not in protocols:
        return Failure("wrong-protocol", expected, name=name, asked=asked, protocols=listed(sorted(protocols)))
    return None


def _headless(name: str, service: Service, expected: str) -> Failure | None:
    if service.spec and service.spec.clusterIP == "None":
        return Failure("headless", expected, name=name)
    return None


def _wrong_selector(
    lab: "Lab", name: str, service: Service, wanted: list[Pod], namespace: str, expected: str
) -> Failure | None:
    """`wanted` empty means any Pod will do."""
    selector = (service.spec and service.spec.selector) or {}
    facts: dict[str, object] = {"name": name, "namespace": namespace, "selector": labels_words(selector)}
    if not selector:
        return Failure("selector-missing", expected, **facts)
    selected = {name_of(pod) for pod in lab.pods(selector, namespace)}
    meant = {name_of(pod) for pod in wanted}
    if not selected:
        return Failure("selector-matches-nothing", expected, **facts)
    if meant and selected - meant:
        return Failure("selector-matches-others", expected, others=listed(sorted(selected - meant)), **facts)
    if meant - selected:
        return Failure("selector-matches-some", expected, others=listed(sorted(meant - selected)), **facts)
    return None


def _wrong_target_port(
    lab: "Lab", name: str, service: Service, asked: int, namespace: str, expected: str
) -> Failure | None:
    """A target port is wrong when it is no port that a container of the selected Pods declares."""
    entry = port_entry(service, asked)
    target_port = entry.port if entry.targetPort is None else entry.targetPort
    pods = lab.pods((service.spec and service.spec.selector) or {}, namespace)
    declared = {
        (port.containerPort, port.name)
        for pod in pods
        for container in (pod.spec and pod.spec.containers) or []
        for port in container.ports or []
    }
    if any(target_port in port for port in declared):
        return None
    shown = listed(f"{number} ({called})" if called else f"{number}" for number, called in sorted(declared, key=str))
    facts = {"name": name, "target_port": target_port, "namespace": namespace, "declared": shown or "no port"}
    return Failure("wrong-target-port", expected, evidence.targeted(lab, service, asked, pods), **facts)


def port_entry(service: Service, port: int) -> ServicePort:
    """The entry of a Service for one of its ports."""
    return next(entry for entry in _ports(service) if entry.port == port)


def _ports(service: Service) -> list[ServicePort]:
    return list((service.spec and service.spec.ports) or [])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
