"""The exercise clusterip: a Service named web for the three web Pods in the namespace shop.

What counts is what the network does: any manifest that works passes.
"""

from lightkube.resources.core_v1 import Node, Service

from servicelab.checks import Lab, check, control

WEB = {"app": "web"}
CLIENT, VISITOR = "pod/client", "pod/visitors/visitor"
URL, URL_FROM_AFAR = "http://web/hostname", "http://web.shop/hostname"


@control
def the_web_pods_answer(lab: Lab) -> None:
    """Before there is any Service, both clients reach a web Pod by its own address."""
    for pod in lab.pods(WEB):
        for source in (CLIENT, VISITOR):
            lab.expect_answer(source, f"http://{pod.status.podIP}:8080/hostname", by=WEB)


@control
def the_outside_client_works(lab: Lab) -> None:
    """The client outside reaches what is open to it."""
    lab.expect_answer("outside", reception(lab))


@check("There is a Service web in the namespace shop", points=1)
def service_exists(lab: Lab) -> None:
    lab.expect_service("web")


@check("All three web Pods stand ready behind it, and no others", points=2, after=service_exists)
def selects_the_pods(lab: Lab) -> None:
    lab.expect_endpoints("web", of=WEB)


@check("A client in the same namespace gets an answer at http://web", points=2, after=selects_the_pods)
def same_namespace(lab: Lab) -> None:
    lab.expect_answer(CLIENT, URL, by=WEB)


@check("A client in another namespace gets an answer at http://web.shop", points=1, after=same_namespace)
def other_namespace(lab: Lab) -> None:
    lab.expect_answer(VISITOR, URL_FROM_AFAR, by=WEB)


@check("Each of the three Pods answers some of the requests", points=2, after=same_namespace)
def every_backend(lab: Lab) -> None:
    lab.expect_every_backend(CLIENT, URL, by=WEB)


@check("Clients use the Service's port only, not the target port", points=1, after=same_namespace)
def only_its_port(lab: Lab) -> None:
    lab.expect_no_answer(CLIENT, "http://web:8080/hostname", control=(CLIENT, URL), cause="target-port-open")


@check("A client outside the cluster gets no answer", points=1, after=same_namespace)
def closed_to_the_outside(lab: Lab) -> None:
    for url in ways_in(lab):
        lab.expect_no_answer("outside", url, control=("outside", reception(lab)), cause="exposed-outside")


def reception(lab: Lab) -> str:
    """The address of a Service that is meant to be open to the outside."""
    service = lab.service("reception", "visitors")
    return f"http://{node_addresses(lab)[0]}:{service.spec.ports[0].nodePort}/hostname"


def ways_in(lab: Lab) -> list[str]:
    """Every address at which a client outside could try the Service: what its type opens decides."""
    service: Service = lab.expect_service("web")
    addresses = [address for address in service.spec.clusterIPs or [] if address != "None"]
    addresses += service.spec.externalIPs or []
    ingress = service.status.loadBalancer.ingress if service.status and service.status.loadBalancer else None
    addresses += [point.ip for point in ingress or [] if point.ip]
    urls = [f"http://{address}/hostname" for address in addresses]
    for port in service.spec.ports:
        if port.nodePort:
            urls += [f"http://{address}:{port.nodePort}/hostname" for address in node_addresses(lab)]
    return urls


def node_addresses(lab: Lab) -> list[str]:
    """The nodes' own addresses."""
    return sorted(
        address.address
        for node in lab.api.list(Node)
        for address in node.status.addresses
        if address.type == "InternalIP"
    )
