"""What checks of EndpointSlices that people write need: whose they are, and which ports belong together."""

from collections.abc import Iterable, Mapping

from lightkube.models.core_v1 import ServicePort
from lightkube.models.discovery_v1 import EndpointPort
from lightkube.resources.discovery_v1 import EndpointSlice

from servicelab.checks.causes import Failure
from servicelab.checks.lab import Lab
from servicelab.checks.objects import name_of
from servicelab.checks.services import port_entry
from servicelab.checks.words import labels_words, listed, port_words
from servicelab.network.state import SERVICE_NAME_LABEL

MADE_BY = "endpointslice.kubernetes.io/managed-by"


def slices_by_hand(lab: Lab) -> list[EndpointSlice]:
    """The slices of the first namespace; those that the cluster makes of selectors left out."""
    there = lab.api.list(EndpointSlice, namespace=lab.real(None))
    return [one for one in there if MADE_BY not in labels_of(one)]


def labels_of(found: EndpointSlice) -> dict[str, str]:
    """A slice's labels."""
    return dict((found.metadata and found.metadata.labels) or {})


def is_of(found: EndpointSlice, service: str) -> bool:
    """Whether a slice belongs to a Service of its namespace."""
    return labels_of(found).get(SERVICE_NAME_LABEL) == service


def is_of_nobody(lab: Lab, found: EndpointSlice) -> bool:
    """Whether a slice of the first namespace belongs to no Service that is there."""
    service = labels_of(found).get(SERVICE_NAME_LABEL)
    return not service or lab.service(service) is None


def expect_no_pods(lab: Lab, service: str) -> None:
    """A Service is there, is no alias, and selects no Pods, so the cluster makes no slices for it."""
    spec = lab.expect_service(service).spec
    expected = f"The Service {service} leads to the machine and selects no Pods."
    if spec and spec.type == "ExternalName":
        raise Failure("external-name", expected, name=service, external_name=spec.externalName)
    if spec and spec.selector and (pods := lab.pods(spec.selector)):
        facts = {"name": service, "selector": labels_words(spec.selector), "namespace": lab.names.first}
        raise Failure("selector-matches-others", expected, others=listed(list(map(name_of, pods))), **facts)


def not_linked(service: str, slices: Iterable[EndpointSlice], expected: str) -> Failure:
    """That these slices, which are no Service's, are not this one's either."""
    said = [(name_of(one), labels_words(labels_of(one))) for one in slices]
    there = f"EndpointSlice {said[0][0]} metadata.labels is {said[0][1] or 'not there'}"
    seen = f"{there}, but nodes look for {SERVICE_NAME_LABEL}={service}."
    all_said = listed([f"{name} ({labels or 'no labels'})" for name, labels in said])
    return Failure("slice-not-linked", expected, seen, name=service, slices=all_said)


def expect_ipv4(service: str, slices: Iterable[EndpointSlice], address: str, expected: str) -> None:
    """These slices of a Service hold addresses of IPv4, as this one is; nodes pass over names."""
    others = [one for one in slices if one.addressType != "IPv4"]
    if others:
        types = listed([one.addressType for one in others])
        seen = f"{place(others[0])} addressType is {types}, but {address} is an address of IPv4."
        raise Failure("slice-address-type", expected, seen, name=service, types=types)


def place(found: EndpointSlice) -> str:
    """How a sentence about one of a slice's fields begins."""
    return f"In the EndpointSlice {name_of(found)},"


def joined(lab: Lab, service: str, asked: int) -> dict[str, int]:
    """The slices' ports that belong to a Service's entry with this port, which is there: each number by its place."""
    entry = port_entry(lab.expect_service(service), asked)
    found = _ports(lab.slices(service))
    return {where: port.port or 0 for where, port in found.items() if _belongs(port, entry)}


def led_elsewhere(lab: Lab, service: str, asked: int, target: int, program: str) -> str:
    """Where the slices say that a Service's entry leads, when that is not where the program listens."""
    for where, port in joined(lab, service, asked).items():
        if port != target:
            return f"{where}.port is {port}, but {program} answers at {target}."
    return ""


def why_silent(lab: Lab, failure: Failure, service: str, asked: int, target: int, program: str) -> Failure:
    """What of the ports of Service and slices keeps a caller from a program; the failure as it is when nothing does."""
    expected = failure.expected
    spec = lab.expect_service(service).spec
    entries = (spec and spec.ports) or []
    if spec and spec.clusterIP == "None":
        return Failure("headless", expected, name=service)
    entry = next((entry for entry in entries if entry.port == asked), None)
    if entry is None:
        said = port_words([one.port for one in entries])
        places = [f"spec.ports[{number}].port" for number, one in enumerate(entries) if one.port == target]
        seen = f"{places[0]} is {target}, but callers ask for port {asked}." if places else ""
        return Failure("wrong-port", expected, seen, name=service, asked=asked, ports=said)
    if entry.protocol != "TCP":
        return Failure("wrong-protocol", expected, name=service, asked=asked, protocols=entry.protocol)
    slices = lab.slices(service)
    if not joined(lab, service, asked):
        ports = _ports(slices)
        found = listed([f"{port.name or 'no name'} ({port.protocol})" for port in ports.values()]) or "none"
        facts = {"name": service, "own": entry.name or "no name", "found": found}
        free = {where: one for where, one in ports.items() if not any(_belongs(one, other) for other in entries)}
        seen = _apart(entry, free, target) or _missing(entry, slices[0], ports, f"{program} answers at port {target}")
        return Failure("slice-port-name", expected, seen, **facts)
    if seen := led_elsewhere(lab, service, asked, target, program):
        found = listed(dict.fromkeys(str(port) for port in joined(lab, service, asked).values()))
        return Failure("slice-other-port", expected, seen, name=service, found=found)
    return failure


def _ports(slices: Iterable[EndpointSlice]) -> dict[str, EndpointPort]:
    """The slices' ports by their places."""
    return {f"{place(one)} ports[{number}]": port for one in slices for number, port in enumerate(one.ports or [])}


def _belongs(port: EndpointPort, entry: ServicePort) -> bool:
    """Whether a slice's port is that of a Service's entry."""
    return (port.name or "", port.protocol or "TCP") == (entry.name or "", entry.protocol or "TCP")


def _apart(entry: ServicePort, ports: Mapping[str, EndpointPort], target: int) -> str:
    """By which fields a slice's port, the likeliest of these, is not that of the Service's entry; "" without any."""
    if not ports:
        return ""
    where, port = max(ports.items(), key=lambda one: (one[1].name == entry.name, one[1].port == target))
    protocol, name = port.protocol or "TCP", port.name or "not there"
    theirs = f"not {entry.name}" if entry.name else "but spec.ports[0].name of the Service is not there"
    said = [f"{where}.name is {name}, {theirs}."] * (port.name != entry.name)
    said += [f"{where}.protocol is {protocol}, not TCP."] * (protocol != "TCP")
    return " ".join(said)


def _missing(entry: ServicePort, found: EndpointSlice, ports: Mapping[str, EndpointPort], target: str) -> str:
    """That a slice has no port for the Service's entry."""
    has = listed([port.name or "no name" for port in ports.values()])
    own = f"name {entry.name} and " if entry.name else ""
    there = f"ports has only {has}" if ports else "ports is empty"
    return f"{place(found)} {there}, but the Service's entry has {own}protocol TCP, and {target}."
