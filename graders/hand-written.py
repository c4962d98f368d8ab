"""The exercise hand-written: the Service ledger in the namespace brewery leads to a machine that is no Pod of it.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from lightkube.models.core_v1 import ServicePort
from lightkube.models.discovery_v1 import EndpointPort
from lightkube.resources.discovery_v1 import EndpointSlice

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.given import CLIENT, VISITOR
from servicelab.checks.objects import name_of
from servicelab.checks.variant import Value
from servicelab.checks.words import labels_words, listed, port_words
from servicelab.network.path import HopKind
from servicelab.network.state import SERVICE_NAME_LABEL

URL, URL_FROM_AFAR = "http://ledger:80/hostname", "http://ledger.brewery:80/hostname"
URL_WITH_5432, URL_OF_ARCHIVE = "http://ledger:5432/hostname", "http://archive:80/hostname"
MACHINE = "192.0.2.10"
"""Its address as the task writes it."""
MADE_BY = "endpointslice.kubernetes.io/managed-by"


def slices_by_hand(lab: Lab) -> list[EndpointSlice]:
    """The learner's slices; those that the cluster makes of selectors left out."""
    there = lab.api.list(EndpointSlice, namespace=lab.real(None))
    given = {name for kind, _, name in lab.given if kind == "EndpointSlice"}
    return [one for one in there if name_of(one) not in given and MADE_BY not in labels_of(one)]


def labels_of(found: EndpointSlice) -> dict[str, str]:
    """A slice's labels."""
    return dict((found.metadata and found.metadata.labels) or {})


@control
def the_machine_answers(lab: Lab) -> None:
    """The machine outside answers both clients at its own address."""
    url = f"http://{lab.names.addresses[MACHINE]}:{lab.value('targetPort')}/hostname"
    lab.each(lambda source: lab.expect_answer(source, url), (CLIENT, VISITOR))


before = predict("before", CLIENT, URL_OF_ARCHIVE, points=0.5)
past_the_port = predict("past-the-port", CLIENT, URL_WITH_5432, points=0.5)


@check("There is a Service ledger in the namespace brewery, and it selects no Pods", points=1)
def service_exists(lab: Lab) -> None:
    name = str(lab.value("service"))
    spec = lab.expect_service(name).spec
    expected = f"The Service {name} leads to the machine and selects no Pods."
    if spec and spec.type == "ExternalName":
        raise Failure("external-name", expected, name=name, external_name=spec.externalName)
    if spec and spec.selector and (pods := lab.pods(spec.selector)):
        facts = {"name": name, "selector": labels_words(spec.selector), "namespace": lab.names.first}
        raise Failure("selector-matches-others", expected, others=listed(list(map(name_of, pods))), **facts)


@check("A slice belongs to it and has, ready, the machine's address and no other", points=2.5, after=service_exists)
def slice_belongs(lab: Lab) -> None:
    name = str(lab.value("service"))
    expected = f"An EndpointSlice belongs to the Service {name} and has the address {MACHINE}, ready."
    lab.expect_taken(expected)
    by_hand = slices_by_hand(lab)
    own = [one for one in by_hand if labels_of(one).get(SERVICE_NAME_LABEL) == name]
    if not own and by_hand:
        said = listed([f"{name_of(one)} ({labels_words(labels_of(one)) or 'no labels'})" for one in by_hand])
        there = labels_words(labels_of(by_hand[0])) or "not there"
        seen = f"EndpointSlice {name_of(by_hand[0])} metadata.labels is {there}, but nodes look for "
        raise Failure("slice-not-linked", expected, f"{seen}{SERVICE_NAME_LABEL}={name}.", name=name, slices=said)
    if not own:
        raise Failure("slice-missing", expected, name=name, namespace=lab.names.first)
    types = listed([one.addressType for one in own if one.addressType != "IPv4"])
    if types:
        seen = f"{slice_words(lab)} addressType is {types}, but {MACHINE} is an address of IPv4."
        raise Failure("slice-address-type", expected, seen, name=name, types=types)
    endpoints = [endpoint for one in own for endpoint in one.endpoints or []]
    found = {address for endpoint in endpoints for address in endpoint.addresses}
    if found != {lab.names.addresses[MACHINE]}:
        there = f"endpoints[0].addresses is {listed(sorted(found))}" if found else "endpoints is empty"
        seen = f"{slice_words(lab)} {there}, but the machine has addresses {MACHINE}."
        facts = {"name": name, "found": listed(sorted(found)) or "no address"}
        raise Failure("slice-other-address", expected, seen, **facts)
    if any(endpoint.conditions and endpoint.conditions.ready is False for endpoint in endpoints):
        raise Failure(
            "slice-not-ready", expected, f"{slice_words(lab)} endpoints[0].conditions.ready is false.", name=name
        )


@check("A client in brewery is answered by the machine at http://ledger:80", points=2.5, after=slice_belongs)
def answers_inside(lab: Lab) -> None:
    try:
        lab.expect_answer(CLIENT, lab.rendered(URL))
    except Failure as failure:
        raise why_silent(lab, failure) from None


def why_silent(lab: Lab, failure: Failure) -> Failure:
    """What of the ports of Service and slice keeps them apart; the failure as it is when nothing does."""
    name, asked, expected = str(lab.value("service")), lab.value("port"), failure.expected
    spec = lab.expect_service(name).spec
    entries = (spec and spec.ports) or []
    if spec and spec.clusterIP == "None":
        return Failure("headless", expected, name=name)
    entry = next((entry for entry in entries if entry.port == asked), None)
    if entry is None:
        return Failure("wrong-port", expected, name=name, asked=asked, ports=port_words([one.port for one in entries]))
    if entry.protocol != "TCP":
        return Failure("wrong-protocol", expected, name=name, asked=asked, protocols=entry.protocol)
    ports = [port for one in lab.slices(name) for port in one.ports or []]
    own = [port.port for port in ports if (port.name or "", port.protocol) == (entry.name or "", "TCP")]
    if not own:
        found = listed([f"{port.name or 'no name'} ({port.protocol})" for port in ports]) or "none"
        facts = {"name": name, "own": entry.name or "no name", "found": found}
        seen = ports_apart(entry, ports, lab.value("targetPort"))
        return Failure("slice-port-name", expected, f"{slice_words(lab)} {seen}", **facts)
    if own != [lab.value("targetPort")]:
        found = listed([str(port) for port in own])
        seen = f"{slice_words(lab)} ports[0].port is {found}, but the machine answers at {lab.value('targetPort')}."
        return Failure("slice-other-port", expected, seen, name=name, found=found)
    return failure


def slice_words(lab: Lab) -> str:
    """The Service's first slice, for which the fields are named."""
    return f"In the EndpointSlice {name_of(lab.slices(str(lab.value('service')))[0])},"


def ports_apart(entry: ServicePort, ports: list[EndpointPort], target: Value) -> str:
    """By which fields the slice's first port is not that of the Service's entry."""
    if not ports:
        own = f"name {entry.name} and " if entry.name else ""
        there = f"the Service's entry has {own}protocol TCP, and the machine answers at port {target}"
        return f"ports is empty, but {there}."
    protocol, name = ports[0].protocol or "TCP", ports[0].name or "not there"
    theirs = f"not {entry.name}" if entry.name else "but spec.ports[0].name of the Service is not there"
    said = [f"ports[0].name is {name}, {theirs}."] * (name != entry.name)
    said += [f"ports[0].protocol is {protocol}, not TCP."] * (protocol != "TCP")
    return " ".join(said)


@check("A client in another namespace is answered at http://ledger.brewery:80", points=1, after=answers_inside)
def answers_from_afar(lab: Lab) -> None:
    lab.expect_answer(VISITOR, lab.rendered(URL_FROM_AFAR))


why_refused = explain(
    "why-refused",
    "You know what decides whether an address in a slice gets requests",
    f"`{CLIENT}` asks `{URL_OF_ARCHIVE}` and is refused. The slice `archive-by-hand` belongs to `archive`, and the "
    "ports have the same name. Which object and field decide that?",
    CLIENT,
    URL_OF_ARCHIVE,
    choices=(
        Choice(
            "conditions",
            "EndpointSlice `archive-by-hand`, `endpoints[0].conditions`: whoever wrote it says `ready: false`",
            "EndpointSlice brewery/archive-by-hand endpoints[0].conditions",
        ),
        Choice(
            "selector",
            "Service `archive`, `spec.selector`: without one, the nodes have no rules for a Service",
            cause="explain-needs-a-selector",
        ),
        Choice(
            "the-machine",
            "the machine with the address in the slice: a node asks it whether it is ready, and nobody answers",
            cause="explain-machine-is-asked",
        ),
        Choice(
            "target-port",
            "Service `archive`, `spec.ports[0].targetPort`: it is not written, so the packet goes to port 80 there",
            cause="explain-target-port-by-hand",
        ),
    ),
    hop=HopKind.VIRTUAL_IP,
    points=1,
    after=answers_inside,
)

COLLEAGUES = """
apiVersion: v1
kind: Service
metadata: {{name: spare, namespace: {namespace}}}
spec:
  ports:
    - {{name: sql, port: 80, targetPort: 9999}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: spare-by-hand
  namespace: {namespace}
  labels: {{kubernetes.io/service-name: spare}}
addressType: IPv4
endpoints:
  - addresses: [192.0.2.10]
    conditions: {{ready: {ready}}}
ports:
  - {{name: {name}, port: 5432}}
"""

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service whose slice somebody else wrote",
    f"Beside yours a colleague makes this one. `{CLIENT}` asks `http://spare:80/hostname`. How does it end?",
    CLIENT,
    "http://spare:80/hostname",
    given=(
        COLLEAGUES.format(namespace="brewery", ready="true", name="tally"),
        COLLEAGUES.format(namespace="brewery", ready="true", name="sql"),
        COLLEAGUES.format(namespace="brewery", ready="false", name="sql"),
        COLLEAGUES.format(namespace="visitors", ready="true", name="sql"),
    ),
    points=1,
    after=answers_inside,
)
