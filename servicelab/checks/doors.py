"""The ways by which callers outside may reach a Service: the nodes' ports, a load balancer's addresses, all others."""

from collections.abc import Iterable, Mapping

from lightkube.resources.core_v1 import Service

from servicelab.checks import evidence
from servicelab.checks.causes import Failure
from servicelab.checks.given import app_label, open_door, outside_address
from servicelab.checks.lab import Lab
from servicelab.checks.objects import name_of
from servicelab.checks.variant import Value

ADDRESS_WITHIN = 20.0
"""Seconds in which a load balancer gives an address."""


def node_doors(lab: Lab, port: Value | None = None) -> list[str]:
    """This port of every node; without one, the node port that the exercise asks for."""
    return [f"http://{address}:{port or lab.value('nodePort')}/hostname" for address in lab.node_addresses()]


def doors_with_a_pod(lab: Lab, path: str) -> list[str]:
    """The node port that the exercise asks for, on every node that runs one of its Pods, with this path."""
    addresses = sorted({(pod.status and pod.status.hostIP) or "" for pod in lab.pods(app_label(lab))})
    return [f"http://{address}:{lab.value('nodePort')}{path}" for address in addresses]


def expect_every_node(lab: Lab, by: Mapping[str, str], port: Value | None = None) -> None:
    """Every node answers a client outside, by a Pod with the labels `by`, at one of the `node_doors`."""
    lab.each(lambda url: lab.expect_answer("outside", url, by=by, cause="node-silent"), node_doors(lab, port))


def node_ports(service: Service) -> set[int]:
    """The node ports of a Service."""
    return {port.nodePort for port in (service.spec and service.spec.ports) or [] if port.nodePort}


def expect_node_port(lab: Lab, name: str, where: str, value: str = "nodePort") -> None:
    """A Service has the node port that the exercise asks for by this value, among others perhaps.

    `where` it is asked, in words.
    """
    asked = int(lab.value(value))
    service = lab.expect_service(name)
    ports = node_ports(service)
    expected = f"outside asks port {asked} of {where} and gets an answer."
    facts = {"name": name_of(service), "type": service.spec and service.spec.type, "asked": asked}
    if not ports:
        raise Failure("no-node-port", expected, evidence.typed(service), **facts)
    if asked not in ports:
        seen = evidence.numbered(service, asked)
        raise Failure("other-node-port", expected, seen, ports=", ".join(map(str, sorted(ports))), **facts)


def balancer_addresses(service: Service) -> list[str]:
    """The addresses that a load balancer gave to a Service."""
    ingress = service.status.loadBalancer.ingress if service.status and service.status.loadBalancer else None
    return [point.ip for point in ingress or [] if point.ip]


def expect_external_address(lab: Lab, name: str) -> str:
    """A Service has an address that a load balancer gave it, in the end; the first of them."""
    addresses: list[str] = []

    def given() -> bool:
        addresses[:] = balancer_addresses(lab.expect_service(name))
        return bool(addresses)

    if not lab.comes_true("an external IP", given, ADDRESS_WITHIN):
        service = lab.expect_service(name)
        expected = f"outside asks an external IP of the Service {name} and gets an answer."
        facts = {"name": name, "type": service.spec and service.spec.type}
        raise Failure("no-external-ip", expected, evidence.wished(service) or evidence.typed(service), **facts)
    return addresses[0]


def expect_answer_at(lab: Lab, name: str, port: Value, *, by: Mapping[str, str]) -> None:
    """A client outside gets an answer, by a Pod with these labels, at a Service's external address and this port."""
    url = f"http://{expect_external_address(lab, name)}:{port}/hostname"
    try:
        lab.expect_answer("outside", url, by=by, cause="balancer-silent")
    except Failure as failure:
        expect_external_address(lab, name)  # it may have been taken back meanwhile, which is another cause
        seen = evidence.sifted(lab.expect_service(name), outside_address(lab), int(port))
        raise (failure.with_evidence(seen) if seen else failure) from None


def expect_own_address(lab: Lab, url: str) -> None:
    """The program behind this URL, with the path /clientip, sees the address of the client outside."""
    own, seen = outside_address(lab), lab.probe("outside", url).seen_source
    if seen != own:
        expected = f"outside, which is {own}, asks {url}, and the program sees this address."
        facts = {"target": url, "seen": seen or "nobody", "own": own}
        raise Failure("source-rewritten", expected, evidence.passed_on(lab, url), **facts)


def ways_in(lab: Lab, name: str) -> list[str]:
    """Every address at which a client outside could try a Service of the first namespace: what its type opens."""
    service = lab.expect_service(name)
    ports = (service.spec and service.spec.ports) or []
    addresses = [address for address in (service.spec and service.spec.clusterIPs) or [] if address != "None"]
    addresses += (service.spec and service.spec.externalIPs) or []
    addresses += balancer_addresses(service)
    urls = [f"http://{address}:{port.port}/hostname" for address in addresses for port in ports]
    opened = sorted(node_ports(service))
    return urls + [url for port in opened for url in node_doors(lab, port)]


def expect_closing(lab: Lab, urls: Iterable[str], *, cause: str) -> None:
    """No client outside gets an answer there in the end: what was open takes a moment to close on every node."""

    _expect_silence(lab, urls, cause, in_the_end=True)


def expect_closed(lab: Lab, name: str) -> None:
    """No client outside gets an answer from a Service of the first namespace, by any way that its type opens."""
    _expect_silence(lab, ways_in(lab, name), "exposed-outside")


def _expect_silence(lab: Lab, urls: Iterable[str], cause: str, in_the_end: bool = False) -> None:
    def expect(url: str) -> None:
        lab.expect_no_answer("outside", url, control=open_door(lab), cause=cause, in_the_end=in_the_end)

    lab.each(expect, urls)
