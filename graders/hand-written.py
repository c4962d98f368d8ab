"""The exercise hand-written: the Service ledger in the namespace brewery leads to a machine that is no Pod of it.

What counts is what the network does: any manifest that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, explain, predict, transfer
from servicelab.checks.given import CLIENT, VISITOR
from servicelab.checks.objects import name_of
from servicelab.checks.slices import expect_ipv4, expect_no_pods, is_of, not_linked, place, slices_by_hand, why_silent
from servicelab.checks.words import listed
from servicelab.network.path import HopKind

URL, URL_FROM_AFAR = "http://ledger:80/hostname", "http://ledger.brewery:80/hostname"
URL_WITH_5432, URL_OF_ARCHIVE = "http://ledger:5432/hostname", "http://archive:80/hostname"
MACHINE = "192.0.2.10"
"""Its address as the task writes it."""


@control
def the_machine_answers(lab: Lab) -> None:
    """The machine outside answers both clients at its own address."""
    url = f"http://{lab.names.addresses[MACHINE]}:{lab.value('targetPort')}/hostname"
    lab.each(lambda source: lab.expect_answer(source, url), (CLIENT, VISITOR))


before = predict("before", CLIENT, URL_OF_ARCHIVE, points=0.5)
past_the_port = predict("past-the-port", CLIENT, URL_WITH_5432, points=0.5)


@check("There is a Service ledger in the namespace brewery, and it selects no Pods", points=1)
def service_exists(lab: Lab) -> None:
    expect_no_pods(lab, str(lab.value("service")))


@check("A slice belongs to it and has, ready, the machine's address and no other", points=2.5, after=service_exists)
def slice_belongs(lab: Lab) -> None:
    name = str(lab.value("service"))
    expected = f"An EndpointSlice belongs to the Service {name} and has the address {MACHINE}, ready."
    lab.expect_taken(expected)
    given = {other for kind, _, other in lab.given if kind == "EndpointSlice"}
    by_hand = [one for one in slices_by_hand(lab) if name_of(one) not in given]
    own = [one for one in by_hand if is_of(one, name)]
    if not own and by_hand:
        raise not_linked(name, by_hand, expected)
    if not own:
        raise Failure("slice-missing", expected, name=name, namespace=lab.names.first)
    expect_ipv4(name, own, MACHINE, expected)
    endpoints = [endpoint for one in own for endpoint in one.endpoints or []]
    found = {address for endpoint in endpoints for address in endpoint.addresses}
    if found != {lab.names.addresses[MACHINE]}:
        there = f"endpoints[0].addresses is {listed(sorted(found))}" if found else "endpoints is empty"
        seen = f"{place(own[0])} {there}, but the machine has addresses {MACHINE}."
        facts = {"name": name, "found": listed(sorted(found)) or "no address"}
        raise Failure("slice-other-address", expected, seen, **facts)
    if any(endpoint.conditions and endpoint.conditions.ready is False for endpoint in endpoints):
        raise Failure(
            "slice-not-ready", expected, f"{place(own[0])} endpoints[0].conditions.ready is false.", name=name
        )


@check("A client in brewery is answered by the machine at http://ledger:80", points=2.5, after=slice_belongs)
def answers_inside(lab: Lab) -> None:
    try:
        lab.expect_answer(CLIENT, lab.rendered(URL))
    except Failure as failure:
        name, port, target = str(lab.value("service")), int(lab.value("port")), int(lab.value("targetPort"))
        raise why_silent(lab, failure, name, port, target, "the machine") from None


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
