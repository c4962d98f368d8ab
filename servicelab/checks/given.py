"""What the fixtures of all exercises give: two clients inside, and a door that is open to the outside."""

from collections.abc import Mapping

from lightkube.resources.core_v1 import Service

from servicelab.checks.lab import Lab

CLIENT, VISITOR = "pod/client", "pod/visitors/visitor"
"""One in the exercise's first namespace, one in another."""


def open_door(lab: Lab) -> tuple[str, str]:
    """The client outside and a URL at which it surely gets an answer: as long as it does, silence elsewhere counts."""
    return "outside", lab.door("reception", "visitors")


def expect_pods_answer(lab: Lab, labels: Mapping[str, str], port: str = "targetPort") -> None:
    """Each Pod with these labels answers both clients at its own address and the variant's `port`."""
    for address in [pod.status and pod.status.podIP for pod in lab.pods(labels)]:
        for source in (CLIENT, VISITOR):
            lab.expect_answer(source, f"http://{address}:{lab.value(port)}/hostname", by=labels)


def ways_in(lab: Lab, name: str) -> list[str]:
    """Every address at which a client outside could try a Service of the first namespace: what its type opens."""
    service = lab.expect_service(name)
    ports = (service.spec and service.spec.ports) or []
    addresses = [address for address in (service.spec and service.spec.clusterIPs) or [] if address != "None"]
    addresses += (service.spec and service.spec.externalIPs) or []
    addresses += balancer_addresses(service)
    urls = [f"http://{address}:{port.port}/hostname" for address in addresses for port in ports]
    opened = [port.nodePort for port in ports if port.nodePort]
    return urls + [f"http://{address}:{port}/hostname" for port in opened for address in lab.node_addresses()]


def balancer_addresses(service: Service) -> list[str]:
    """The addresses that a load balancer gave to a Service."""
    ingress = service.status.loadBalancer.ingress if service.status and service.status.loadBalancer else None
    return [point.ip for point in ingress or [] if point.ip]
