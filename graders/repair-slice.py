"""The exercise repair-slice: telescope has a slice for a machine outside, written by hand, with three faults.

What counts is what the network does: any repair that works passes. All values here are the reference's.
"""

from servicelab.checks import Choice, Failure, Lab, check, control, predict, read_off, transfer
from servicelab.checks.given import CLIENT, VISITOR
from servicelab.checks.slices import (
    expect_ipv4,
    expect_no_pods,
    is_of,
    is_of_nobody,
    joined,
    led_elsewhere,
    not_linked,
    place,
    slices_by_hand,
    why_silent,
)
from servicelab.checks.words import listed
from servicelab.network.verdict import Outcome

URL, SECOND_URL = "http://telescope:80/clientip", "http://telescope:90/clientip"
FROM_AFAR = ("http://telescope.planetarium:80/clientip", "http://telescope.planetarium:90/clientip")
OTHER_PORTS = ("http://telescope:8080/clientip", "http://telescope:9090/clientip")
URL_OF_LOGBOOK = "http://logbook:80/clientip"
MACHINE = "192.0.2.20"
"""Its address as the task writes it."""


def expect_program(lab: Lab, source: str, url: str, *, is_camera: bool, seen: str = "") -> None:
    """Of the machine's two programs, the one that is meant: `camera` says an address and a port, `motor` a name."""
    lab.expect_answer(source, url)
    camera = str(lab.value("portName"))
    meant, other = (camera, "motor") if is_camera else ("motor", camera)

    def is_meant() -> bool:
        verdict = lab.probe(source, url)
        return verdict.answered and (":" in verdict.body) is is_camera

    if not lab.comes_true(f"an answer of {meant}", is_meant):
        expected = f"{source} asks {url} and is answered by the program {meant}."
        raise Failure("slice-other-program", expected, seen, source=source, target=url, by=other)


@control
def the_machine_answers(lab: Lab) -> None:
    """The two programs of the machine outside answer both clients at its own address."""
    for port, is_camera in (("targetPort", True), ("secondTarget", False)):
        url = f"http://{lab.names.addresses[MACHINE]}:{lab.value(port)}/clientip"
        for source in (CLIENT, VISITOR):
            expect_program(lab, source, url, is_camera=is_camera)


now = predict("now", CLIENT, URL, points=1)


@check("The slices of telescope have, ready, the machine's address and no other", points=2)
def slice_leads_there(lab: Lab) -> None:
    name, machine = str(lab.value("service")), lab.names.addresses[MACHINE]
    expected = f"The EndpointSlices of the Service {name} have, ready, the address {MACHINE} and no other."
    lab.expect_taken(expected)
    expect_no_pods(lab, name)
    own = [one for one in slices_by_hand(lab) if is_of(one, name)]
    lost = [one for one in slices_by_hand(lab) if is_of_nobody(lab, one)]
    endpoints = [
        (f"{place(one)} endpoints[{number}]", address, not (at.conditions and at.conditions.ready is False))
        for one in own
        for number, at in enumerate(one.endpoints or [])
        for address in at.addresses
    ]
    ready = {address: where for where, address, is_ready in endpoints if is_ready}
    if lost and machine not in ready:
        raise not_linked(name, lost, expected)
    if not own:
        raise Failure("slice-missing", expected, name=name, namespace=lab.names.first)
    expect_ipv4(name, own, MACHINE, expected)
    for address, where in ready.items():
        if address != machine:
            seen = f"{where}.addresses is {address}, but the machine has addresses {MACHINE}."
            raise Failure("slice-other-address", expected, seen, name=name, found=listed(sorted(ready)))
    if not endpoints:
        seen = f"{place(own[0])} endpoints is empty, but the machine has addresses {MACHINE}."
        raise Failure("slice-other-address", expected, seen, name=name, found="no address")
    if not ready:
        raise Failure("slice-not-ready", expected, f"{endpoints[0][0]}.conditions.ready is false.", name=name)


def expect_entry(lab: Lab, url: str, port: str, target: str, *, is_camera: bool) -> None:
    """An entry of the Service leads a client inside to the program that is meant."""
    name, program = str(lab.value("service")), str(lab.value("portName")) if is_camera else "motor"
    asked, listens = int(lab.value(port)), int(lab.value(target))
    url = lab.rendered(url)
    try:
        lab.expect_answer(CLIENT, url)
    except Failure as failure:
        raise why_silent(lab, failure, name, asked, listens, program) from None
    expect_program(lab, CLIENT, url, is_camera=is_camera, seen=led_elsewhere(lab, name, asked, listens, program))


@check("A client inside gets an answer of camera at http://telescope:80", points=1.5, after=slice_leads_there)
def camera_answers(lab: Lab) -> None:
    expect_entry(lab, URL, "port", "targetPort", is_camera=True)


@check("A client inside gets an answer of motor at http://telescope:90", points=1.5, after=slice_leads_there)
def motor_answers(lab: Lab) -> None:
    expect_entry(lab, SECOND_URL, "secondPort", "secondTarget", is_camera=False)


@check("A client in another namespace gets answers of both", points=1, after=(camera_answers, motor_answers))
def answers_from_afar(lab: Lab) -> None:
    for url, is_camera in zip(FROM_AFAR, (True, False), strict=True):
        expect_program(lab, VISITOR, lab.rendered(url), is_camera=is_camera)


@check("No other port of telescope is answered", points=1, after=(camera_answers, motor_answers))
def only_these_ports(lab: Lab) -> None:
    control = (CLIENT, lab.rendered(URL))

    def expect_silence(url: str) -> None:
        lab.expect_no_answer(CLIENT, lab.rendered(url), control=control, cause="target-port-open")

    lab.each(expect_silence, OTHER_PORTS)


COLLEAGUES = """
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  {selector}ports:
    - {{name: pages, port: 80}}
    - {{name: notes, port: 90}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}
  namespace: {namespace}
  labels: {labels}
addressType: IPv4
endpoints:
  - addresses: [192.0.2.20]
ports:
  - {{name: notes, port: 9090}}
  - {{name: {pages}, port: {port}}}
"""


def colleagues(name: str, **values: str | int) -> str:
    """A Service with two entries and a slice that lists their ports in another order."""
    usual = {"namespace": "planetarium", "selector": "", "pages": "pages", "port": 8080}
    labels = f"{{kubernetes.io/service-name: {name}}}"
    return COLLEAGUES.format(**{**usual, "name": name, "labels": labels, **values})


def keeps_apart(lab: Lab) -> str | None:
    """What keeps logbook and its slice apart, as long as callers are refused."""
    if lab.probe(CLIENT, lab.rendered(URL_OF_LOGBOOK)).outcome is not Outcome.REFUSED:
        return None
    if not lab.slices("logbook"):
        return "label"
    return None if joined(lab, "logbook", int(lab.value("port"))) else "ports"


why_refused = read_off(
    "why-refused",
    "You know what joins a Service and a slice that somebody wrote",
    f"Beside your repair a colleague makes this one. `{CLIENT}` asks `{URL_OF_LOGBOOK}` and is refused. Which object "
    "and field decide that?",
    keeps_apart,
    choices=(
        Choice(
            "label",
            "EndpointSlice `logbook`, `metadata.labels`: by them it is no slice of this Service",
            cause="explain-label-of-a-slice",
        ),
        Choice(
            "ports",
            "EndpointSlice `logbook`, `ports`: none of them fits the entry with `port: 80`",
            cause="explain-ports-of-a-slice",
        ),
        Choice(
            "selector",
            "Service `logbook`, `spec.selector`: without one, the nodes have no rules for a Service",
            cause="explain-needs-a-selector",
        ),
        Choice(
            "order",
            "EndpointSlice `logbook`, `ports`: they stand in another order than the Service's entries",
            cause="explain-order-of-ports",
        ),
    ),
    given=(
        colleagues("logbook", labels="{app: logbook}"),
        colleagues("logbook", pages="page"),
        colleagues("logbook", labels="{kubernetes.io/service-name: logbooks}"),
        colleagues("logbook", pages="papers"),
    ),
    points=1,
    after=(camera_answers, motor_answers),
)

changed = transfer(
    "changed",
    "You can tell how a request ends at a Service whose slice somebody else wrote",
    f"Another one. `{CLIENT}` asks `http://eyepiece:80/clientip`. How does it end?",
    CLIENT,
    "http://eyepiece:80/clientip",
    given=(
        colleagues("eyepiece"),
        colleagues("eyepiece", port=80),
        colleagues("eyepiece", selector="selector: {app: nobody}\n  "),
        colleagues("eyepiece", namespace="visitors"),
    ),
    points=1,
    after=(camera_answers, motor_answers),
)
